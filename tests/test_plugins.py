"""What other packages add by entry points; a package is a folder with its metadata on the path."""

import sys

import numpy as np
import polars as pl
import pytest

import labelwright as lw
from labelwright import LabelModelError
from labelwright.engines import as_engine
from labelwright.label_models import REGISTRY, MajorityVote, load, save
from labelwright.pipeline import Project, labeling
from labelwright.testing import check_label_model

MODELS = """
from labelwright.label_models import MajorityVote

class Shy(MajorityVote):
    '''Majority vote under another name.'''

    assumes = "nothing new"
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Return what installs a package: its module, and its entry points."""

    def put(name, module, **groups):
        site = tmp_path / "site"
        about = site / f"{name}-1.0.dist-info"
        about.mkdir(parents=True)
        (site / f"{name}.py").write_text(module)
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        lines = [
            f"[labelwright.{group}]\n" + "\n".join(f"{key} = {value}" for key, value in entries.items())
            for group, entries in groups.items()
        ]
        (about / "entry_points.txt").write_text("\n".join(lines) + "\n")
        if str(site) not in sys.path:
            monkeypatch.syspath_prepend(site)
        monkeypatch.delitem(sys.modules, name, raising=False)

    yield put
    for name, module in list(sys.modules.items()):
        if str(tmp_path) in str(getattr(module, "__file__", None)):
            del sys.modules[name]


def test_a_label_model_of_another_package_is_one_of_them(install, tmp_path):
    assert "Shy" not in REGISTRY
    before = len(REGISTRY)
    install("shy_votes", MODELS, label_models={"Shy": "shy_votes:Shy"})
    assert "Shy" in REGISTRY
    assert list(REGISTRY)[-1] == "Shy"
    assert len(REGISTRY) == len(list(REGISTRY.values())) == before + 1
    check_label_model(REGISTRY["Shy"]())
    fitted = REGISTRY["Shy"]().fit([[0, 1, 1], [1, 1, 1]])
    save(fitted, tmp_path / "shy.npz")
    assert type(load(tmp_path / "shy.npz")) is REGISTRY["Shy"]


def test_a_project_names_it(install, tmp_path):
    install("shy_votes", MODELS, label_models={"Shy": "shy_votes:Shy"})
    (tmp_path / "labelwright.toml").write_text(
        '[task]\nname = "spam"\nclasses = ["HAM", "SPAM"]\n'
        '[data]\ntrain = "train.csv"\n[label_model]\nname = "Shy"\n'
    )
    (tmp_path / "train.csv").write_text("text\ncheck out\nlovely\nlovely song\n")
    (tmp_path / "lfs.py").write_text(
        "import labelwright as lw\n"
        'ad = lw.keywords("ad", ["check out"], on="text", vote="SPAM")\n'
        'nice = lw.keywords("nice", ["lovely"], on="text", vote="HAM")\n'
        'song = lw.keywords("song", ["song"], on="text", vote="HAM")\n'
    )
    project = Project.open(tmp_path, progress=False)
    assert not project.fit().cached
    assert project.fit().cached
    metadata = tmp_path / "site" / "shy_votes-1.0.dist-info" / "METADATA"
    metadata.write_text(metadata.read_text().replace("Version: 1.0", "Version: 2.0"))
    assert not project.fit().cached
    module = tmp_path / "site" / "shy_votes.py"  # which lies where its author edits it
    module.write_text(module.read_text().replace("nothing new", "nothing"))
    assert project.fit().cached  # in this process, which runs what it imported
    labeling._sources_of_plugin.cache_clear()
    assert not project.fit().cached
    assert project.fit().cached
    (tmp_path / "labelwright.toml").write_text(
        (tmp_path / "labelwright.toml").read_text().replace("Shy", "Shyy")
    )
    with pytest.raises(LabelModelError, match="did you mean 'Shy'"):
        Project.open(tmp_path, progress=False).fit()


def test_nothing_is_loaded_before_it_is_asked_for(install):
    install("loud", "raise SystemError('loaded')", label_models={"Loud": "loud:Loud"})
    assert "Loud" in REGISTRY
    assert "Loud" in list(REGISTRY)
    assert "Loud" in repr(REGISTRY)
    assert REGISTRY["MajorityVote"] is MajorityVote
    assert "loud" not in sys.modules


def refused(name):
    with pytest.raises(LabelModelError) as refusal:
        REGISTRY[name]
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_a_broken_package_is_named_when_it_is_asked_for(install):
    install("loud", "raise SystemError('two\\nlines')", label_models={"Loud": "loud:Loud"})
    install("empty", "", label_models={"Missing": "empty:Missing"})
    message = refused("Loud")
    assert "'Loud' of loud" in message
    assert "SystemError: two lines; upgrade or uninstall that package" in message
    assert "AttributeError" in refused("Missing")
    with pytest.raises(KeyError):
        REGISTRY["nothing"]


def test_what_is_no_label_model_is_told(install):
    code = MODELS + "def make(): pass\nclass Other: pass\n"
    entries = {"make": "odd:make", "Other": "odd:Other", "Alias": "odd:Shy"}
    install("odd", code, label_models=entries)
    assert "expected a subclass of labelwright.label_models.BaseLabelModel" in refused("make")
    assert "expected a subclass" in refused("Other")
    assert "'Alias' of the entry points labelwright.label_models is a class 'Shy'" in refused("Alias")


def test_two_packages_of_one_name_clash_and_labelwrights_own_stays(install):
    for name in ("one", "two"):
        install(name, MODELS, label_models={"Shy": f"{name}:Shy", "LabelModel": f"{name}:Shy"})
    assert "'Shy' is offered by one and two (labelwright.label_models); uninstall all but one" in refused(
        "Shy"
    )
    assert REGISTRY["LabelModel"] is lw.LabelModel
    assert list(REGISTRY).count("LabelModel") == list(REGISTRY).count("Shy") == 1


def test_engines_and_readers_of_other_packages_are_loaded_the_same_way(install):
    install(
        "far_away",
        "raise ImportError('no network')",
        engines={"far": "far_away:Engine"},
        readers={"far": "far_away:Reader"},
    )
    with pytest.raises(lw.LabelwrightError, match=r"'far' of far_away \(labelwright.engines, .*no network"):
        as_engine("far")
    with pytest.raises(lw.LabelwrightError, match=r"'far' of far_away \(labelwright.readers, .*no network"):
        lw.apply([lw.keywords("a", ["x"], on="text", vote=1)], object(), progress=False)
    frame = pl.DataFrame({"text": ["x", "y"]})
    votes = lw.apply([lw.keywords("a", ["x"], on="text", vote=1)], frame, progress=False).votes
    np.testing.assert_array_equal(votes, [[1], [-1]])
