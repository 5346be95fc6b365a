"""What LFs read while they run, and what no key can hold; see `change`."""

from __future__ import annotations

import gzip
import json
import os
import pickle
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.pipeline.staleness.change import BEFORE, HEAD, Change, body, read, word


def made(expression: str, head: str, make: Callable[[Path, str], object], **more: object) -> Change:
    """Return a project whose LF reads a file that is no text."""
    return word(expression, head, make=make, **more)


def _zip(folder: Path, said: str) -> None:
    with zipfile.ZipFile(folder / "words.zip", "w") as file:
        file.writestr("word.txt", said)


def _sqlite(folder: Path, said: str) -> None:
    connection = sqlite3.connect(folder / "words.db")
    connection.executescript("create table if not exists words (word); delete from words")
    connection.execute("insert into words values (?)", [said])
    connection.commit()
    connection.close()


def _parquet(folder: Path, said: str) -> None:
    import polars as pl

    pl.DataFrame({"w": [said]}).write_parquet(folder / "words.parquet")


def _ipc(folder: Path, said: str) -> None:
    import polars as pl

    (folder / "words.arrow").unlink(missing_ok=True)  # it may be a memory map of this process
    pl.DataFrame({"w": [said]}).write_ipc(folder / "words.arrow")


def _npy(folder: Path, said: str) -> None:
    import numpy as np

    np.save(folder / "word.npy", np.array([said]))


def _renamed(folder: Path, said: str) -> None:
    (folder / "words").mkdir(exist_ok=True)
    for path in (folder / "words").iterdir():
        path.unlink()
    (folder / "words" / said).touch()


def _linked(folder: Path, said: str) -> None:
    for name in ("alpha", "omega"):
        (folder / f"{name}.txt").write_text(name)
    (folder / "word.txt").unlink(missing_ok=True)
    (folder / "word.txt").symlink_to(folder / f"{said}.txt")


def _linked_alike(folder: Path, said: str) -> None:
    _linked(folder, said)
    for name in ("alpha", "omega"):
        (folder / f"{name}.txt").write_text("the same")


def _timed(folder: Path, said: str) -> None:
    (folder / "time").write_text("same")
    os.utime(folder / "time", (1, 1) if said == BEFORE else (3, 3))


def _zipped(folder: Path, said: str) -> None:
    (folder / "lib.zip").unlink(missing_ok=True)
    with zipfile.ZipFile(folder / "lib.zip", "w") as file:
        file.writestr("zipped.py", f'WORD = "{said}"\n')


def _folder_first(folder: Path, said: str) -> None:
    path = folder / "word.txt"
    if said == BEFORE:
        path.mkdir(exist_ok=True)
    else:
        path.rmdir()
        path.write_text(said)


def _binary(folder: Path, said: str) -> None:
    (folder / "word.bin").unlink(missing_ok=True)
    (folder / "word.bin").write_bytes(said.encode())


def _only(*words: str) -> Callable[[Path, str], None]:
    """Return what writes ``word.txt`` for some words, and removes it for others."""

    def make(folder: Path, said: str) -> None:
        path = folder / "word.txt"
        path.write_text(said) if said in words else path.unlink(missing_ok=True)

    return make


FALLBACK = """
def find():
    try:
        return (HERE / "word.txt").read_text()
    except FileNotFoundError:
        return "{}"
"""
LAZY = """
CACHE = {}
def find():
    if not CACHE:
        CACHE["word"] = (HERE / "word.txt").read_text()
    return CACHE["word"]
"""
DATABASE = """
import sqlite3
from contextlib import closing
def find():
    with closing(sqlite3.connect(HERE / "words.db")) as connection:
        return connection.execute("select word from words").fetchone()[0]
"""
SHARED = (
    HEAD
    + """
import functools

@functools.lru_cache
def find():
    return (HERE / "word.txt").read_text()

@lw.labeling_function()
def first(x):
    return 0 if find() + "!" in x.text else None

@lw.labeling_function()
def guess(x):
    return 1 if find() in x.text else None
"""
)
THREAD = """
from concurrent.futures import ThreadPoolExecutor
def find():
    with ThreadPoolExecutor(1) as pool:
        return pool.submit((HERE / "word.txt").read_text).result()
"""
IN_A_FOLDER = """
import os

def find():
    folder = os.open(HERE, os.O_RDONLY)
    try:
        with open("word.txt", opener=lambda name, flags: os.open(name, flags, dir_fd=folder)) as file:
            return file.read()
    finally:
        os.close(folder)
"""
ATTACHED = """
import contextlib
import sqlite3

def find():
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("attach ? as other", (str(HERE / "words.db"),))
        return connection.execute("select word from other.words").fetchone()[0]
"""
TXT = {"word.txt": BEFORE}
CSV = {"words.csv": f"w\n{BEFORE}\n"}

FILES = {
    "a file": read('(HERE / "word.txt").read_text()'),
    "a file of equal size and time": read('(HERE / "word.txt").read_text()', same_time=True),
    "open": body(
        'with open(HERE / "word.txt") as file:\n    return 1 if file.read() in x.text else None', files=TXT
    ),
    "io.open": body(
        'with io.open(HERE / "word.txt") as file:\n    return 1 if file.read() in x.text else None',
        "import io",
        files=TXT,
    ),
    "codecs.open": body(
        'with codecs.open(str(HERE / "word.txt")) as file:\n    return 1 if file.read() in x.text else None',
        "import codecs",
        files=TXT,
    ),
    "os.open": body(
        'number = os.open(HERE / "word.txt", os.O_RDONLY)\n'
        "found = os.read(number, 5).decode()\nos.close(number)\n"
        "return 1 if found in x.text else None",
        "import os",
        files=TXT,
    ),
    "linecache": read(
        '(linecache.clearcache() or linecache.getline(str(HERE / "word.txt"), 1).strip())', "import linecache"
    ),
    "a memory map": body(
        'with open(HERE / "word.txt") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as found:\n'
        "    return 1 if found[:].decode() in x.text else None",
        "import mmap",
        files=TXT,
    ),
    "json": word(
        'json.loads((HERE / "word.json").read_text())[0]', "import json", {"word.json": f'["{BEFORE}"]'}
    ),
    "toml": body(
        'with open(HERE / "word.toml", "rb") as file:\n'
        '    return 1 if tomllib.load(file)["w"] in x.text else None',
        "import tomllib",
        files={"word.toml": f'w = "{BEFORE}"'},
    ),
    "configparser": word(
        "find()",
        "import configparser\ndef find():\n    found = configparser.ConfigParser()\n"
        '    found.read(HERE / "words.ini")\n    return found["a"]["w"]\n',
        {"words.ini": f"[a]\nw = {BEFORE}\n"},
    ),
    "gzip": made(
        'gzip.decompress((HERE / "word.gz").read_bytes()).decode()',
        "import gzip",
        lambda folder, said: (folder / "word.gz").write_bytes(gzip.compress(said.encode())),
    ),
    "gzip.open": made(
        "find()",
        'import gzip\ndef find():\n    with gzip.open(HERE / "word.gz", "rt") as file:\n'
        "        return file.read()\n",
        lambda folder, said: (folder / "word.gz").write_bytes(gzip.compress(said.encode())),
    ),
    "a zip file": made(
        "find()",
        'import zipfile\ndef find():\n    with zipfile.ZipFile(HERE / "words.zip") as file:\n'
        '        return file.read("word.txt").decode()\n',
        _zip,
    ),
    "a pickle": made(
        'pickle.loads((HERE / "word.pkl").read_bytes())',
        "import pickle",
        lambda folder, said: (folder / "word.pkl").write_bytes(pickle.dumps(said)),
    ),
    "a database": made("find()", DATABASE, _sqlite),
    "a database opened when lfs.py is loaded": made(
        'CONNECTION.execute("select word from words").fetchone()[0]',
        'import sqlite3\nCONNECTION = sqlite3.connect(HERE / "words.db", check_same_thread=False)',
        _sqlite,
    ),
    "an archive opened when lfs.py is loaded": made(
        'FILE.read("word.txt").decode()',
        'import zipfile\nFILE = zipfile.ZipFile(HERE / "words.zip")',
        _zip,
    ),
    "a module in an archive": made(
        "zipped.WORD",
        'sys.path.insert(0, str(HERE / "lib.zip"))\nimport zipped\nsys.path.pop(0)',
        _zipped,
        alone=True,
    ),
    "a file that could not be read": made(
        "find()", FALLBACK.format("alpha").replace("FileNotFoundError", "OSError"), _folder_first
    ),
    "a memory map of an array": made(
        "VALUE[0].decode()",
        'import numpy as np\nVALUE = np.memmap(HERE / "word.bin", dtype="S5", mode="r")',
        _binary,
    ),
    "np.load": made('np.load(HERE / "word.npy")[0]', "import numpy as np", _npy),
    "np.loadtxt": read('str(np.loadtxt(HERE / "word.txt", dtype=str))', "import numpy as np"),
    "np.fromfile": read('np.fromfile(HERE / "word.txt", dtype="S5")[0].decode()', "import numpy as np"),
    "pl.read_csv": word('pl.read_csv(HERE / "words.csv")["w"][0]', "import polars as pl", CSV),
    "pl.scan_csv": word('pl.scan_csv(HERE / "words.csv").collect()["w"][0]', "import polars as pl", CSV),
    "pl.scan_csv, made when lfs.py is loaded": word(
        'FOUND.collect()["w"][0]', 'import polars as pl\nFOUND = pl.scan_csv(HERE / "words.csv")', CSV
    ),
    "pl.read_parquet": made(
        'pl.read_parquet(HERE / "words.parquet")["w"][0]', "import polars as pl", _parquet
    ),
    "pl.scan_parquet": made(
        'pl.scan_parquet(str(HERE / "words.parquet")).collect()["w"][0]', "import polars as pl", _parquet
    ),
    "pl.scan_parquet of a pattern": made(
        'pl.scan_parquet(str(HERE / "*.parquet")).collect()["w"][0]', "import polars as pl", _parquet
    ),
    "pl.read_ipc": made('pl.read_ipc(HERE / "words.arrow")["w"][0]', "import polars as pl", _ipc),
    "pl.scan_ndjson": word(
        'pl.scan_ndjson(HERE / "words.jsonl").collect()["w"][0]',
        "import polars as pl",
        {"words.jsonl": json.dumps({"w": BEFORE}) + "\n"},
    ),
    "pd.read_csv": word('pd.read_csv(HERE / "words.csv")["w"][0]', "import pandas as pd", CSV),
    "pd.read_parquet": made(
        'pd.read_parquet(HERE / "words.parquet")["w"][0]', "import pandas as pd", _parquet
    ),
    "a table of Arrow that is read": made(
        'pq.read_table(HERE / "words.parquet")["w"][0].as_py()', "import pyarrow.parquet as pq", _parquet
    ),
    "a data set of Arrow": made(
        'ds.dataset(HERE / "words.parquet").to_table()["w"][0].as_py()',
        "import pyarrow.dataset as ds",
        _parquet,
    ),
    "a cached helper": word(
        "find()",
        'import functools\n@functools.lru_cache\ndef find():\n    return (HERE / "word.txt").read_text()\n',
        TXT,
    ),
    "a cached helper that another LF called first": Change(lfs=SHARED, files=TXT),
    "a value that is loaded on first use": word("find()", LAZY, TXT),
    "a cached property": word(
        "WORDS.word",
        "import functools\nclass Words:\n    @functools.cached_property\n    def word(self):\n"
        '        return (HERE / "word.txt").read_text()\nWORDS = Words()\n',
        TXT,
    ),
    "a file that a helper's module reads": word(
        "helper.find()",
        "import helper",
        {
            "helper": "from pathlib import Path\ndef find():\n"
            '    return Path(__file__).with_name("word.txt").read_text()\n',
            **TXT,
        },
    ),
    "a file that a module reads as it is imported in the body": body(
        "import helper\nreturn 1 if helper.WORD in x.text else None",
        files={
            "helper": 'from pathlib import Path\nWORD = Path(__file__).with_name("word.txt").read_text()\n',
            **TXT,
        },
    ),
    "data of a package": word(
        'importlib.resources.files("pkg").joinpath("word.txt").read_text()',
        "import importlib.resources\nimport pkg",
        {"pkg/__init__.py": "", "pkg/word.txt": BEFORE},
    ),
    "pkgutil.get_data": word(
        'pkgutil.get_data("pkg", "word.txt").decode()',
        "import pkgutil\nimport pkg",
        {"pkg/__init__.py": "", "pkg/word.txt": BEFORE},
    ),
    "a file that another thread reads": word("find()", THREAD, TXT),
    "a file read by map_elements": Change(
        lfs=HEAD + 'import polars as pl\nguess = lw.expression("guess", pl.col("text").map_elements(\n'
        '    lambda text: (HERE / "word.txt").read_text() in text, return_dtype=pl.Boolean), vote=1)\n',
        files=TXT,
    ),
    "a file read by an LF of blocks": Change(
        lfs=HEAD + "\n@lw.labeling_function(batch=True)\ndef guess(frame):\n"
        '    word = (HERE / "word.txt").read_text()\n'
        '    return [1 if word in text else None for text in frame["text"]]\n',
        files=TXT,
    ),
    "a file opened when lfs.py is loaded": word(
        "find()",
        'import io\nFILE = io.FileIO(HERE / "word.txt")\ndef find():\n    FILE.seek(0)\n'
        "    return FILE.read().decode()\n",
        TXT,
    ),
    "a file that was not there": made("find()", FALLBACK.format("alpha"), _only("omega")),
    "a file that is there no more": made("find()", FALLBACK.format("omega"), _only("alpha")),
    "whether there is a file": made(
        '("omega" if (HERE / "word.txt").exists() else "alpha")', "", _only("omega")
    ),
    "os.path.isfile": made(
        '("omega" if os.path.isfile(HERE / "word.txt") else "alpha")', "import os", _only("omega")
    ),
    "the size of a file": made(
        '("alpha" if (HERE / "size").stat().st_size == 1 else "omega")',
        "",
        lambda folder, said: (folder / "size").write_text("x" * (1 if said == BEFORE else 2)),
    ),
    "the time of a file": made('("alpha" if (HERE / "time").stat().st_mtime < 2 else "omega")', "", _timed),
    "os.path.getmtime": made(
        '("alpha" if os.path.getmtime(HERE / "time") < 2 else "omega")', "import os", _timed
    ),
    "what a function finds of a path": made(
        "find(HERE / 'word.txt')",
        'def find(path):\n    return "omega" if path.is_file() else "alpha"\n',
        _only("omega"),
    ),
    "whether there is a folder": made(
        '("omega" if (HERE / "words").is_dir() else "alpha")',
        "",
        lambda folder, said: (folder / "words").mkdir() if said != BEFORE else None,
    ),
    "the names in a folder": made('next((HERE / "words").iterdir()).name', "", _renamed),
    "os.listdir": made('os.listdir(HERE / "words")[0]', "import os", _renamed),
    "os.scandir": made(
        "find()",
        'import os\ndef find():\n    with os.scandir(HERE / "words") as found:\n'
        "        return next(found).name\n",
        _renamed,
    ),
    "a pattern of names": made('next((HERE / "words").glob("*")).name', "", _renamed),
    "glob.glob": made(
        'os.path.basename(glob.glob(str(HERE / "words" / "*"))[0])', "import glob\nimport os", _renamed
    ),
    "os.walk": made('next(os.walk(HERE / "words"))[2][0]', "import os", _renamed),
    "a link to another file": made('(HERE / "word.txt").read_text()', "", _linked),
    "where a link leads": made('(HERE / "word.txt").resolve().stem', "", _linked),
    "where a link leads, to files of equal content": made(
        '(HERE / "word.txt").resolve().stem', "", _linked_alike
    ),
    "which file it is": made(
        '("alpha" if (HERE / "word.txt").samefile(HERE / "alpha.txt") else "omega")',
        "",
        _linked_alike,
        announced=True,
    ),
    "posix.readlink": made(
        'Path(posix.readlink(HERE / "word.txt")).stem', "import posix", _linked, announced=True
    ),
    "a file of an open folder": read("find()", IN_A_FOLDER),
    "an attached database": made("find()", ATTACHED, _sqlite, announced=True),
    "a file system of Arrow": read(
        'fs.LocalFileSystem().open_input_file(str(HERE / "word.txt")).read().decode()',
        "from pyarrow import fs",
        announced=True,
    ),
    "os.readlink": made('Path(os.readlink(HERE / "word.txt")).stem', "import os", _linked),
}


VARIABLE = {"GUESS_WORD": BEFORE}
LONG = {"GUESS_FILE": f"{BEFORE}.txt"}
ENVIRONMENT = {
    "the time zone": word(
        "datetime.datetime.fromtimestamp(0).astimezone().tzname()",
        "import datetime\nimport time\ntime.tzset()",
        variables={"TZ": f"{BEFORE}0"},  # a zone of that name
        announced=True,
    ),
    "os.environ": word('os.environ["GUESS_WORD"]', "import os", variables=VARIABLE),
    "os.environ.get": word('os.environ.get("GUESS_WORD", "")', "import os", variables=VARIABLE),
    "os.getenv": word('os.getenv("GUESS_WORD")', "import os", variables=VARIABLE),
    "environ under another name": word(
        'there["GUESS_WORD"]', "from os import environ as there", variables=VARIABLE
    ),
    "os.environb": word('os.environb[b"GUESS_WORD"].decode()', "import os", variables=VARIABLE),
    "past the environment": word(
        'os.environ._data[b"GUESS_WORD"].decode()', "import os", variables=VARIABLE, announced=True
    ),
    "a copy of the environment": word('dict(os.environ)["GUESS_WORD"]', "import os", variables=VARIABLE),
    "os.path.expandvars": word('os.path.expandvars("$GUESS_WORD")', "import os", variables=VARIABLE),
    "a variable in a name that is put together": word(
        'os.environ["GUESS_" + "word".upper()]', "import os", variables=VARIABLE
    ),
    "a variable that a cached helper reads": word(
        "find()",
        'import functools\nimport os\n@functools.cache\ndef find():\n    return os.environ["GUESS_WORD"]\n',
        variables=VARIABLE,
    ),
    "a variable read when lfs.py is loaded": word(
        "WORD", 'import os\nWORD = os.environ["GUESS_WORD"]', variables=VARIABLE
    ),
    "a file that a variable names": word(
        '(HERE / os.environ["GUESS_FILE"]).read_text()',
        "import os",
        variables=LONG,
        make=lambda folder, said: [(folder / f"{name}.txt").write_text(name) for name in ("alpha", "omega")],
    ),
    "the home folder": word("Path.home().name", variables={"HOME": f"/home/{BEFORE}"}),
}

PROCESS = """
import subprocess, sys
def find():
    code = f"print(open({str(HERE / 'word.txt')!r}).read())"
    return subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True).stdout.strip()
"""
SOCKET = """
import os, socket
def find():
    with socket.create_connection(("127.0.0.1", int(os.environ["GUESS_PORT"]))) as one:
        return one.recv(5).decode()
"""
UNKNOWABLE = {
    "a process": word("find()", PROCESS, TXT, announced=True),
    "os.popen": word(
        "find()",
        'import os\ndef find():\n    with os.popen(f"cat {HERE}/word.txt") as pipe:\n'
        "        return pipe.read()\n",
        TXT,
        announced=True,
    ),
    "os.system": body(
        'os.system(f"cp {HERE}/word.txt {HERE}/copy.txt")\n'
        'return 1 if (HERE / "copy.txt").read_text() in x.text else None',
        "import os",
        files=TXT,
        announced=True,
    ),
    "a network": word("find()", SOCKET, announced=True, variables={"GUESS_SERVED": BEFORE}),
    "the clock": word('(time.time() and "alpha")', "import time", announced=True),
    "today": word('(datetime.date.today() and "alpha")', "import datetime", announced=True),
    "now, under another name": word(
        '(dt.now() and "alpha")', "from datetime import datetime as dt", announced=True
    ),
    "the clock in a helper": word(
        "find()",
        "from helper import find",
        {"helper": 'import time\ndef find():\n    return time.monotonic() and "alpha"\n'},
        announced=True,
    ),
    "chance": word('random.choice(["alpha"])', "import random", announced=True),
    "chance of NumPy": word('np.random.choice(["alpha"])', "import numpy as np", announced=True),
    "a generator without a seed": word(
        '("alpha" if np.random.default_rng().random() >= 0 else "")', "import numpy as np", announced=True
    ),
    "uuid": word('(uuid.uuid4() and "alpha")', "import uuid", announced=True),
    "secrets": word('secrets.choice(["alpha"])', "import secrets", announced=True),
    "os.urandom": word('(os.urandom(1) and "alpha")', "import os", announced=True),
    "hash of a text": word('("alpha" if hash(x.text) else "")', announced=True),
    "the number of a process": word('("alpha" if os.getpid() else "")', "import os", announced=True),
    "the name of the machine": word('(platform.node() + "alpha")[-5:]', "import platform", announced=True),
}
