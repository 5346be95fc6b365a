"""Labeling functions that depend on each other."""
