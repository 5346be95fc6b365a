"""When kept votes count, and what is made of them: by what they hold, not by how they were made."""

from __future__ import annotations

import pytest

import labelwright.store.votes
from labelwright import ProjectError


def test_what_is_made_of_equal_votes_is_kept_and_of_other_votes_never(place):
    assert not place.open().fit().cached
    place.write_lfs("ads", "love", "links", "songs", ads="chec")  # other code, the same votes
    project = place.open()
    assert project.apply().ran == 1
    assert project.fit().cached
    place.write_lfs("ads", "love", "links", "songs", ads="buy")
    assert not place.open().fit().cached


def test_votes_of_another_version_are_not_taken(place, monkeypatch):
    place.open().apply()
    place.calls()
    place.open().apply()
    assert not place.calls()
    monkeypatch.setattr(labelwright.store.votes, "__version__", "9.9.9")
    assert place.open().apply().ran == 5
    assert place.calls()


def test_force_runs_labeling_functions_whatever_is_kept(place):
    project = place.open()
    project.run()
    place.calls()
    assert project.apply(force="ads").ran == 1
    assert set(place.calls()) == {"ads"}
    assert project.run(force=["ads", "praise"]).applied.ran == 2
    assert set(place.calls()) == {"ads"}
    assert project.train(force=True).cached  # made anew, the votes are the same
    assert place.calls() == {"ads": 63, "love": 63, "links": 63, "songs": 63}
    with pytest.raises(ProjectError, match="the project has no LF 'adds'; did you mean 'ads'"):
        project.fit(force=["adds"])
