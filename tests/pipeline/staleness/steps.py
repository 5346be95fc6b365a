"""Steps around the LFs that come to do something else: what prepares rows, and what makes models.

Of preprocessors and of `prepare` the votes of ``guess`` tell; of a model, what it predicts: its factory reads
a strength that is one for "alpha" and another for "omega".
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.pipeline.staleness.change import BEFORE, HEAD, TOML, Change
from tests.pipeline.staleness.files import FALLBACK, LAZY, PROCESS, _only

HELPER = {"helper.py": f'WORD = "{BEFORE}"\n'}
TXT = {"word.txt": BEFORE}
VARIABLE = {"GUESS_WORD": BEFORE}


def preprocessor(expression: str, head: str = "", files: Mapping[str, str] = {}, **more: object) -> Change:
    """Return a project whose preprocessor gives the word, and is kept on disk."""
    lfs = f"""{HEAD}{head}

@lw.preprocessor(keep=True)
def told(x):
    return {{"word": {expression}}}

@lw.labeling_function(pre=[told])
def guess(x):
    return 1 if x.word in x.text else None
"""
    return Change(lfs=lfs, files=files, **more)


def prepare(expression: str, head: str = "", files: Mapping[str, str] = {}, **more: object) -> Change:
    """Return a project whose hook gives the word."""
    lfs = f"""{HEAD}{head}
import polars as pl

def prepare(frame, split):
    return frame.with_columns(word=pl.lit({expression}))

@lw.labeling_function()
def guess(x):
    return 1 if x.word in x.text else None
"""
    return Change(lfs=lfs, files=files, **more)


WAYS: dict[str, tuple[str, str, dict[str, str], dict[str, str]]] = {
    "a helper": ("WORD", "from helper import WORD", HELPER, {}),
    "a module that is imported in the body": ("__import__('helper').WORD", "", HELPER, {}),
    "getattr of a module": ("getattr(helper, 'WO' + 'RD')", "import helper", HELPER, {}),
    "a file": ("(HERE / 'word.txt').read_text()", "", TXT, {}),
    "a value that is loaded on first use": ("find()", LAZY, TXT, {}),
    "a variable": ("os.environ['GUESS_WORD']", "import os", {}, VARIABLE),
    "an attribute of a function": (
        "find()",
        "def find():\n    return find.word\nfind.word = (HERE / 'word.txt').read_text()",
        TXT,
        {},
    ),
    "what an object hides": (
        "HIDDEN.word",
        "class Hidden:\n    def __getstate__(self):\n        return {}\n"
        "HIDDEN = Hidden()\nHIDDEN.word = (HERE / 'word.txt').read_text()",
        TXT,
        {},
    ),
    "a table": (
        "pd.read_csv(HERE / 'w.csv')['w'][0]",
        "import pandas as pd",
        {"w.csv": f"w\n{BEFORE}\n"},
        {},
    ),
}
PREPROCESSORS = {
    f"a preprocessor: {name}": preprocessor(made, head, files, variables=variables)
    for name, (made, head, files, variables) in WAYS.items()
} | {
    "a preprocessor: a process": preprocessor("find()", PROCESS, TXT, announced=True),
    "a preprocessor: the clock": preprocessor("time.time() and 'alpha'", "import time", announced=True),
    "a preprocessor: a file that was not there": preprocessor(
        "find()", FALLBACK.format("alpha"), make=_only("omega")
    ),
    "a preprocessor before another": Change(
        lfs=HEAD
        + """
@lw.preprocessor(keep=True)
def first(x):
    return {"word": (HERE / "word.txt").read_text()}

@lw.preprocessor(keep=True)
def second(x):
    return {"word": x.word + ""}

@lw.labeling_function(pre=[first, second])
def guess(x):
    return 1 if x.word in x.text else None
""",
        files=TXT,
    ),
    "a preprocessor of two LFs": Change(
        lfs=HEAD
        + """
@lw.preprocessor(keep=True)
def told(x):
    return {"word": (HERE / "word.txt").read_text()}

@lw.labeling_function(pre=[told])
def other(x):
    return 0 if x.word + "!" in x.text else None

@lw.labeling_function(pre=[told])
def guess(x):
    return 1 if x.word in x.text else None
""",
        files=TXT,
    ),
}
PREPARE = {
    f"prepare: {name}": prepare(made, head, files, variables=variables)
    for name, (made, head, files, variables) in WAYS.items()
} | {"prepare: a process": prepare("find()", PROCESS, TXT)}

STRENGTH = "import labelwright as lw\nfrom pathlib import Path\nHERE = Path(__file__).parent\n"
LFS = """
import labelwright as lw

guess = lw.keywords("guess", ["alpha"], on="text", vote="YES")
never = lw.keywords("never", ["omega"], on="text", vote="NO")
"""


def factory(expression: str, head: str = "", files: Mapping[str, str] = {}, **more: object) -> Change:
    """Return a project whose end model is as strong as the word says."""
    own = f"""{STRENGTH}{head}
from labelwright.end_models import text_classifier

def make(random_state=None):
    return text_classifier(C=1.0 if {expression}[0] == "a" else 100.0)
"""
    return trained(own, files, **more)


def trained(
    own: str,
    files: Mapping[str, str] = {},
    fixed: Mapping[str, str] = {},
    *,
    features: str = "text",
    **more: object,
) -> Change:
    """Return a project with this file of its factory."""
    toml = TOML + f'[end_model]\nname = "own:make"\nfeatures = ["{features}"]\n'
    return Change(lfs=LFS, files=files, fixed={"labelwright.toml": toml, "own.py": own, **fixed}, **more)


FITS = (
    STRENGTH
    + """
from sklearn.linear_model import LogisticRegression

class Own(LogisticRegression):
    def fit(self, X, y, sample_weight=None):
        self.C = 1.0 if (HERE / "word.txt").read_text()[0] == "a" else 100.0
        return super().fit(X, y, sample_weight)

def make():
    return Own()
"""
)
ANSWERS = (
    STRENGTH
    + """
from sklearn.linear_model import LogisticRegression

class Own(LogisticRegression):
    def predict_proba(self, X):
        found = super().predict_proba(X)
        return found if (HERE / "word.txt").read_text()[0] == "a" else found[:, ::-1]

def make():
    return Own()
"""
)
NUMBERS = {"train.csv": "text,n\nthe alpha,1\nthe omega,2\nneither,3\n"}
FACTORIES = {
    f"a factory: {name}": factory(made, head, files, variables=variables)
    for name, (made, head, files, variables) in WAYS.items()
} | {
    "a factory: a process": factory("find()", PROCESS, TXT, announced=True),
    "a factory: a file that was not there": factory("find()", FALLBACK.format("alpha"), make=_only("omega")),
    "a factory: a file that training reads": trained(FITS, TXT, NUMBERS, features="n"),
    "a factory: a file that the model reads": trained(ANSWERS, TXT, NUMBERS, features="n"),
    "a factory: its file, of equal size and time": trained(
        "",
        {
            "own.py": "from labelwright.end_models import text_classifier\n\ndef make():\n"
            f'    return text_classifier(C=1.0 if "{BEFORE}"[0] == "a" else 100.0)\n'
        },
        same_time=True,
    ),
    "a factory: a package of equal size and time": factory(
        "pkg.words.WORD",
        "import pkg.words",
        {"pkg/__init__.py": "", "pkg/words.py": f'WORD = "{BEFORE}"\n'},
        same_time=True,
    ),
    "a factory in a package": Change(
        lfs=LFS,
        files={
            "labelwright.toml": TOML + '[end_model]\nname = "nets.own:make"\nfeatures = ["text"]\n',
            "nets/__init__.py": "",
            "nets/strength.py": f'WORD = "{BEFORE}"\n',
            "nets/own.py": "from labelwright.end_models import text_classifier\n\ndef make():\n"
            "    from nets import strength\n"
            '    return text_classifier(C=1.0 if strength.WORD[0] == "a" else 9.0)\n',
        },
    ),
}
