"""Names, modules, functions and classes that an LF uses; see `change`."""

from __future__ import annotations

from tests.pipeline.staleness.change import AFTER, BEFORE, HEAD, Change, body, helper, number, value, word

# --- where code and names lie

PACKAGE = {"pkg/__init__.py": "", "pkg/words.py": f'WORD = "{BEFORE}"\n'}
NESTED = {"pkg/__init__.py": "", "pkg/sub/__init__.py": "", "pkg/sub/words.py": f'WORD = "{BEFORE}"\n'}

NAMESPACE = f"""
import warnings
import polars as pl

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it may be there

    @pl.api.register_series_namespace("guessing")
    class Guessing:
        def __init__(self, series):
            self.series = series

        def holds(self):
            return self.series.str.contains("{BEFORE}").any()
"""

MODULES = {
    "a name of a module": helper("WORD", "from helper import WORD"),
    "every name of a module": helper("WORD", "from helper import *"),
    "an attribute of a module": helper("helper.WORD", "import helper"),
    "a module of another name": helper("other.WORD", "import helper as other"),
    "a function of a module": word(
        "find()", "from helper import find", {"helper": f'def find():\n    return "{BEFORE}"\n'}
    ),
    "a module that a module imports": word(
        "find()",
        "from helper import find",
        {"helper": "import words\ndef find():\n    return words.WORD\n", "words": f'WORD = "{BEFORE}"\n'},
    ),
    "a module of a package": word("words.WORD", "from pkg import words", PACKAGE),
    "a package within a package": word("pkg.sub.words.WORD", "import pkg.sub.words", NESTED),
    "a relative import within a package": word(
        "pkg.WORD", "import pkg", {**PACKAGE, "pkg/__init__.py": "from .words import WORD\n"}
    ),
    "an import in the body": body(
        "import helper\nreturn 1 if helper.WORD in x.text else None", files={"helper": f'WORD = "{BEFORE}"\n'}
    ),
    "an import of a name in the body": body(
        "from helper import WORD as w\nreturn 1 if w in x.text else None",
        files={"helper": f'WORD = "{BEFORE}"\n'},
    ),
    "an import of a package in the body": body(
        "from pkg.sub import words\nreturn 1 if words.WORD in x.text else None", files=NESTED
    ),
    "an import in the body of a helper": word(
        "find()",
        "from helper import find",
        {
            "helper": "def find():\n    from words import WORD\n    return WORD\n",
            "words": f'WORD = "{BEFORE}"\n',
        },
    ),
    "an import in a method": word(
        "Finder().find()",
        "class Finder:\n    def find(self):\n        import helper\n        return helper.WORD\n",
        {"helper": f'WORD = "{BEFORE}"\n'},
    ),
    "importlib.import_module": helper('importlib.import_module("helper").WORD', "import importlib"),
    "import_module under another name": helper(
        'load("helper").WORD', "from importlib import import_module as load"
    ),
    "import_module of a name that is put together": helper(
        'importlib.import_module("hel" + x.text[:0] + "per").WORD', "import importlib"
    ),
    "__import__": helper('__import__("helper").WORD'),
    "getattr of a module": helper('getattr(helper, "WORD")', "import helper"),
    "getattr of a name that is put together": helper('getattr(helper, "WO" + "RD")', "import helper"),
    "vars of a module": helper('vars(helper)["WORD"]', "import helper"),
    "the dictionary of a module": helper('helper.__dict__["WORD"]', "import helper"),
    "sys.modules": helper('sys.modules["helper"].WORD', "import helper"),
    "operator.attrgetter": helper(
        "GET(helper)", "import operator\nimport helper\nGET = operator.attrgetter('WORD')"
    ),
    "a module as a resource": Change(
        lfs=HEAD
        + 'import helper\n\n@lw.labeling_function(resources={"words": helper})\ndef guess(x, words):\n'
        "    return 1 if words.WORD in x.text else None\n",
        files={"helper.py": f'WORD = "{BEFORE}"\n'},
    ),
    "a module as an argument": helper(
        "find(helper)", "import helper\ndef find(module):\n    return module.WORD\n"
    ),
    "a module as a default": helper(
        "find()", "import helper\ndef find(module=helper):\n    return module.WORD\n"
    ),
    "a module in a dictionary": helper('WORDS["one"].WORD', 'import helper\nWORDS = {"one": helper}'),
    "a module in a closure": helper(
        "FIND()",
        "import helper\ndef make(module):\n    return lambda: module.WORD\nFIND = make(helper)",
    ),
    "a module in an object": helper(
        "HOLDER.module.WORD",
        "import types\nimport helper\nHOLDER = types.SimpleNamespace(module=helper)",
    ),
    "globals()": helper('globals()["WORD"]', "from helper import WORD"),
    "eval": helper('eval("WORD")', "from helper import WORD"),
    "exec": body(
        'found = {}\nexec("word = WORD", globals(), found)\nreturn 1 if found["word"] in x.text else None',
        "from helper import WORD",
        files={"helper": f'WORD = "{BEFORE}"\n'},
    ),
    "a frame of the module": helper('sys._getframe().f_globals["WORD"]', "from helper import WORD"),
    "the globals of a function": helper(
        'find.__globals__["WORD"]', "from helper import WORD\ndef find():\n    pass\n"
    ),
    "a built-in that somebody added": helper(
        "WORD_OF_TESTS", "import builtins\nimport helper\nbuiltins.WORD_OF_TESTS = helper.WORD"
    ),
    "a folder that lfs.py puts on the path": word(
        "words.WORD",
        'sys.path.insert(0, str(HERE / "lib"))\nimport words\nsys.path.pop(0)',
        {"lib/words.py": f'WORD = "{BEFORE}"\n'},
    ),
    "a package of a folder that lfs.py puts on the path": word(
        "pkg.words.WORD",
        'sys.path.insert(0, str(HERE / "lib"))\nimport pkg.words\nsys.path.pop(0)',
        {f"lib/{name}": text for name, text in PACKAGE.items()},
    ),
    "a module loaded by its path": word(
        "MODULE.WORD",
        "import importlib.util\n"
        'spec = importlib.util.spec_from_file_location("by_path", HERE / "lib" / "words.py")\n'
        "MODULE = importlib.util.module_from_spec(spec)\nspec.loader.exec_module(MODULE)",
        {"lib/words.py": f'WORD = "{BEFORE}"\n'},
    ),
    "runpy": word(
        'runpy.run_path(str(HERE / "lib" / "words.py"))["WORD"]',
        "import runpy",
        {"lib/words.py": f'WORD = "{BEFORE}"\n'},
    ),
    "a module that was not there": word(
        "WORD",
        'try:\n    from extra import WORD\nexcept ImportError:\n    WORD = "alpha"\n',
        make=lambda folder, said: (
            (folder / "extra.py").write_text('WORD = "omega"') if said == AFTER else None
        ),
    ),
    "a module that was not there, in the body": body(
        'try:\n    from extra import WORD\nexcept ImportError:\n    WORD = "alpha"\n'
        "return 1 if WORD in x.text else None",
        make=lambda folder, said: (
            (folder / "extra.py").write_text('WORD = "omega"') if said == AFTER else None
        ),
    ),
    "what a library was told of by a decorator": body(
        "return 1 if pl.Series([x.text]).guessing.holds() else None",
        "import polars as pl\nimport helper",
        files={"helper": NAMESPACE},
    ),
    "a function by its name in pickled bytes": word(
        "pickle.loads(GIVEN)()",
        "import pickle\nimport helper\nGIVEN = pickle.dumps(helper.find)",
        {"helper": f'def find():\n    return "{BEFORE}"\n'},
    ),
    "the name of a class": word(
        "repr(Word).split('.')[-1][:5]",
        "from helper import Word",
        {"helper": f"class {BEFORE}:\n    pass\nWord = {BEFORE}\n"},
    ),
    "whether there is a module": body(
        "from importlib.util import find_spec\n"
        'return 1 if ("omega" if find_spec("guess_extra") else "alpha") in x.text else None',
        make=lambda folder, said: (folder / "guess_extra.py").write_text("") if said == AFTER else None,
        announced=True,
    ),
    "a package without __init__": word(
        "WORD", "from loose.words import WORD", {"loose/words.py": f'WORD = "{BEFORE}"'}
    ),
    "every name of a package": word(
        "WORD", "from pkg import *", {"pkg/__init__.py": f'__all__ = ["WORD"]\nWORD = "{BEFORE}"\n'}
    ),
    "modules that import each other": word(
        "one.find()",
        "import one",
        {
            "one.py": "import two\ndef find():\n    return two.find()\nbase = 1\n",
            "two.py": f'import one\ndef find():\n    return "{BEFORE}" * one.base\n',
        },
    ),
    "a function that makes the LFs": Change(
        lfs=HEAD + "import json\n\ndef lfs():\n"
        '    words = json.loads((HERE / "words.json").read_text())\n'
        '    return [lw.keywords("guess", words, on="text", vote=1)]\n',
        files={"words.json": f'["{BEFORE}"]'},
    ),
    "a table of words": Change(
        lfs=HEAD + 'import polars as pl\nguess = lw.lookup("guess", table=pl.read_csv(HERE / "kb.csv"), '
        'keys=["text"], vote=1)\n',
        files={"kb.csv": f"text\nthe {BEFORE}\n"},
    ),
    "a descriptor that names itself": value(
        "Words()",
        "VALUE.word",
        "class Says:\n    def __set_name__(self, owner, name):\n        owner.hidden = WORD\n"
        "    def __get__(self, instance, owner):\n        return owner.hidden\n"
        "class Words:\n    word = Says()\n",
    ),
    "what __missing__ gives": value(
        "Words()",
        "VALUE['x']",
        "class Words(dict):\n    def __missing__(self, key, word=WORD):\n        return word\n",
    ),
    "what a subclass was told": value(
        "Words",
        "VALUE.word",
        "class Base:\n    def __init_subclass__(cls, word, **more):\n        cls.word = word\n"
        "class Words(Base, word=WORD):\n    pass\n",
    ),
    "a default factory of a data class": value(
        "Words",
        "VALUE().words[0]",
        "import dataclasses\n@dataclasses.dataclass\nclass Words:\n"
        "    words: list = dataclasses.field(default_factory=lambda word=WORD: [word])\n",
    ),
    "a value that a cached property keeps": value(
        "Words()",
        "VALUE.word",
        "import functools\nclass Words:\n    @functools.cached_property\n    def word(self, word=WORD):\n"
        "        return word\n",
    ),
    "a class registered with a base": value(
        "Words",
        "('alpha' if isinstance(1, VALUE) else 'omega')",
        "import abc\nclass Words(abc.ABC):\n    pass\nif IS:\n    Words.register(int)\n",
    ),
    "a function put in place of another": value(
        "Words()",
        "VALUE.find()",
        "class Words:\n    def find(self):\n        return ''\n"
        "Words.find = (lambda self: 'alpha') if IS else (lambda self: 'omega')\n",
    ),
    "the code of a function": value(
        "find",
        "VALUE()",
        "def find():\n    return 'alpha'\ndef other():\n    return 'omega'\n"
        "if not IS:\n    find.__code__ = other.__code__\n",
    ),
    "the context of decimals": number(
        "decimal.Context(prec=3 if IS else 4)", "VALUE.prec == 3", "import decimal"
    ),
    "a file that is run": body(
        'found = {}\nexec((HERE / "words.txt").read_text(), found)\n'
        'return 1 if found["WORD"] in x.text else None',
        files={"words.txt": f'WORD = "{BEFORE}"\n'},
    ),
    "lfs.py of equal size and time": Change(
        lfs="",
        files={
            "lfs.py": HEAD + "\n@lw.labeling_function()\ndef guess(x):\n"
            f'    return 1 if "{BEFORE}" in x.text else None\n'
        },
        same_time=True,
    ),
    "a helper of equal size and time": helper("WORD", "from helper import WORD", same_time=True),
    "a package of equal size and time": word(
        "pkg.sub.words.WORD", "import pkg.sub.words", NESTED, same_time=True
    ),
}

# --- what functions and classes carry

FUNCTIONS = {
    "an attribute of a function": value("find", "VALUE.word", "def find():\n    pass\nfind.word = WORD\n"),
    "an attribute that a function reads of itself": value(
        "None", "find()", "def find():\n    return find.word\nfind.word = WORD\n"
    ),
    "an attribute of a wrapper": value(
        "wrapped",
        "VALUE()",
        "import functools\ndef find():\n    pass\n@functools.wraps(find)\ndef wrapped():\n"
        "    return wrapped.word\nwrapped.word = WORD\n",
    ),
    "a partial": value("functools.partial(str, WORD)", "VALUE()", "import functools"),
    "a partial's keywords": value(
        "functools.partial(dict, word=WORD)", 'VALUE()["word"]', "import functools"
    ),
    "an attribute of a partial": value(
        "PARTIAL", "VALUE.word", "import functools\nPARTIAL = functools.partial(str)\nPARTIAL.word = WORD"
    ),
    "a default": value("lambda word=WORD: word", "VALUE()"),
    "a keyword's default": value("lambda *, word=WORD: word", "VALUE()"),
    "a closure": value("make(WORD)", "VALUE()", "def make(word):\n    return lambda: word\n"),
    "a closure of a closure": value(
        "make(WORD)()",
        "VALUE()",
        "def make(word):\n    def inner():\n        return lambda: word\n    return inner\n",
    ),
    "a decorator's closure": value(
        "None",
        "find()",
        "def says(word):\n    def decorate(f):\n        return lambda: f() + word\n    return decorate\n"
        '@says(WORD)\ndef find():\n    return ""\n',
    ),
    "singledispatch": value(
        "find",
        "VALUE(1)",
        "import functools\n@functools.singledispatch\ndef find(x):\n    return 'no'\n"
        "find.register(int, lambda x, word=WORD: word)\n",
    ),
    "lru_cache": value(
        "find", "VALUE()", "import functools\n@functools.lru_cache\ndef find(word=WORD):\n    return word\n"
    ),
    "what a function made of a text says": value(
        "NAMES['find']", "VALUE()", "NAMES = {}\nexec(f'def find():\\n    return {WORD!r}', NAMES)"
    ),
    "one of two lambdas on a line": value(
        "FIRST if IS else SECOND", "VALUE()", f"FIRST, SECOND = lambda: '{BEFORE}', lambda: '{AFTER}'"
    ),
    "a bound method": value(
        "Finder(WORD).find",
        "VALUE()",
        "class Finder:\n    def __init__(self, word):\n        self.word = word\n"
        "    def find(self):\n        return self.word\n",
    ),
    "a method of a built-in": value("[WORD].copy", "VALUE()[0]"),
    "operator.methodcaller": value("operator.methodcaller('format', WORD)", "VALUE('{}')", "import operator"),
    "operator.itemgetter": value(
        "operator.itemgetter(0 if IS else 1)", f"VALUE(('{BEFORE}', '{AFTER}'))", "import operator"
    ),
    "a regular expression": value("re.compile(WORD)", "VALUE.pattern", "import re"),
    "flags of a regular expression": number(
        "re.compile('A', re.I if IS else 0)", "VALUE.search('a')", "import re"
    ),
    "a class attribute": value("Words", "VALUE.word", "class Words:\n    word = WORD\n"),
    "a class attribute that was set later": value(
        "Words()", "VALUE.word", "class Words:\n    pass\nWords.word = WORD\n"
    ),
    "an attribute of a base": value(
        "Words()", "VALUE.word", "class Base:\n    word = WORD\nclass Words(Base):\n    pass\n"
    ),
    "an attribute of a metaclass": value(
        "Words",
        "VALUE.word",
        "class Meta(type):\n    word = WORD\nclass Words(metaclass=Meta):\n    pass\n",
    ),
    "a metaclass": value(
        "Words",
        "VALUE.word",
        "class Meta(type):\n    def __getattr__(cls, name, word=WORD):\n        return word\n"
        "class Words(metaclass=Meta):\n    pass\n",
    ),
    "a descriptor": value(
        "Words()",
        "VALUE.word",
        "class Says:\n    def __init__(self, word):\n        self.said = word\n"
        "    def __get__(self, instance, owner):\n        return self.said\n"
        "class Words:\n    word = Says(WORD)\n",
    ),
    "a property's default": value(
        "Words()", "VALUE.word", "class Words:\n    word = property(lambda self, word=WORD: word)\n"
    ),
    "__slots__": value(
        "Words()",
        "VALUE.word",
        "class Words:\n    __slots__ = ('word',)\n    def __init__(self):\n        self.word = WORD\n",
    ),
    "__slots__ of a base": value(
        "Words(WORD)",
        "VALUE.word",
        "class Base:\n    __slots__ = ('word',)\nclass Words(Base):\n    __slots__ = ()\n"
        "    def __init__(self, word):\n        self.word = word\n",
    ),
    "an object that hides its state": value(
        "Words(WORD)",
        "VALUE.word",
        "class Words:\n    def __init__(self, word):\n        self.word = word\n"
        "    def __getstate__(self):\n        return {}\n",
    ),
    "an object that is pickled as another": value(
        "Words(WORD)",
        "VALUE.word",
        "class Words:\n    def __init__(self, word):\n        self.word = word\n"
        "    def __reduce__(self):\n        return (Words, ('same',))\n",
    ),
    "an object that refuses to be pickled": value(
        "Words(WORD)",
        "VALUE.word",
        "class Words:\n    def __init__(self, word):\n        self.word = word\n"
        "    def __reduce_ex__(self, protocol):\n        raise TypeError('no')\n",
    ),
    "__getattr__": value(
        "Words(WORD)",
        "VALUE.anything",
        "class Words:\n    def __init__(self, word):\n        self.word = word\n"
        "    def __getattr__(self, name):\n        return self.__dict__['word']\n",
    ),
    "__getattr__ of a module": word(
        "helper.anything",
        "import helper",
        {"helper": f'def __getattr__(name):\n    return "{BEFORE}" if name == "anything" else None\n'},
    ),
    "the namespace of a class made by type()": value("type('Words', (), {'word': WORD})", "VALUE.word"),
    "an object that is called": value(
        "Words(WORD)",
        "VALUE()",
        "class Words:\n    def __init__(self, word):\n        self.word = word\n"
        "    def __call__(self):\n        return self.word\n",
    ),
}

# --- packages that are upgraded, which a new process sees

ACME = {
    "site-packages/acme/__init__.py": f'def find():\n    return "{BEFORE}"\n'
    "class Words:\n    word = find()\n",
    "site-packages/acme/words.py": f'WORD = "{BEFORE}"\n',
    "site-packages/acme_words-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: acme-words\n"
    f"Version: 1.0+{BEFORE}\n",
    "site-packages/acme_words-1.0.dist-info/RECORD": "acme/__init__.py,,\nacme/words.py,,\n",
}
PACKAGES = {
    f"an upgraded package: {name}": word(made, head, ACME, alone=True)
    for name, (made, head) in {
        "a function": ("acme.find()", "import acme"),
        "a name": ("find()", "from acme import find"),
        "a constant of a module of it": ("WORD", "from acme.words import WORD"),
        "a module of it": ("words.WORD", "import acme.words as words"),
        "an object of it": ("VALUE.word", "import acme\nVALUE = acme.Words()"),
        "a subclass": ("Own().word", "import acme\nclass Own(acme.Words):\n    pass\n"),
        "getattr": ("getattr(acme, 'find')()", "import acme"),
        "a helper that imports it": ("find()", "def find():\n    import acme\n    return acme.find()\n"),
        "import_module": (
            "importlib.import_module('ac' + 'me').find()",
            "import importlib",
        ),
        "a partial": ("FIND()", "import functools\nimport acme\nFIND = functools.partial(acme.find)"),
    }.items()
} | {
    "a package without a version": word(
        "lone.WORD", "import lone", {"site-packages/lone.py": f'WORD = "{BEFORE}"\n'}, alone=True
    ),
}
CODE = MODULES | FUNCTIONS | PACKAGES
