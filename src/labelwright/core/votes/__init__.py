"""Arithmetic on votes: arrays in, arrays out."""
