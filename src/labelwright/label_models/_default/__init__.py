"""The parts of the default label model."""
