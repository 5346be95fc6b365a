"""Votes that are rankings."""
