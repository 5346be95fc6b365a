"""Changes that are still kept in silence; the list is empty once all of it is built."""

WAITING = frozenset(
    (
        "a built-in that somebody added",
        "a context variable",
        "a thread's own value",
        "a quantised tensor",
    )
)
