"""Votes that are numbers."""
