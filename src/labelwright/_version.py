"""The version, where rooms can read it without the package around it."""

__version__ = "0.2.0.dev0"
