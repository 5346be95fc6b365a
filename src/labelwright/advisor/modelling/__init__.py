"""When majority vote suffices, and what to model where it does not."""
