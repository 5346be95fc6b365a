"""A project keeps scored votes and votes for sets with the votes, and its label model reads them."""

import numpy as np

from labelwright.core import LabelMatrix

SCORED = """
@lw.labeling_function(columns=["text"])
def scored(x):
    called("scored")
    if "song" in x.text:
        return {"HAM": 0.9}
    return [0.2, 0.8] if "http" in x.text else None

"""


def test_scores_are_kept_with_the_votes_and_read_by_the_default_model(place):
    place.change_toml('name = "WeightedMajorityVote"', 'name = "LabelModel"')
    place.write_lfs("ads", "love", head=SCORED)
    report = place.open().run().report.read_text()
    assert "scores of 1 LF weigh their votes" in " ".join(report.split())
    train = LabelMatrix.from_parquet(place.folder / ".labelwright" / "votes" / "train.parquet")
    assert list(train.scores) == ["scored"]
    said = np.asarray(train.scores["scored"])
    assert {tuple(row) for row in said[~np.isnan(said[:, 0])].round(2).tolist()} == {
        tuple(np.float32(row).round(2).tolist()) for row in ([0.9, 0.1], [0.2, 0.8])
    }
    assert place.calls()["scored"] == 63
    place.open().run()
    assert not place.calls()
    assert LabelMatrix.from_parquet(place.folder / ".labelwright" / "votes" / "train.parquet") == train
    place.write_lfs("ads", "love", head=SCORED.replace("0.9", "0.7"))
    place.open().run()
    assert place.calls()["scored"] == 63, "another score is another version"


def test_parts_of_a_stopped_run_keep_their_scores(place):
    from labelwright.core.votes.row_scores import RowScores
    from labelwright.store.votes import StoredVotes, VoteStore, joined

    store = VoteStore(place.folder / "votes")
    P = np.array([[0.25, 0.75], [np.nan, np.nan], [0.5, 0.5]])
    votes = np.array([1, -1, -1], dtype=np.int8)
    whole = StoredVotes(votes, weights=RowScores.of(P, k=2, lf="a"))
    parts = [StoredVotes(votes[:2], weights=whole.weights.take(slice(0, 2))), StoredVotes(votes[2:])]
    store.save("key", whole)
    assert store.load("key", n=3).weights == whole.weights
    store.save_part("rows", 0, {"a": parts[0], "b": parts[0]})
    store.save_part("rows", 2, {"a": StoredVotes(votes[2:], weights=whole.weights.take(slice(2, 3)))})
    found = store.load_parts("rows", ["a", "b"])
    assert found["a"].weights == whole.weights
    assert joined(parts).weights.rows.tolist() == [0]
    assert len(found["b"]) == 2
