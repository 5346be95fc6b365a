"""Comparing label models with no gold labels, or with a few."""
