"""Other libraries' names on labelwright's engine, so that what was written for them runs here.

`labelwright.compat.snorkel` stands for Snorkel 0.10.
"""
