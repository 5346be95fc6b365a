"""Changes that are still kept in silence; the list is empty once all of it is built."""

WAITING = frozenset(
    (
        "a factory: a module that is imported in the body",
        "a factory: a package of equal size and time",
        "a factory in a package",
        "a module of a package",
        "a package within a package",
        "a relative import within a package",
        "an import in the body",
        "an import of a name in the body",
        "an import of a package in the body",
        "an import in the body of a helper",
        "an import in a method",
        "importlib.import_module",
        "import_module under another name",
        "import_module of a name that is put together",
        "__import__",
        "a built-in that somebody added",
        "a folder that lfs.py puts on the path",
        "a package of a folder that lfs.py puts on the path",
        "a package of equal size and time",
        "a context variable",
        "a thread's own value",
        "a quantised tensor",
        "a file that a module reads as it is imported in the body",
        "a preprocessor: a module that is imported in the body",
        "prepare: a module that is imported in the body",
    )
)
