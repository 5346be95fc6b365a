"""A project keeps what slow preprocessors made: editing an LF makes none of it again."""

import labelwright as lw

TOML = '[task]\nname = "spam"\nclasses = ["HAM", "SPAM"]\n[data]\ntrain = "train.csv"\ntest = "test.csv"\n'
CODE = """
import labelwright as lw

@lw.preprocessor(columns=["text"], keep=True)
def parsed(x):
    open({log!r}, "a").write(x.text + "\\n")
    return {{"words": x.text.split()}}

def make(i):
    return lw.labeling_function(name=f"lf{{i}}", columns=["text"], pre=[parsed])(
        lambda x: "SPAM" if len(x.words) > i + {least} else None
    )

lfs = [make(i) for i in range(10)]
"""


def test_editing_ten_lfs_parses_no_row_again(tmp_path):
    (tmp_path / "labelwright.toml").write_text(TOML)
    (tmp_path / "train.csv").write_text("text\ncheck out my channel\nlovely song\n")
    (tmp_path / "test.csv").write_text("text\nlovely song\nnew\n")
    log = tmp_path / "log"
    votes = {}
    for least in (0, 1):
        (tmp_path / "lfs.py").write_text(CODE.format(log=str(log), least=least))
        votes[least] = lw.Project.open(tmp_path).apply().matrices["train"].votes.sum(axis=1).tolist()
    assert votes == {0: [4 - 6, 2 - 8], 1: [3 - 7, 1 - 9]}
    assert sorted(log.read_text().split("\n")[:-1]) == ["check out my channel", "lovely song", "new"]
    assert len(list((tmp_path / ".labelwright" / "preprocessed").glob("*.sqlite"))) == 1
