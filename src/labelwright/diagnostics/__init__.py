"""What a fit shows: whether to trust it, and why rows got their labels."""
