"""The sections of the page, one a file, in plain words."""
