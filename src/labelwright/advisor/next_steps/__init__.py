"""What to fix next."""
