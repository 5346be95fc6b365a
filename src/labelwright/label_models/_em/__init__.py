"""Expectation-maximization: one loop, and the arithmetic of its steps."""
