"""Kinds of values and code, each with a change that the fingerprint of who uses them must see.

In each text ``V`` stands for what changes, and ``f`` is the function. Those of whole projects are in
`tests.pipeline.staleness`.
"""

from __future__ import annotations

import builtins
import collections
import json
import linecache
import pickle
import re
import sqlite3
import sys
import threading
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pytest

import labelwright as lw
from labelwright.lfs._fingerprint.fingerprint import Examined, examined, fingerprint_of, opaque_parts
from labelwright.lfs._fingerprint.modules import package_of

CASES: dict[str, str] = {
    "wraps of a library function": """
import functools, numpy as np
@functools.wraps(np.mean)
def f(x): return V

""",
    "a class made by a library": """
import dataclasses
C = dataclasses.make_dataclass('C', [('a', int, dataclasses.field(default=V))])
def f(x): return C().a
""",
    "a class made by a call": """
C = type('C', (), {'a': V})
def f(x): return C.a
""",
    "new_class in types": """
import types
C = types.new_class('C', (), {}, lambda ns: ns.update(a=V))
def f(x): return C.a
""",
    "patched library function": """
import json
json.loads = lambda s: V
def f(x): return json.loads(x)
""",
    "patched library class": """
import collections
def m(self): return V
collections.Counter.most_often = m
def f(x): return collections.Counter(x).most_often()
""",
    "patched class through from": """
from collections import Counter
def m(self): return V
Counter.most_often = m
def f(x): return Counter(x).most_often()
""",
    "an object that is pickled as another": """
class C:
  def __init__(s, v): s.v=v
  def __reduce_ex__(s, p): return (int, ())
c=C(V)
def f(x): return c.v
""",
    "an object that shows another __dict__": """
class C:
  def __init__(s, v): s.v=v
  def __getattribute__(s, n): return {} if n=='__dict__' else object.__getattribute__(s, n)
c=C(V)
def f(x): return c.v
""",
    "mangled slots": """
class C:
  __slots__=('__v',)
  def __init__(s, v): s.__v=v
c=C(V)
def f(x): return c
""",
    "frompyfunc": """
import numpy as np
u=np.frompyfunc(lambda x: V, 1, 1)
def f(x): return u(x)
""",
    "cmp_to_key": """
import functools
u=functools.cmp_to_key(lambda a,b: V)
def f(x): return sorted(x,key=u)
""",
    "map object": """
u=map(lambda a: V, [1])
def f(x): return next(u)
""",
    "abc register": """
import abc
class A(abc.ABC): pass
class B: pass
(V == 1) and A.register(B)
def f(x): return isinstance(B(), A)
""",
    "subclasses": """
class A: pass
class B(A):
  def v(s): return V
def f(x): return [b().v() for b in A.__subclasses__()]
""",
    "subclasses in a method": """
class A:
  @classmethod
  def all(cls): return cls.__subclasses__()
class B(A):
  def v(s): return V
def f(x): return [b().v() for b in A.all()]
""",
    "a docstring that is read": """
def g():
  '''V'''
def f(x): return g.__doc__
""",
    "own docstring": """
def f(x):
  '''V'''
  return f.__doc__
""",
    "annotations read": """
import inspect
def g(a: 'V'): pass
def f(x): return inspect.signature(g)
""",
    "class annotation": """
class C:
  a: 'V'
def f(x): return C.__annotations__
""",
    "method defaults": """
class C:
  def m(s, a=V): return a
def f(x): return C().m()
""",
    "methodcaller": """
import operator
g=operator.methodcaller('a', V)
def f(x): return g(x)
""",
    "dict subclass get": """
class D(dict):
  def __getitem__(s,k): return V
d=D()
def f(x): return d[x]
""",
    "dict subclass items lie": """
class D(dict):
  def items(s): return []
  def __iter__(s): return iter(())
d=D(a=V)
def f(x): return d['a']
""",
    "list subclass iter lies": """
class D(list):
  def __iter__(s): return iter(())
d=D([V])
def f(x): return d[0]
""",
    "int subclass": """
class D(int): pass
d=D(3); d.v=V
def f(x): return d.v
""",
    "str subclass": """
class D(str):
  def lower(s): return V
d=D('a')
def f(x): return d.lower()
""",
    "bytes sub": """
class D(bytes): pass
d=D(b'a'*V)
def f(x): return d
""",
    "complex sub": """
class D(complex): pass
d=D(V, 1)
def f(x): return d
""",
    "datetime sub": """
import datetime
class D(datetime.date): pass
d=D(2000,1,V)
def f(x): return d
""",
    "random sub": """
import random
class D(random.Random): pass
d=D(V)
def f(x): return d
""",
    "deque sub": """
import collections
class D(collections.deque): pass
d=D([V])
def f(x): return d
""",
    "deque sub maxlen": """
import collections
class D(collections.deque): pass
d=D([1], maxlen=V)
def f(x): return d
""",
    "ordered dict sub": """
import collections
class D(collections.OrderedDict): pass
d=D(a=V)
def f(x): return d
""",
    "partial sub": """
import functools
class D(functools.partial): pass
d=D(int, V)
def f(x): return d()
""",
    "partialmethod": """
import functools
class C:
  def m(s,a): return a
  n=functools.partialmethod(m, V)
c=C()
def f(x): return c.n()
""",
    "cached property": """
import functools
class C:
  @functools.cached_property
  def m(s): return V
c=C()
def f(x): return c.m
""",
    "singledispatchmethod": """
import functools
class C:
  @functools.singledispatchmethod
  def m(s,a): return 0
  @m.register
  def _(s, a: int): return V
c=C()
def f(x): return c.m(1)
""",
    "NamedTuple default": """
import typing
class N(typing.NamedTuple):
  a: int = V
def f(x): return N().a
""",
    "descriptor": """
class D:
  def __init__(s,v): s.v=v
  def __get__(s,o,t): return s.v
class C:
  a=D(V)
def f(x): return C.a
""",
    "metaclass call": """
class M(type):
  def __call__(c): return V
class C(metaclass=M): pass
def f(x): return C()
""",
    "mro": """
class A:
  v=1
class B:
  v=2
class C(*((A,B) if V==1 else (B,A))): pass
def f(x): return C.v
""",
    "a global that eval names": """
g=V
def f(x): return eval('g')
""",
    "global written": """
c=V
def f(x):
  global c
  c+=1
  return c
""",
    "nan payload": """
import struct
n=struct.unpack('<d', struct.pack('<Q', 0x7ff8000000000000+V))[0]
def f(x): return n
""",
    "huge int": """
n=10**6000+V
def f(x): return n
""",
    "longdouble": """
import numpy as np
n=np.array([np.longdouble(1)+np.finfo(np.longdouble).eps*V])
def f(x): return n
""",
    "array writeable kept": """
import numpy as np
n=np.array([V]).view(np.recarray)
def f(x): return n
""",
    "re scanner": """
import re
s=re.Scanner([('a', lambda s,t: V)])
def f(x): return s.scan(x)
""",
    "ctypes struct": """
import ctypes
class S(ctypes.Structure):
  _fields_=[('a', ctypes.c_int)]
s=S(V)
def f(x): return s.a
""",
    "lambda in dict in class attr": """
class C:
  T={'a': lambda s: V}
def f(x): return C.T['a'](x)
""",
    "generic alias": """
import typing
T=typing.Annotated[int, V]
def f(x): return T.__metadata__
""",
    "total_ordering": """
import functools
@functools.total_ordering
class C:
  def __lt__(s,o): return V
  def __eq__(s,o): return 1
def f(x): return C()<=C()
""",
    "class in closure": """
def g():
  class C:
    v=V
  return lambda x: C.v
f=g()
""",
    "builtin patched": """
import builtins
builtins.mine=lambda: V
def f(x): return mine()
""",
    "ufunc method": """
import numpy as np
u=np.frompyfunc(lambda a,b: V, 2, 1).reduce
def f(x): return u(x)
""",
    "library func holding mine": """
import functools
u=functools.reduce
g=functools.partial(u, lambda a,b: V)
def f(x): return g(x)
""",
    "simplenamespace sub": """
import types
class N(types.SimpleNamespace): pass
n=N(a=V)
def f(x): return n.a
""",
    "ndarray sub": """
import numpy as np
class A(np.ndarray): pass
a=np.zeros(2).view(A); a.v=V
def f(x): return a.v
""",
    "polars frame sub": """
import polars as pl
class A(pl.DataFrame): pass
a=A({'a':[1]}); a.v=V
def f(x): return a.v
""",
    "pandas frame sub": """
import pandas as pd
class A(pd.DataFrame):
  _metadata=['v']
a=A({'a':[1]}); a.v=V
def f(x): return a.v
""",
    "estimator sub": """
from sklearn.dummy import DummyClassifier
class A(DummyClassifier):
  def __getstate__(s): return {}
a=A(); a.v=V
def f(x): return a.v
""",
}


@pytest.fixture
def made(monkeypatch):
    """Return a function that runs a text as a module and examines the ``f`` of it."""
    monkeypatch.setattr(json, "loads", json.loads)
    monkeypatch.setattr(collections.Counter, "most_often", None, raising=False)
    monkeypatch.setattr(builtins, "mine", None, raising=False)

    def make(text: str, value: int) -> Examined:
        module = ModuleType("users_own")
        monkeypatch.setitem(sys.modules, "users_own", module)
        exec(compile(re.sub(r"\bV\b", str(value), text), "users_own.py", "exec"), vars(module))
        return examined(module.f)

    return make


@pytest.mark.parametrize("name", CASES)
def test_what_changes_is_seen_and_what_does_not_is_the_same(made, name):
    first, again, other = (made(CASES[name], value) for value in (1, 1, 2))
    assert first.fingerprint == again.fingerprint != other.fingerprint
    assert first.opaque == ()


LOADING = {
    "a precision": ("import decimal\ndecimal.getcontext().prec = V\n", ""),
    "a context under a name": ("import decimal\nc = decimal.getcontext()\nc.prec = V\n", ""),
    "a seed": ("from random import seed\nif True:\n    seed(V)\n", ""),
    "a module that is imported": ("import other\n", "import decimal\ndecimal.getcontext().prec = V\n"),
    "a function of that": (
        "import other\nother.f()\n",
        "import decimal\ndef f():\n    decimal.getcontext().prec = V\n",
    ),
    "an import in a circle": ("import other\n", "import users_own, random\nrandom.seed(V)\n"),
    "setattr": ("import decimal\nsetattr(decimal.getcontext(), 'prec', V)\n", ""),
}


@pytest.mark.parametrize("name", LOADING)
def test_what_a_module_sets_up_for_others_is_seen(name, tmp_path, monkeypatch):
    import decimal
    import random

    found, state = [], random.getstate()
    for value in ("7", "7", "8"):
        modules = {}
        for module, text in zip(("users_own", "other"), LOADING[name], strict=True):
            modules[module] = ModuleType(module)
            path = tmp_path / f"{module}.py"
            path.write_text(re.sub(r"\bV\b", value, text) + "\ndef g(x):\n    return 1\n")
            modules[module].__file__ = str(path)
            monkeypatch.setitem(sys.modules, module, modules[module])
        linecache.clearcache()
        with decimal.localcontext():
            for module in ("other", "users_own"):
                path = tmp_path / f"{module}.py"
                exec(compile(path.read_text(), str(path), "exec"), vars(modules[module]))
        found.append(fingerprint_of(modules["users_own"].g))
    random.setstate(state)
    assert found[0] == found[1] != found[2]


def test_calls_on_the_modules_own_lists_set_up_nothing(tmp_path, monkeypatch):
    found = []
    for text in ("rules.append(1)\nprint(end='')", "rules.append(2)"):
        path = tmp_path / "users_own.py"
        path.write_text(f"import labelwright as lw\nrules = []\n{text}\ndef g(x):\n    return 1\n")
        module = ModuleType("users_own")
        module.__file__ = str(path)
        monkeypatch.setitem(sys.modules, "users_own", module)
        linecache.clearcache()
        exec(compile(path.read_text(), str(path), "exec"), vars(module))
        found.append(fingerprint_of(module.g))
    assert found[0] == found[1]


def test_what_cannot_be_read_is_told_with_its_name(tmp_path):
    def words():
        yield "a"

    path = tmp_path / "a"
    path.touch()
    with path.open() as file, sqlite3.connect(":memory:") as connection:
        held = lw.labeling_function(
            name="f", resources={"file": file, "connection": connection, "lock": threading.Lock()}
        )(lambda x, file, connection, lock: 1)
        assert opaque_parts(held) == [
            "resource connection: an object of sqlite3.Connection",
            "resource file: an open file",
        ]
        assert opaque_parts([words()], sys.stderr, {}.keys()) == ["a generator"]
    connection.close()


def test_functions_in_an_expression_count_by_their_code():
    def of(number):
        def f(value):
            return f"{value}" in str(number)

        return pl.col("a").map_elements(f, return_dtype=pl.Boolean) & pl.col("b").is_null()

    assert fingerprint_of(of(1)) == fingerprint_of(of(1)) != fingerprint_of(of(2))
    lock = threading.Lock()
    hidden = pl.col("a").map_batches(lambda values: lock and values, return_dtype=pl.Int64)
    assert len(opaque_parts(hidden)) == 1


def test_a_value_may_be_deep_and_elements_of_a_set_may_hold_each_other(made):
    deep: list[object] = []
    for _ in range(3_000):
        deep = [deep]
    assert len(fingerprint_of(deep)) == 32
    text = (
        "S = set()\ndef a(x): return b in S or V\ndef b(x): return a in S\nS |= {ORDER}\ndef f(x): return S\n"
    )
    one, other = (made(text.replace("ORDER", order), 1) for order in ("a, b", "b, a"))
    assert one.fingerprint == other.fingerprint != made(text.replace("ORDER", "a, b"), 2).fingerprint


def test_parts_have_names_that_people_know(made):
    text = "import math\nLIMIT = V\ndef helper(x): return math.sqrt(x)\n"
    text += "def f(x, most=3): return helper(x) < LIMIT < most\n"
    one, other = (made(text, value).parts for value in (1, 2))
    assert {name for name in one if one[name] != other[name]} == {"LIMIT (users_own.py)"}
    assert one["LIMIT (users_own.py)"] == "1"
    assert {"f (users_own.py)", "helper (users_own.py)", "package python"} <= one.keys()


def test_a_package_without_a_version_counts_by_its_files(tmp_path, monkeypatch):
    home = tmp_path / "site-packages"
    home.mkdir()
    monkeypatch.syspath_prepend(home)
    versions = []
    for text in ("A = 1\n", "A = 2\n"):
        (home / "package_of_tests.py").write_text(text)
        package_of.cache_clear()
        versions.append(package_of("package_of_tests.words"))
    package_of.cache_clear()
    assert versions[0].name == versions[1].name == "package_of_tests"
    assert versions[0] != versions[1]
    assert package_of("numpy.linalg").version == np.__version__


class Payload:
    """Makes a file where somebody unpickles it."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return (Path.touch, (self.mark,))


def test_data_in_an_expression_that_look_like_a_function_are_not_run(tmp_path):
    planted = b"PLPYFN" + pickle.dumps(Payload(tmp_path / "mark"), 5)
    numbers = np.frombuffer(planted + bytes(-len(planted) % 8), dtype=np.int64)
    texts = pl.lit("PLPYFN\u0300\u0005\u0315")
    for made in (pl.lit(planted), pl.lit(pl.Series(numbers)), pl.col("a").is_in(pl.Series([planted])), texts):
        assert fingerprint_of(made) != fingerprint_of(made.map_batches(len))
        assert opaque_parts(made) == []
    assert list(tmp_path.iterdir()) == []
    pickle.loads(planted[6:])
    assert list(tmp_path.iterdir()) != []
