"""When kept votes count, and what is made of them: by what they hold, not by how they were made."""

from __future__ import annotations

import labelwright.store.votes


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
