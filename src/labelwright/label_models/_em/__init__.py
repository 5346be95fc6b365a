"""Expectation-maximization: one loop, and what climbs in it."""
