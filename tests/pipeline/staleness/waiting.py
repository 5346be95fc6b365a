"""Changes that are still kept in silence; the list is empty once all of it is built."""

WAITING: frozenset[str] = frozenset()
