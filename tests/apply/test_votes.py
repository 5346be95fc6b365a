"""The quick path and the slow path agree with the label space, value by value."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelwright import LabelingFunctionError, LabelSpace, LabelSpaceError
from labelwright._apply.raw_votes import batch_votes, list_votes

SPACE = LabelSpace(["a", "b", "c"])

values = st.one_of(
    st.integers(-3, 4),
    st.none(),
    st.sampled_from(["a", "b", "c", "d", ""]),
    st.booleans(),
    st.floats(),
    st.integers(-3, 4).map(np.int16),
    st.integers(0, 4).map(np.uint8),
    st.integers(2**62, 2**70),
)


def meaning(value):
    try:
        return SPACE.index(value)
    except LabelSpaceError:
        return None


@given(st.lists(values, max_size=20), st.integers(0, 1000))
def test_lists_mean_what_the_label_space_says(raw, first_row):
    expected = [meaning(value) for value in raw]
    if None not in expected:
        votes = list_votes(raw, space=SPACE, lf="lf", first_row=first_row)
        assert votes.tolist() == expected
        assert votes.dtype == np.int8
        assert batch_votes(raw, rows=len(raw), space=SPACE, lf="lf", first_row=first_row).tolist() == expected
    else:
        with pytest.raises(LabelingFunctionError, match=f"'lf' returned .* at row {first_row}") as info:
            list_votes(raw[expected.index(None) :], space=SPACE, lf="lf", first_row=first_row)
        assert "\n" not in str(info.value)


@given(st.lists(st.integers(-1, 2), min_size=1), st.sampled_from([np.int8, np.int64, np.float64, bool]))
def test_arrays_are_votes_when_they_hold_integers(raw, dtype):
    array = np.array(raw).astype(dtype)
    if array.dtype.kind == "i":
        assert batch_votes(array, rows=len(raw), space=SPACE, lf="lf", first_row=0).tolist() == raw
    else:
        with pytest.raises(LabelingFunctionError, match=r"at row 0; expected classes 0\.\.2"):
            batch_votes(array, rows=len(raw), space=SPACE, lf="lf", first_row=0)
