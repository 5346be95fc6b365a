"""Values whose content changes while the text of ``lfs.py`` does not; see `change`."""

from __future__ import annotations

from tests.pipeline.staleness.change import Change, number, value

HOLDS = "class Held({base}):\n    pass\nVALUE_ = Held({made})\nVALUE_.word = WORD\n"


def held(base: str, made: str, head: str = "", **more: object) -> Change:
    """Return a project whose value is of a subclass, and has the word as an attribute."""
    return value("VALUE_", "VALUE.word", head + "\n" + HOLDS.format(base=base, made=made), **more)


PLAIN = {
    "a text": value("WORD", "VALUE"),
    "bytes": value("WORD.encode()", "VALUE.decode()"),
    "a bytearray": value("bytearray(WORD.encode())", "VALUE.decode()"),
    "a memoryview": value("memoryview(WORD.encode())", "VALUE.tobytes().decode()"),
    "an array of the standard library": value("array.array('u', WORD)", "VALUE.tounicode()", "import array"),
    "a list": value("[[WORD]]", "VALUE[0][0]"),
    "the order of a dictionary": value("{WORD: 1, ('omega' if IS else 'alpha'): 2}", "next(iter(VALUE))"),
    "a set": value("{WORD}", "next(iter(VALUE))"),
    "a frozenset in a tuple": value("(frozenset([WORD]),)", "next(iter(VALUE[0]))"),
    "a deque": value("collections.deque([WORD])", "VALUE[0]", "import collections"),
    "how long a deque may be": number(
        "collections.deque('ab', maxlen=2 if IS else 3)", "VALUE.maxlen == 2", "import collections"
    ),
    "a Counter": value("collections.Counter([WORD])", "next(iter(VALUE))", "import collections"),
    "what a defaultdict makes": value(
        "collections.defaultdict(lambda word=WORD: word)", "VALUE['x']", "import collections"
    ),
    "a ChainMap": value("collections.ChainMap({}, {'w': WORD})", "VALUE['w']", "import collections"),
    "a UserDict": value("collections.UserDict(w=WORD)", "VALUE['w']", "import collections"),
    "a mapping proxy": value("types.MappingProxyType({'w': WORD})", "VALUE['w']", "import types"),
    "a namespace": value("types.SimpleNamespace(w=WORD)", "VALUE.w", "import types"),
    "a named tuple": value(
        "Pair(WORD, 1)", "VALUE.word", "import collections\nPair = collections.namedtuple('Pair', 'word n')"
    ),
    "a data class": value(
        "Words(WORD)",
        "VALUE.word",
        "import dataclasses\n@dataclasses.dataclass(frozen=True, slots=True)\nclass Words:\n    word: str\n",
    ),
    "a member of an enumeration": value(
        "Words.IT", "VALUE.value", "import enum\nWords = enum.Enum('Words', {'IT': WORD})"
    ),
    "an enumeration": value(
        "Words", "VALUE.IT.value", "import enum\nWords = enum.Enum('Words', {'IT': WORD})"
    ),
    "a template": value("string.Template(WORD)", "VALUE.template", "import string"),
    "a path": value("Path(WORD)", "VALUE.name"),
    "a date": number("datetime.date(2000, 1, 1 if IS else 2)", "VALUE.day == 1", "import datetime"),
    "a time zone": number(
        "datetime.timezone(datetime.timedelta(hours=1 if IS else 2))",
        "VALUE.utcoffset(None).seconds == 3600",
        "import datetime",
    ),
    "a fraction": number("fractions.Fraction(1 if IS else 2, 3)", "VALUE.numerator == 1", "import fractions"),
    "a Decimal's zeros": number(
        "decimal.Decimal('1.0' if IS else '1.00')", "str(VALUE) == '1.0'", "import decimal"
    ),
    "the sign of zero": number("0.0 if IS else -0.0", "str(VALUE) == '0.0'"),
    "a Boolean for a number": number("True if IS else 1", "VALUE is True"),
    "the last digit of a float": number("1.0 if IS else 1.0000000000000002", "VALUE == 1.0"),
    "a large whole number": number("2**70 if IS else 2**70 + 1", "VALUE % 2 == 0"),
    "a range": number("range(3 if IS else 4)", "len(VALUE) == 3"),
    "a slice": number("slice(3 if IS else 4)", "VALUE.stop == 3"),
    "a value within itself": value("VALUE_", "VALUE[1]", "VALUE_ = []\nVALUE_ += [VALUE_, WORD]"),
    "a list that somebody filled later": value("LATER", "VALUE[0]", "LATER = []\nLATER.append(WORD)"),
    "an exception": value("ValueError(WORD)", "VALUE.args[0]"),
    "a note on an exception": value(
        "ERROR", "VALUE.__notes__[0]", "ERROR = ValueError()\nERROR.add_note(WORD)"
    ),
    "a generator": value(
        "words()", "ALL(VALUE)", "def words(word=WORD):\n    while True:\n        yield word\nALL = next"
    ),
    "an endless iterator": value("itertools.repeat(WORD)", "next(VALUE)", "import itertools"),
    "a context variable": value(
        "SAID", "VALUE.get()", "import contextvars\nSAID = contextvars.ContextVar('said', default=WORD)"
    ),
    "a thread's own value": value(
        "OWN", "VALUE.word", "import threading\nOWN = threading.local()\nOWN.word = WORD"
    ),
    "a weak reference": value(
        "weakref.ref(KEPT)", "VALUE().word", "import weakref\nclass Kept:\n    word = WORD\nKEPT = Kept()"
    ),
    "a text buffer": value("io.StringIO(WORD)", "VALUE.getvalue()", "import io"),
    "a parsed tree": value(
        "ElementTree.fromstring(f'<w>{WORD}</w>')", "VALUE.text", "from xml.etree import ElementTree"
    ),
    "a generator of chance with a seed": number(
        "random.Random(1 if IS else 2)",
        "VALUE.getstate() == ONE",
        "import random\nONE = random.Random(1).getstate()",
    ),
    "a subclass of dict": held("dict", "{}"),
    "a subclass of list": held("list", "[]"),
    "a subclass of str": held("str", "'x'"),
    "a subclass of int": held("int", "1"),
    "a subclass of float": held("float", "1.0"),
    "a subclass of tuple": held("tuple", "()"),
    "a subclass of set": held("set", "()"),
    "a subclass of bytes": held("bytes", "b''"),
    "a subclass of Path": held("type(Path())", "'x'"),
    "a dictionary that answers otherwise": value(
        "Words(w='x')",
        "VALUE['w']",
        "class Words(dict):\n    def __getitem__(self, name, word=WORD):\n        return word\n",
    ),
    "a text that answers otherwise": value(
        "Words('x')",
        "VALUE.lower()",
        "class Words(str):\n    def lower(self, word=WORD):\n        return word\n",
    ),
    "a number that answers otherwise": value(
        "Words(1)",
        "str(VALUE)",
        "class Words(int):\n    def __str__(self, word=WORD):\n        return word\n",
    ),
}

NP = "import numpy as np\n"
PL = "import polars as pl\n"
PD = "import pandas as pd\n"
TABLES = {
    "an array": number("np.array([1.0 if IS else 1.0 + 1e-15])", "VALUE[0] == 1.0", NP),
    "the sign of zero in an array": number("np.array([0.0 if IS else -0.0])", "not np.signbit(VALUE[0])", NP),
    "a number of NumPy": number("np.float64(1.0 if IS else 1.0 + 1e-15)", "VALUE == 1.0", NP),
    "the type of an array": number("np.array([1], 'i4' if IS else 'i8')", "VALUE.dtype == 'i4'", NP),
    "the shape of an array": number("np.ones((2, 3) if IS else (3, 2))", "len(VALUE) == 2", NP),
    "the mask of an array": number("np.ma.array([1, 2], mask=[IS, 0])", "VALUE.mask[0]", NP),
    "an array of records": value("np.array([(WORD, 1)], dtype='U5, i4')", "VALUE['f0'][0]", NP),
    "an array of objects": value("np.array([{'w': WORD}], dtype=object)", "VALUE[0]['w']", NP),
    "an array of dates": number(
        "np.array(['2000-01-01' if IS else '2000-01-02'], 'M8[D]')",
        "VALUE[0] == np.datetime64('2000-01-01')",
        NP,
    ),
    "a subclass of array": value(
        "VALUE_",
        "VALUE.word",
        NP + "class Held(np.ndarray):\n    pass\nVALUE_ = np.zeros(2).view(Held)\nVALUE_.word = WORD\n",
    ),
    "a generator of NumPy": number(
        "np.random.default_rng(1 if IS else 2)",
        "VALUE.bit_generator.state == ONE",
        NP + "ONE = np.random.default_rng(1).bit_generator.state\n",
    ),
    "a frame": value("pl.DataFrame({'w': [WORD]})", "VALUE['w'][0]", PL),
    "the name of a column": value("pl.DataFrame({WORD: [1]})", "VALUE.columns[0]", PL),
    "a lazy frame": value("pl.LazyFrame({'w': [WORD]})", "VALUE.collect()['w'][0]", PL),
    "categories": number(
        "pl.Series(['a'], dtype=pl.Enum(['a', 'b'] if IS else ['b', 'a']))",
        "VALUE.dtype.categories[0] == 'a'",
        PL,
    ),
    "a series of objects": value(
        "pl.Series([Held()], dtype=pl.Object)", "VALUE[0].word", PL + "class Held:\n    word = WORD\n"
    ),
    "a time zone of a series": number(
        "pl.Series([None], dtype=pl.Datetime('us', 'UTC' if IS else 'Asia/Tokyo'))",
        "VALUE.dtype.time_zone == 'UTC'",
        PL,
    ),
    "an expression": number("pl.lit(1 if IS else 2)", "pl.select(VALUE).item() == 1", PL),
    "a function within an expression": value(
        "pl.lit('x').map_elements(FIND, return_dtype=pl.String)",
        "pl.select(VALUE).item()",
        PL + "def make(word):\n    return lambda text: word\nFIND = make(WORD)\n",
    ),
    "a function within a fold": value(
        "pl.fold(pl.lit('x'), FIND, [pl.lit('y')])",
        "pl.select(VALUE).item()",
        PL + "def FIND(one, other):\n    return pl.Series([WORD])\n",
    ),
    "a function within a rolling map": value(
        "pl.lit(1.0).rolling_map(FIND, 1)",
        "('alpha' if pl.select(VALUE).item() == 1 else 'omega')",
        PL + "def FIND(values):\n    return 1.0 if WORD == 'alpha' else 2.0\n",
    ),
    "an index of pandas": value("pd.Series([1], index=[WORD])", "VALUE.index[0]", PD),
    "the index of a frame of pandas": value("pd.DataFrame({'a': [1]}, index=[WORD])", "VALUE.index[0]", PD),
    "the name of an index": value(
        "pd.DataFrame({'a': [1]}, index=pd.Index([1], name=WORD))", "VALUE.index.name", PD
    ),
    "what hangs on a frame": value(
        "VALUE_", "VALUE.attrs['w']", PD + "VALUE_ = pd.DataFrame({'a': [1]})\nVALUE_.attrs['w'] = WORD\n"
    ),
    "the type of a column of pandas": number(
        "pd.Series([1], dtype='Int64' if IS else 'int64')", "str(VALUE.dtype) == 'Int64'", PD
    ),
    "categories of pandas": value("pd.Categorical([None], categories=[WORD])", "VALUE.categories[0]", PD),
    "the order of categories of pandas": number(
        "pd.Series(['a'], dtype=pd.CategoricalDtype(['a', 'b'], ordered=IS))", "VALUE.cat.ordered", PD
    ),
    "an index of several levels": value("pd.MultiIndex.from_tuples([(WORD, 1)])", "VALUE[0][0]", PD),
    "a table of Arrow": value("pa.table({'w': [WORD]})", "VALUE['w'][0].as_py()", "import pyarrow as pa\n"),
    "an array of Arrow": value("pa.array([WORD])", "VALUE[0].as_py()", "import pyarrow as pa\n"),
    "notes on a table of Arrow": value(
        "pa.table({'w': [1]}).replace_schema_metadata({'w': WORD})",
        "VALUE.schema.metadata[b'w'].decode()",
        "import pyarrow as pa\n",
    ),
    "a sparse matrix": number(
        "sparse.csr_array(np.array([[1.0 if IS else 2.0]]))",
        "VALUE[0, 0] == 1.0",
        NP + "from scipy import sparse\n",
    ),
    "a setting of an estimator": number(
        "LogisticRegression(C=1.0 if IS else 2.0)",
        "VALUE.C == 1.0",
        "from sklearn.linear_model import LogisticRegression\n",
    ),
    "what an estimator learned": number(
        "DummyClassifier().fit([[0], [0]], [0, 0] if IS else [1, 1])",
        "VALUE.predict([[0]])[0] == 0",
        "from sklearn.dummy import DummyClassifier\n",
    ),
}

T = "import torch\n"
TENSORS = {
    name: number(made, seen, T + more, libraries=("torch",))
    for name, made, seen, more in (
        (
            "a tensor of double precision",
            "torch.tensor([1.0 if IS else 1.0 + 1e-12], dtype=torch.float64)",
            "VALUE.item() == 1.0",
            "",
        ),
        (
            "a tensor of whole numbers",
            "torch.tensor([2**40 if IS else 2**40 + 1])",
            "VALUE.item() == 2**40",
            "",
        ),
        (
            "a tensor of bfloat16",
            "torch.tensor([1.0 if IS else 2.0], dtype=torch.bfloat16)",
            "VALUE.item() == 1",
            "",
        ),
        (
            "a tensor of complex numbers",
            "torch.tensor([1.0 + (1j if IS else 2j)])",
            "VALUE.imag.item() == 1",
            "",
        ),
        ("a sparse tensor", "torch.eye(2).to_sparse() * (1 if IS else 2)", "VALUE.to_dense()[0, 0] == 1", ""),
        (
            "a quantised tensor",
            "torch.quantize_per_tensor(torch.ones(2), 1.0 if IS else 0.5, 0, torch.qint8)",
            "VALUE.q_scale() == 1.0",
            "import warnings\nwarnings.filterwarnings('ignore', message='torch.quantize')",
        ),
        ("a parameter", "torch.nn.Parameter(torch.tensor([1.0 if IS else 2.0]))", "VALUE.item() == 1", ""),
        (
            "a weight of a net",
            "NET",
            "VALUE.weight[0, 0].item() == 1",
            "NET = torch.nn.Linear(1, 1)\ntorch.nn.init.constant_(NET.weight, 1.0 if IS else 2.0)\n"
            "torch.nn.init.zeros_(NET.bias)\n",
        ),
        (
            "a buffer of a net",
            "NET",
            "VALUE.seen.item() == 1",
            "NET = torch.nn.Module()\nNET.register_buffer('seen', torch.tensor(1.0 if IS else 2.0))\n",
        ),
        (
            "a buffer that is not saved",
            "NET",
            "VALUE.seen.item() == 1",
            "NET = torch.nn.Module()\n"
            "NET.register_buffer('seen', torch.tensor(1.0 if IS else 2.0), persistent=False)\n",
        ),
        ("whether a net trains", "NET", "VALUE.training", "NET = torch.nn.Dropout()\nNET.train(IS)\n"),
        (
            "a hook of a net",
            "NET",
            "VALUE(torch.zeros(1)).item() == 1",
            "NET = torch.nn.Identity()\n"
            "NET.register_forward_hook(lambda net, x, y, word=(1 if IS else 2): y + word)\n",
        ),
    )
}
VALUES = PLAIN | TABLES | TENSORS
