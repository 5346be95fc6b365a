"""Labeling functions that vote as the nearest examples do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from labelwright._errors import LabelingFunctionError
from labelwright._types import ABSTAIN, FloatArray, IntArray
from labelwright.core import LabelSpace, Task
from labelwright.lfs._arguments import (
    as_column,
    as_description,
    as_number,
    as_vote,
    common_arguments,
    require_text,
    vote_name,
)
from labelwright.lfs._embedding import check_encoder, embed, encoder_name
from labelwright.lfs._examples import Examples
from labelwright.lfs.base import BatchLF, LabelingFunction, VoteReadingLF
from labelwright.lfs.votes_lf import columns_of

if TYPE_CHECKING:
    import polars as pl


CELLS = 1 << 24  # similarities that are in memory at once, 4 bytes each


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near an example must be.

    Parameters
    ----------
    similarity : float
        The least cosine similarity that counts, above -1 and at most 1.
    margin : float
        By how much the nearest example of a class must be nearer than those of all others, 0 or more.
    """

    similarity: float
    margin: float = 0.0

    def votes(self, rows: Any, examples: Any, classes: IntArray) -> IntArray:
        """Return the class of the nearest example of each row, -1 where none is near enough.

        Parameters
        ----------
        rows : (n, d) array or sparse matrix
            Unit vectors.
        examples : (e, d) array or sparse matrix
            Unit vectors.
        classes : (e,) int
            Their classes.
        """
        votes = np.full(rows.shape[0], ABSTAIN, dtype=np.int16)
        if not len(classes):
            return votes
        kinds = np.unique(classes)
        step = max(1, CELLS // len(classes))
        for start in range(0, len(votes), step):
            near = _nearest(rows[start : start + step], examples, classes, kinds)
            votes[start : start + step] = self._choose(near, kinds)
        return votes

    def _choose(self, near: FloatArray, kinds: IntArray) -> IntArray:
        """Return the class of each row of (n, kinds) greatest similarities."""
        best = near.argmax(axis=1)
        first = near[np.arange(len(near)), best]
        others = np.where(np.arange(len(kinds)) == best[:, None], -np.inf, near).max(axis=1)
        clear = (first - others >= self.margin) & (first > others)
        return np.where((first >= self.similarity) & clear, kinds[best], ABSTAIN)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class NearestLF(BatchLF):
    """Votes the class of the nearest of some labelled texts; made by `nearest`.

    Parameters
    ----------
    on : str
        The column of texts.
    examples : tuple of (text, class)
        The labelled texts.
    encoder : object
        Gives vectors of texts.
    nearness : Nearness
        How near an example must be.
    description : str or None
        What it does, for people.
    """

    kind: ClassVar[str] = "nearest"
    reads_text: ClassVar[bool] = True

    on: str
    examples: tuple[tuple[str, int | str], ...]
    encoder: Any
    nearness: Nearness
    description: str | None = None

    def vote_batch(self, frame: pl.DataFrame) -> object:
        """Return one raw vote a row of ``frame``: a list of classes and None."""
        import polars as pl

        votes = list(dict.fromkeys(vote for _, vote in self.examples))
        classes = np.array([votes.index(vote) for _, vote in self.examples])
        texts = pl.Series([text for text, _ in self.examples])
        found = _nearest_of(self, frame[self.on], texts, classes)
        return [None if index == ABSTAIN else votes[index] for index in found]

    def check_schema(self, schema: Mapping[str, pl.DataType], *, space: LabelSpace) -> None:
        """Raise a SchemaError where the column is missing or holds no texts."""
        LabelingFunction.check_schema(self, schema, space=space)
        require_text(schema, self.on, self.name)

    @property
    def votes_for(self) -> tuple[int | str, ...] | None:
        """The classes that it can vote for."""
        return tuple(dict.fromkeys(vote for _, vote in self.examples))

    @property
    def source(self) -> str:
        """The canonical definition."""
        return f"nearest({self.name!r}, <{len(self.examples)} examples>, {_how(self)})"

    def describe(self) -> str:
        """Say in one plain sentence what the LF does."""
        if self.description:
            return self.description
        votes = dict.fromkeys(vote for _, vote in self.examples)
        named = " or ".join(vote_name(vote, self.space) for vote in votes)
        return (
            f"votes {named}, as the most similar of {len(self.examples):,} labelled texts, where the "
            f"{self.on} is similar enough to it (at least {self.nearness.similarity:g})"
        )

    def _fingerprint_parts(self) -> tuple[object, ...]:
        return (self.on, frozenset(self.examples), self.encoder, self.nearness)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class SpreadLF(VoteReadingLF):
    """Votes as another LF does and, where that abstains, as it does on the nearest row; made by `nearest`.

    Parameters
    ----------
    on : str
        The column of texts.
    encoder : object
        Gives vectors of texts.
    nearness : Nearness
        How near the row must be.
    description : str or None
        What it does, for people.
    """

    kind: ClassVar[str] = "nearest"
    reads_text: ClassVar[bool] = True

    on: str
    encoder: Any
    nearness: Nearness
    description: str | None = None

    def vote_on(self, frame: pl.DataFrame, votes: pl.DataFrame, *, space: LabelSpace) -> object:
        """Return one vote a row of ``frame``, an integer array."""
        own = votes.to_series().fill_null(ABSTAIN).to_numpy()
        texts = frame[self.on]
        covered = (own != ABSTAIN) & texts.is_not_null().to_numpy()
        if covered.all() or not covered.any():
            return own
        found = _nearest_of(self, texts, covered, own[covered])
        return np.where(own == ABSTAIN, found, own)

    def check_schema(self, schema: Mapping[str, pl.DataType], *, space: LabelSpace) -> None:
        """Raise a SchemaError where a column is missing or holds no texts."""
        VoteReadingLF.check_schema(self, schema, space=space)
        require_text(schema, self.on, self.name)

    @property
    def votes_for(self) -> tuple[int | str, ...] | None:
        """The classes that it can vote for; None where that is not known of the LF that is spread."""
        return self.of[0].votes_for

    @property
    def source(self) -> str:
        """The canonical definition."""
        return f"nearest({self.name!r}, {self.of[0].name}, {_how(self)})"

    def describe(self) -> str:
        """Say in one plain sentence what the LF does."""
        if self.description:
            return self.description
        return (
            f"votes as {self.of[0].name} does, also on rows whose {self.on} is similar enough to one that it "
            f"votes on (at least {self.nearness.similarity:g})"
        )

    def _fingerprint_parts(self) -> tuple[object, ...]:
        return (self.on, self.of, self.encoder, self.nearness)


def nearest(
    name: str,
    of: Mapping[int | str, Iterable[str]] | LabelingFunction,
    *,
    on: str,
    encoder: Any,
    similarity: float,
    margin: float = 0.0,
    space: LabelSpace | Task | None = None,
    description: str | None = None,
    should: Examples = (),
    should_not: Examples = (),
    deterministic: bool = False,
    version: str | int | None = None,
) -> NearestLF | SpreadLF:
    """Make an LF that votes as the nearest example in an embedding does, where that is near enough.

    The examples are labelled texts; or the rows on which another LF votes, whose votes are so spread to rows
    on which it abstains. Near is the cosine of the vectors that the encoder gives. A row where two classes
    are equally near abstains, and so do nulls.

    Parameters
    ----------
    name : str
        The LF's name.
    of : mapping from class to texts, or LabelingFunction
        A few examples of each class (or of one); or the LF to spread, which need not be applied itself.
    on : str
        The column of texts.
    encoder : object
        A function from a list of texts to an (n, d) array, or an object with ``encode`` (as those of
        sentence-transformers and model2vec have) or ``transform`` (a fitted scikit-learn vectorizer).
    similarity : float
        The least cosine similarity that counts. There is no default, as encoders differ: look at the
        similarities of some pairs that belong together.
    margin : float, default 0
        By how much the nearest example of the class must be nearer than those of all other classes.
    space : LabelSpace or Task, optional
        The classes; without it they come from ``apply(space=)``, or from the LF to spread.
    description : str, optional
        What the LF does, in a sentence for people; the report shows it.
    should, should_not : list of rows, or mapping from class to list of rows, optional
        Examples for `labelwright.check`: rows that it must, or must not, vote on; see `labeling_function`.
    deterministic : bool, default False
        The encoder gives the same for the same text, whatever else it asks; see `labeling_function`.
    version : str or int, optional
        The same, under a version.

    Returns
    -------
    NearestLF or SpreadLF
        A `BatchLF` with examples, a `VoteReadingLF` with an LF: both take all rows at once.

    Raises
    ------
    LabelingFunctionError
        No examples, one text with two classes, an encoder that cannot encode, a ``similarity`` that is no
        cosine, or a class that ``space`` lacks.

    Notes
    -----
    Spreading is the idea of Epoxy (M. Chen et al., "Train and You'll Miss It", 2020): each LF is extended in
    the geometry of an embedding, with a threshold. Two differences: the rows that an LF is spread from are
    those of the data that it is applied to, not always those of the training split; and a class must be
    nearer by a margin.

    The encoder's content is part of the fingerprint, so that other weights are another LF. One that cannot
    be taken apart, such as compiled code, counts by its class only: name its version in a function around it.

    Cost: one encoder call a column (LFs that share an encoder share it), and rows x examples products of
    vectors, in blocks of at most 64 MB.

    Examples
    --------
    >>> import polars as pl
    >>> def letters(texts):  # counts of letters, in place of a model
    ...     return [[text.lower().count(letter) for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts]
    >>> space = LabelSpace(["HAM", "SPAM"])
    >>> like = nearest(
    ...     "like", {"SPAM": ["subscribe"], "HAM": ["melody"]},
    ...     on="text", encoder=letters, similarity=0.8, space=space,
    ... )  # fmt: skip
    >>> like.vote_batch(pl.DataFrame({"text": ["Subscribes!", "my melody", "x", None]}))
    [1, 0, None, None]
    """
    common = common_arguments(name, space, should, should_not, deterministic=deterministic, version=version)
    lf, known = common["name"], common["space"]
    check_encoder(encoder, lf)
    own: dict[str, Any] = {
        "on": as_column(on, lf),
        "encoder": encoder,
        "nearness": _as_nearness(similarity, margin, lf),
        "description": as_description(description, lf),
    }
    if isinstance(of, LabelingFunction):
        read = columns_of([of])
        columns = None if read is None else tuple(dict.fromkeys([*read, on]))
        common["space"] = known or of.space
        return SpreadLF(of=(of,), columns=columns, **common, **own)
    return NearestLF(examples=_as_examples(of, known, lf), columns=(on,), **common, **own)


def _nearest_of(lf: NearestLF | SpreadLF, texts: pl.Series, examples: Any, classes: IntArray) -> IntArray:
    """Return the class of the nearest example of each text, -1 for none.

    Parameters
    ----------
    examples : Series of texts, or (n,) bool
        The examples, or which of the texts they are.
    classes : (e,) int
        Their classes.
    """
    present = texts.is_not_null()
    rows = embed(lf.encoder, texts.filter(present), lf.name)
    if isinstance(examples, np.ndarray):
        near = rows[np.flatnonzero(examples[present.to_numpy()])]
    else:
        near = embed(lf.encoder, examples, lf.name, remember=False)
    votes = np.full(len(texts), ABSTAIN, dtype=np.int16)
    votes[present.to_numpy()] = lf.nearness.votes(rows, near, classes)
    return votes


def _how(lf: NearestLF | SpreadLF) -> str:
    margin = f", margin={lf.nearness.margin:g}" if lf.nearness.margin else ""
    near = f"similarity={lf.nearness.similarity:g}{margin}"
    return f"on={lf.on!r}, encoder={encoder_name(lf.encoder)}, {near}"


def _as_examples(of: Any, space: LabelSpace | None, lf: str) -> tuple[tuple[str, int | str], ...]:
    if not isinstance(of, Mapping):
        raise LabelingFunctionError(
            f"LF {lf!r}: examples are {type(of).__name__}; pass {{class: [texts]}}, or the LF to spread"
        )
    classes: dict[str, int | str] = {}
    for vote, texts in of.items():
        voted = as_vote(vote, space, lf)
        for text in [texts] if isinstance(texts, str) else list(texts):
            _check_example(text, voted, classes, lf)
            classes[text] = voted
    if not classes:
        raise LabelingFunctionError(f"LF {lf!r}: there are no examples; give some texts of a class")
    return tuple(classes.items())


def _check_example(text: object, vote: int | str, classes: Mapping[str, int | str], lf: str) -> None:
    if not isinstance(text, str) or not text.strip():
        raise LabelingFunctionError(f"LF {lf!r}: example {text!r:.60} is not a non-empty string; remove it")
    if classes.get(text, vote) != vote:
        raise LabelingFunctionError(
            f"LF {lf!r}: example {text!r:.60} has two classes, {classes[text]!r} and {vote!r}; keep one"
        )


# --- how near is near enough


def _as_nearness(similarity: object, margin: object, lf: str) -> Nearness:
    """Return how near an example must be, or raise where that is nothing."""
    level = float(as_number(similarity, lf, parameter="similarity"))
    lead = float(as_number(margin, lf, parameter="margin"))
    if not -1.0 < level <= 1.0:
        raise LabelingFunctionError(
            f"LF {lf!r}: similarity={similarity!r}; give a cosine above -1 and at most 1, such as 0.8"
        )
    if lead < 0:
        raise LabelingFunctionError(f"LF {lf!r}: margin={margin!r}; give 0 or more")
    return Nearness(level, lead)


def _nearest(rows: Any, examples: Any, classes: IntArray, kinds: IntArray) -> FloatArray:
    """Return the greatest similarity of each row to an example of each class, (n, kinds)."""
    product = rows @ examples.T
    similar = product if isinstance(product, np.ndarray) else product.toarray()
    # A product of unit vectors misses 1 by rounding, which a floor of 1 must not mind.
    exact = np.round(similar.astype(np.float64), 5)
    return np.column_stack([exact[:, classes == kind].max(axis=1) for kind in kinds])
