"""The frame of every label model: votes in, checked and counted; parameters learned, once a vote pattern."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, NamedTuple, Self

import numpy as np
from sklearn import exceptions
from sklearn.base import BaseEstimator

from labelwright._display.estimator import ShownEstimator
from labelwright._display.notebook import Facts, Grid, Note, Part
from labelwright._display.text_table import Column
from labelwright._errors import LabelModelError, LabelModelWarning, NotFittedError, warn_user
from labelwright._text import count, listed, one_line, percent
from labelwright._types import ABSTAIN, FloatArray, IntArray, RandomState, VoteArray
from labelwright.core import (
    LabelMatrix,
    LabelSpace,
    VotePatterns,
    VoteStatistics,
)
from labelwright.core.class_values import as_gold, index_names
from labelwright.core.gold_sets import GoldSets, has_several
from labelwright.core.task import Task
from labelwright.core.votes.checks import check_balance, vote_dtype
from labelwright.core.votes.hand_labels import KnownClasses
from labelwright.core.votes.vote_shares import class_shares, votes_right
from labelwright.diagnostics.checks import warn
from labelwright.diagnostics.examination import Examination
from labelwright.diagnostics.fitted import Search
from labelwright.label_models._input import (
    as_integers,
    as_votes,
    check_columns,
    check_same_lfs,
    count_votes,
    given_names,
    given_space,
    given_task,
    gold_balance,
    learn_k,
    pattern_matrix,
    refuse_sets,
)
from labelwright.label_models._memory import check_fit
from labelwright.label_models._prediction import ClassPredictor
from labelwright.label_models._settings import (
    ANYTHING,
    N_CLASSES,
    RANDOM_STATE,
    Constraint,
    check_settings,
    one_of,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class ModelNotFittedError(NotFittedError, exceptions.NotFittedError):
    """Predict before fit; what labelwright and what scikit-learn raise, in one."""


class Rows(NamedTuple):
    """The rows of one call: as given, their votes checked, and their gold, None where nothing is known."""

    given: object
    votes: Any
    gold: Any


class VoteModel(ShownEstimator, BaseEstimator):
    """What label models share, whatever their votes are: classes, numbers, rankings.

    A kind of votes says in four methods what its votes are and what is learned of them: `_read` checks an
    input, `_read_gold` the gold beside it, `_count` makes of both statistics that add, and `_learn` learns
    from those. Checking settings, fitting whole or in parts, and refusing to predict before that are done
    here. `BaseLabelModel` is the one for classes, of which most algorithms are subclasses.

    A class declares in `_constraints` what its settings may be, and in `_saved_types` which dataclasses of
    its own a fitted model holds, so that files of it may name them.

    Attributes
    ----------
    n_features_in_ : int
        The number of LFs m.
    statistics_
        What was learned from: counts that add.
    search_ : Search or None
        How the search for the parameters went; None where nothing is searched for.
    assumes : str
        What the model takes for granted whatever it is fitted to, in words; empty where it does not say.
    learns : bool
        Whether anything is learned of LFs that could be wrong; True unless a class says otherwise.
    learns_from_gold : bool
        Whether labels change for hand labels given to `fit`; True unless a class says otherwise.
    """

    assumes: ClassVar[str] = ""
    learns: ClassVar[bool] = True
    learns_from_gold: ClassVar[bool] = True
    _constraints: ClassVar[Mapping[str, Constraint]] = {}
    _saved_types: ClassVar[tuple[type, ...]] = ()
    _told: ClassVar[str] = "lf_accuracies_"
    """What a model has once it is fitted."""
    _input: ClassVar[str] = "a label matrix"
    """What it is fitted with, in words."""

    n_features_in_: int
    statistics_: Any
    max_iter: int
    n_iter_: int
    converged_: bool
    search_: Search | None = None

    _of_lfs: ClassVar[Mapping[str, str]] = {"lf_accuracies_": "estimated accuracy"}
    """What is learned of each LF, and what that is called in a table."""

    # --- what notebooks show

    def _learned_parts(self) -> tuple[str, list[Part]]:
        if not hasattr(self, self._told):
            return f"not fitted yet; fit it with {self._input}", []
        m = self.n_features_in_
        names = getattr(self, "lf_names_", None) or [str(j) for j in range(m)]
        found = {head: np.asarray(getattr(self, name, ())) for name, head in self._of_lfs.items()}
        numbers = {head: values for head, values in found.items() if values.shape == (m,)}
        order = range(m)
        columns = [Column("LF", [one_line(names[j], None) for j in order][:MAX_LFS])]
        for head, values in numbers.items():
            cells = [_lf_cell(values[j], share="accuracy" in head) for j in order][:MAX_LFS]
            columns.append(Column(head, cells, number=True))
        more = [Note(f"... and {count(m - MAX_LFS, 'more LF')}")] if m > MAX_LFS else []
        facts = self._learned_facts()
        return f"fitted to {count(m, 'LF')}", [*([Facts(facts)] if facts else []), Grid(columns), *more]

    def _learned_facts(self) -> list[tuple[str, str]]:
        """Return what else was learned, in words."""
        if self.search_ is None:
            return []
        steps = count(self.search_.steps, "step")
        stopped = "" if self.search_.converged else ", and did not settle"
        return [("search", f"{steps}{stopped}")]

    # --- what a kind of votes defines

    @abstractmethod
    def _read(self, L: object, *, reset: bool) -> Any:
        """Return the votes, checked; with `reset` remember what they are of, else hold them to that."""

    @abstractmethod
    def _read_gold(self, gold: object, *, n: int) -> Any:
        """Return the gold of n rows, checked; None where nothing is known."""

    @abstractmethod
    def _count(self, rows: Rows, *, after: Any = None) -> Any:
        """Return statistics of rows that come after those of other statistics; both add."""

    @abstractmethod
    def _learn(self, stats: Any, rows: Rows | None) -> None:
        """Learn from statistics, and from the rows themselves where these are all that was counted."""

    def _read_more(self, L: object) -> Any:
        """Return votes to learn from in addition."""
        return self._read(L, reset=False)

    # --- what users call

    def fit(self, L: Any, y: object = None, *, gold: object = None) -> Self:
        """Learn from votes, without the truth (`gold`) or with some of it; `y` is ignored."""
        self._check_settings()
        votes = self._read(L, reset=True)
        if len(votes) == 0:
            raise LabelModelError(
                f"votes have 0 rows (shape={votes.shape}); fit needs at least one row of votes"
            )
        rows = Rows(L, votes, self._read_gold(gold, n=len(votes)))
        self._learn(self._count(rows), rows)
        return self

    def partial_fit(self, L: Any, y: object = None, *, gold: object = None) -> Self:
        """Learn from these votes and all before: leaves what one `fit` on all rows leaves."""
        if not hasattr(self, "statistics_"):
            return self.fit(L, gold=gold)
        self._check_settings()
        votes = self._read_more(L)
        rows = Rows(L, votes, self._read_gold(gold, n=len(votes)))
        self._learn(self.statistics_ + self._count(rows, after=self.statistics_), None)
        return self

    # --- how it goes together

    def _check_settings(self) -> None:
        """Raise LabelModelError for settings that cannot be; a subclass adds what they say of each other."""
        check_settings(self)

    def _checked_votes(self, L: object) -> Any:
        """Return votes to predict from."""
        self._check_is_fitted()
        return self._read(L, reset=False)

    def _check_is_fitted(self) -> None:
        if not hasattr(self, self._told):
            name = type(self).__name__
            raise ModelNotFittedError(f"this {name} is not fitted yet; call fit with {self._input} first")

    def _keep_search(self, search: Search) -> None:
        """Leave how the search for the parameters went."""
        self.search_ = search
        self.n_iter_, self.converged_ = search.steps, search.converged

    def _warn_not_converged(self, *, raised: str = "max_iter or tol") -> None:
        """Warn the user where the search stopped short, and which settings to raise."""
        if self.search_ and not self.search_.converged:
            text = f"{type(self).__name__} did not converge in max_iter={self.max_iter} steps; raise {raised}"
            warn_user(text, exceptions.ConvergenceWarning)


MAX_LFS: Final = 200
"""LFs that a notebook shows."""

MAX_CLASSES: Final = 12
"""Classes whose shares are told in a line."""


def _lf_cell(number: float, *, share: bool) -> str:
    if np.isnan(number):
        return "unknown"
    return percent(number, 1) if share else f"{number:.3g}"


class BaseLabelModel(VoteModel, ClassPredictor):
    """What label models over votes for classes share; one algorithm is a subclass with two methods.

    A subclass defines its settings in ``__init__`` (among them the four below), learns from the distinct
    vote patterns in `_fit_patterns`, and gives the probabilities of patterns in `_posterior`. Checking
    input, finding patterns, the policies for uncovered rows and for ties are done here, once.

    Settings that every model has
    -----------------------------
    n_classes : int, optional
        The number of classes k. Without: that of the label matrix' space, or of an array max vote + 1, at
        least 2.
    class_balance : (k,) array of positive shares, optional
        The class balance, where it is known; a subclass says what it does without.
    uncovered : {"uniform", "prior", "model"}, default "uniform"
        The probabilities of a row without a vote: equal shares, which treats all classes alike; the class
        balance; or what the model itself makes of a row of abstentions.
    random_state : int, numpy.random.Generator or None
        Seeds ties that are broken at random; the global state of numpy is never used.

    Attributes
    ----------
    n_classes_, classes_ : int and (k,) array
        k, and the names of the classes where the label matrix names them, else 0..k-1. `predict` gives
        indices, -1 for no label, unless asked for names.
    class_balance_ : (k,) float64
        P(y), as given or as estimated.
    lf_accuracies_ : (m,) float64
        Estimated P(vote right | LF votes); nan for an LF that never votes.
    statistics_ : VoteStatistics
        What was learned from.
    fit_report_ : FitReport
        Whether to trust the fit; what speaks against it is also a `LabelModelWarning` of `fit`.
    """

    n_classes: int | None
    class_balance: ArrayLike | None
    uncovered: Literal["uniform", "prior", "model"]
    random_state: RandomState

    n_classes_: int
    classes_: np.ndarray[Any, Any]
    class_balance_: FloatArray
    lf_accuracies_: FloatArray
    lf_names_: tuple[str, ...] | None
    space_: LabelSpace | None
    task_: Task | None
    statistics_: VoteStatistics
    _constraints: ClassVar[Mapping[str, Constraint]] = {
        "n_classes": N_CLASSES,
        "class_balance": ANYTHING,
        "uncovered": one_of("uniform", "prior", "model"),
        "random_state": RANDOM_STATE,
    }

    # --- what notebooks show

    def _learned_facts(self) -> list[tuple[str, str]]:
        shares = zip(self.classes_.tolist(), self.class_balance_.tolist(), strict=True)
        told = [f"{one_line(name, None)} {percent(share)}" for name, share in shares]
        rows = getattr(self.statistics_, "n", None)
        return [
            *([] if rows is None else [("rows", f"{rows:,}")]),
            ("class balance", listed(told, MAX_CLASSES)),
            *VoteModel._learned_facts(self),
            ("to go on", ".predict_proba(L), .fit_report_ (whether to trust it), .explain(L, rows=[0])"),
        ]

    # --- what a subclass defines

    @abstractmethod
    def _fit_patterns(self, patterns: VotePatterns, balance: FloatArray | None) -> None:
        """Learn from patterns with counts.

        Parameters
        ----------
        patterns : VotePatterns
            (u, m) distinct rows of votes and how often each occurs. Nothing else may be learned from. With
            hand labels they are `LabeledPatterns`, and `KnownClasses.of(patterns)` is what to clamp.
        balance : (k,) float64 or None
            The class balance if it is known, from the setting or from gold labels.
        """

    def _settings_of_repeats(self, times: int) -> dict[str, Any] | None:
        """Return settings under which every row `times` times leaves the labels as they are.

        Those of a prior that counts in rows or votes, times as much; none where rows are weighed against
        nothing but each other. None where no settings do that, for a reason that belongs beside it.
        """
        return {}

    def _numbers_needed(self, u: int, m: int, k: int, s: int) -> float:
        """Return how many numbers a fit holds at its peak: u patterns, m LFs, k classes, s different votes.

        A fit that there is no memory for is refused before it is begun. A few posteriors and the votes laid
        out, unless a class says otherwise.
        """
        return 6.0 * u * k + 8.0 * u * m

    # --- what users call

    def fit(self, L: LabelMatrix | ArrayLike, y: object = None, *, gold: object = None) -> Self:
        """Learn from votes, without labels or with a few.

        Parameters
        ----------
        L : LabelMatrix or (n, m) array of integers
            The votes, -1 to abstain; at least one row.
        y : ignored
            Present for scikit-learn's pipelines: gold labels cannot leak in through it.
        gold : (n,) labels, optional
            Hand labels of the rows by class name or index, None or -1 where unknown (see
            `LabelSpace.encode`); all unknown is the same as none. They are evidence on
            the LFs that vote there, and give the class balance, pulled to equal shares as far as they are
            too few to tell. Where they were not drawn at random, set `class_balance`, which goes first.
            Prediction does not look them up.

        Returns
        -------
        self

        Raises
        ------
        LabelModelError
            Votes that are not 2-dimensional integers in -1..k-1, no rows, settings that cannot be, or more
            classes, LFs or rows than there is memory for.
        LabelMatrixError
            Gold labels of the wrong length, or that are no classes.

        Examples
        --------
        Two of three LFs are wrong more often than right, which agreement alone takes for the truth:

        >>> import numpy as np
        >>> from labelwright.label_models import OneCoin
        >>> votes = np.array([[0, 0, 1], [1, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 1]] * 20)
        >>> gold = np.full(100, -1)
        >>> gold[:10] = votes[:10, 2]
        >>> accuracies = OneCoin(prior_votes=(2, 1)).fit(votes, gold=gold).lf_accuracies_
        >>> bool(accuracies[2] > 0.9 > 0.5 > accuracies[0])
        True
        """
        return super().fit(L, gold=gold)

    def fit_statistics(self, stats: VoteStatistics) -> Self:
        """Learn from votes that have been counted: what `fit` does, in a time that no number of rows changes.

        Parameters
        ----------
        stats : VoteStatistics
            Counted with `VoteStatistics.of`, in one piece or as a sum, with gold labels or without; at least
            one row. A known class balance goes into the setting `class_balance`.

        Returns
        -------
        self
            The same, bit by bit, as `fit` on the rows leaves.

        Raises
        ------
        LabelModelError
            No vote statistics, no rows, or settings that cannot be.

        Examples
        --------
        >>> from labelwright import VoteStatistics
        >>> from labelwright.label_models import MajorityVote
        >>> stats = VoteStatistics.of([[0, 0], [1, -1]]) + VoteStatistics.of([[1, 1]], first_row=2)
        >>> MajorityVote().fit_statistics(stats).class_balance_.round(2).tolist()
        [0.33, 0.67]
        """
        self._check_settings()
        self._read(pattern_matrix(stats), reset=True)
        self._learn(stats, None)
        return self

    def partial_fit(self, L: LabelMatrix | ArrayLike, y: object = None, *, gold: object = None) -> Self:
        """Learn from these votes and all that were learned from before.

        The votes are counted, added to `statistics_`, and the model is fitted anew to the sum: fitting in
        parts, in any order, leaves what one `fit` on all rows leaves. The cost is that of counting, and of a
        fit that does not depend on the number of rows.

        Parameters
        ----------
        L : LabelMatrix or (n, m) array of integers
            More votes of the same LFs in the same order; of more classes, if it is an array.
        y : ignored
            Present for scikit-learn.
        gold : (n,) labels, optional
            Hand labels of these rows, as for `fit`; those that were learned from before stay.

        Returns
        -------
        self

        Raises
        ------
        LabelModelError, LabelMatrixError
            As `fit` does, and for other LFs than before.
        """
        return super().partial_fit(L, gold=gold)

    # --- how it goes together

    def _read(self, L: object, *, reset: bool, more: bool = False) -> VoteArray:
        array = as_integers(L)
        check_columns(self, array if isinstance(L, LabelMatrix) else L, reset=reset)
        if reset:
            self.lf_names_, self.space_, self.task_ = given_names(L), given_space(L), given_task(L)
            self.n_classes_ = learn_k(L, array, self.n_classes)
        else:
            check_same_lfs(L, self)
        if more:
            self.lf_names_, self.space_ = self.lf_names_ or given_names(L), self.space_ or given_space(L)
            self.task_ = self.task_ or given_task(L)
            self.n_classes_ = max(self.n_classes_, learn_k(L, array, self.n_classes))
        return self._as_votes(L, array)

    def _read_more(self, L: object) -> VoteArray:
        return self._read(L, reset=False, more=True)

    def _read_gold(self, gold: object, *, n: int) -> IntArray | None:
        """Return (n,) classes, -1 where unknown."""
        if gold is None:
            return None
        known = None if self.space_ is None else self.space_.names
        names = index_names(self.n_classes_) if known is None or len(known) != self.n_classes_ else known
        if not has_several(gold):
            return as_gold(gold, names, n=n)
        found = GoldSets.of(gold, names, n=n)
        if found.several:
            kept = int((found.single != ABSTAIN).sum())
            warn_user(
                f"{count(found.several, 'row')} of the gold labels {'has' if found.several == 1 else 'have'} "
                f"several labels; {type(self).__name__} learns from the {count(kept, 'row')} with one",
                LabelModelWarning,
            )
        return found.single

    def _count(self, rows: Rows, *, after: VoteStatistics | None = None) -> VoteStatistics:
        return count_votes(rows.given, rows.votes, gold=rows.gold, first_row=after.n if after else 0)

    def _learn(self, stats: VoteStatistics, rows: Rows | None) -> None:
        """Fit to the patterns, in the type that votes have where all n_classes are possible."""
        balance = self._known_balance(stats)
        found = stats.training_patterns()
        dtype = vote_dtype(self.n_classes_ + (0 if stats.vote_sets is None else len(stats.vote_sets)))
        patterns = replace(found, votes=found.votes.astype(dtype, copy=False))
        named = self.space_ is not None or self.n_classes is not None
        check_fit(type(self).__name__, self._numbers_needed, patterns.votes, self.n_classes_, named=named)
        self.statistics_ = stats
        names = np.array(self._class_names)
        self.classes_ = names if self.space_ is not None else np.arange(self.n_classes_)
        self._fit_patterns(patterns, balance)
        P = self._describe(patterns, balance)
        self._fit_report = None  # made when it is read, of what is kept
        warn(Examination(self, patterns, P))

    def _as_votes(self, L: object, array: IntArray) -> VoteArray:
        """Return votes known to be for one class each; a model that takes sets of classes does otherwise."""
        refuse_sets(L, model=type(self).__name__)
        return as_votes(L, array, self.n_classes_, self.lf_names_)

    def _known_balance(self, stats: VoteStatistics) -> FloatArray | None:
        if self.class_balance is not None:
            return check_balance(self.class_balance, self.n_classes_)
        labels = stats.gold_counts
        return gold_balance(labels, self.n_classes_) if labels.any() else None

    def _learned_balance(self) -> FloatArray | None:
        """Return the (k,) class balance that the model has learned, if it learns one."""
        return None

    def _describe(self, patterns: VotePatterns, balance: FloatArray | None) -> FloatArray:
        """Set what every fitted model tells, and return its (u, k) probabilities of the patterns."""
        found = self._posterior(patterns.votes)
        P = KnownClasses.of(patterns).clamp(found)
        covered = (patterns.votes != ABSTAIN).any(axis=1)
        shares = self._learned_balance() if balance is None else balance
        self.class_balance_ = class_shares(P[covered], patterns.counts[covered]) if shares is None else shares
        self.lf_accuracies_ = votes_right(patterns.votes, patterns.counts, P)
        return found

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        tags.input_tags.positive_only = True  # but for ABSTAIN
        return tags
