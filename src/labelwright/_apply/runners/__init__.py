"""The ways in which labeling functions run."""
