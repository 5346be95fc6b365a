"""The Python of the pages that go on from a reader's own votes runs, on votes made here."""

import json
import re
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

import labelwright as lw
from labelwright.testing import one_coin_table, sample_numbers, sample_rankings, sample_votes

DOCS = Path(__file__).parents[2] / "docs"
# All that the pages name.
LFS = ["url", "link", "www", "short", "long", "kb_a", "kb_b", "kb_c", "kb_d", "kb", "curated", "inverted"]
NEEDS = {"NoiseAwareNet": "torch", "load_dataset": "datasets", "plots": "altair"}
SLOWER = {"draws=20": "draws=2", "epochs=200": "epochs=2"}  # what a page says to do long is done briefly


@pytest.fixture
def scene(tmp_path, monkeypatch):
    """Make everything that the pages take for granted, in a folder that becomes the current one."""
    monkeypatch.chdir(tmp_path)
    space = lw.LabelSpace(["HAM", "SPAM"])
    drawn = sample_votes(one_coin_table(np.linspace(0.6, 0.9, 12), propensities=0.5), 600, random_state=0)
    L = lw.LabelMatrix(drawn.label_matrix.votes, space=space, lf_names=LFS)
    L = L.with_lf("long", L[:, "short"].votes[:, 0])
    texts = [f"{'subscribe' if y else 'song'} {i % 7}" for i, y in enumerate(drawn.gold)]
    df = pl.DataFrame({"text": texts})
    return {
        "lw": lw, "np": np, "pl": pl, "LogisticRegression": LogisticRegression,
        "space": space, "L": L, "L_test": L, "gold": drawn.gold, "df": df, "df_test": df, "test": drawn.gold,
        "P": np.tile([0.4, 0.6], (600, 1)), "texts": texts, "test_texts": texts, "test_gold": drawn.gold,
        "X": TfidfVectorizer().fit_transform(texts).toarray(),
        "L_monday": L[:300], "L_tuesday": L[300:], "rows": np.arange(50), "labels": drawn.gold[:50],
        "votes": sample_numbers([0.2, 0.5, 1.0], 200, random_state=0).votes,
        "ranks": sample_rankings([2, 0.3, 0.2], n_items=4, n=100, random_state=0).ranks,
        "stated": lw.DependencyGraph.from_edges([("url", "kb")], names=LFS),
        "lfs": [lw.keywords(name, [name, "shared"], on="text", vote="SPAM", space=space) for name in LFS],
    }  # fmt: skip


def blocks(page):
    found = re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    return [block for block in found if all(find_spec(at) for mark, at in NEEDS.items() if mark in block)]


def run(page, names, *, without="read_wrench"):
    """Run the blocks of a page, one after the other, and return how many ran."""
    ready = [block for block in blocks(page) if without not in block]
    for block in ready:
        for long, brief in SLOWER.items():
            block = block.replace(long, brief)
        exec(compile(block, page, "exec"), names)
    return len(ready)


PAGES = [DOCS.parent / "README.md", *sorted(DOCS.glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_code_on_pages_has_80_columns_at_most(page):
    """More is cut on a page, and wraps in a terminal."""
    inside, long = False, []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        if line.lstrip().startswith("```"):
            inside = not inside
        elif inside and len(line) > 80:
            long.append((number, line))
    assert long == []


def test_the_python_of_the_readme_runs_as_pasted(capsys):
    [block] = blocks(Path("..") / "README.md")
    names = {}
    exec(compile(block, "README.md", "exec"), names)
    assert names["L"].shape == (6, 6)
    assert names["P"].shape == (6, 2)
    assert "check_out" in capsys.readouterr().out
    assert names["clf"].predict(names["X"]).tolist()[1] == "SPAM"


def test_links_between_pages_lead_somewhere():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)", prose):
            file, _, anchor = target.partition("#")
            if target.startswith(("http", "mailto")):
                continue
            to = (page.parent / file).resolve() if file else page
            assert to.exists(), f"{page.name}: {target}"
            if anchor and to.suffix == ".md":
                heads = re.findall(r"^#+ (.*)$", to.read_text(encoding="utf-8"), flags=re.MULTILINE)
                assert anchor in map(_anchor, heads), f"{page.name}: {target}"


def _anchor(head):
    plain = re.sub(r"[^\w\s-]", "", head.lower().replace("`", "")).strip()
    return re.sub(r"[-\s]+", "-", plain)


def test_the_quickstart_runs():
    names = {}
    assert run("quickstart.md", names) == 2
    assert names["P"].shape == (4, 2)
    assert names["P"][0, 1] > 0.5
    assert names["P"][3, 0] > 0.5


def test_label_models_run(scene):
    assert run("label-models.md", scene) >= 5


def test_trust_runs(scene, capsys):
    assert run("trust.md", scene) >= 4
    assert "row 12:" in capsys.readouterr().out


def test_dependencies_run(scene):
    assert run("dependencies.md", scene) >= 3
    assert scene["model"].dependencies_ is not None


def test_the_advisor_runs(scene, capsys):
    assert run("advisor.md", scene) >= 1
    assert "600 rows, 12 labeling functions" in capsys.readouterr().out


def test_the_worth_of_functions_is_measured(scene, capsys):
    assert run("how-much-is-it-worth.md", scene) >= 1
    assert scene["worth"].hand_labels is not None


@pytest.mark.slow
def test_end_models_run(scene):
    pytest.importorskip("torch")
    module_of_the_page(scene)
    from labelwright.cli import main

    assert main(["init", "spam-project", "--quiet"]) == 0
    assert main(["train", "-C", "spam-project", "--quiet"]) == 0
    assert run("end-models.md", scene) >= 3
    assert scene["model"].predict(["check out", ""])[1] is None


def module_of_the_page(scene):
    import torch

    scene["module"] = torch.nn.Linear(scene["X"].shape[1], 2)


def test_exchange_runs(scene):
    Path("export.json").write_text(json.dumps([_labeled(0, "HAM"), _labeled(1, "SPAM")]), encoding="utf-8")
    assert run("exchange.md", scene) >= 3
    assert scene["found"].gold.tolist() == [0, 1]
    assert pl.read_parquet("test.parquet")["gold"].to_list()


def _labeled(i, choice):
    value = {"choices": [choice]}
    result = [{"from_name": "label", "to_name": "text", "type": "choices", "value": value}]
    return {
        "id": i,
        "data": {"text": f"text {i}"},
        "annotations": [{"id": i, "completed_by": 1, "result": result}],
    }


def test_the_project_folder_runs(scene):
    from labelwright.cli import main

    assert main(["init", "my-project", "--quiet"]) == 0
    scene["new_rows"] = pl.DataFrame({"text": ["Check out my channel"]})
    assert run("project-format.md", scene) == 3
    assert scene["result"].scores["test"]["end model"].accuracy > 0.5


def test_understanding_says_what_comes_out(real_data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(real_data / "youtube", "youtube")
    names = {}
    assert run("understanding.md", names, without="nothing") >= 6
