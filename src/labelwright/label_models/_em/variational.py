"""Variational Bayes for classes with subtypes: what `IBCC` (one subtype) and `EBCC` (several) compute.

A row has a class c and a subtype g of it, together the state ``s = c*M + g``; in every state an LF has one
distribution over its outcomes. All unknown distributions get Dirichlet priors, and the posterior is
approximated by q(states) q(parameters), each updated in turn, so that the evidence lower bound (ELBO) rises.
Tables have a row only for outcomes that were seen: of the others the prior is left, exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from labelwright._types import FloatArray, IntArray
from labelwright.core.votes.hand_labels import KnownClasses
from labelwright.core.votes.indicators import VoteTable
from labelwright.core.votes.log_space import posteriors
from labelwright.diagnostics.fitted import Search
from labelwright.label_models._em.dirichlet import divergence, expected_log
from labelwright.label_models._em.em import run_em


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """Dirichlet priors as numbers of votes seen beforehand; `balance` are fixed shares if `known`."""

    balance: FloatArray
    known: bool
    share: float
    right: float
    wrong: float
    v: int
    subtypes: int

    @property
    def k(self) -> int:
        """The number of classes."""
        return len(self.balance)

    @property
    def total(self) -> float:
        """The votes of one LF in one state."""
        return self.right + (self.v - 1) * self.wrong

    def votes(self, columns: IntArray) -> FloatArray:
        """(columns, k*M): `right` where the outcome is the state's class, else `wrong`."""
        own = (columns % self.v)[:, None] == np.arange(self.k)
        return np.repeat(np.where(own, self.right, self.wrong), self.subtypes, axis=1)

    def belief(self, table: VoteTable) -> Belief:
        """Return what is believed of the parameters before any row is seen."""
        shares = np.full((self.k, self.subtypes), self.share)
        totals = np.full((table.m, self.k * self.subtypes), self.total)
        return Belief(self, table.columns, self.balance, shares, self.votes(table.columns), totals)


@dataclass(frozen=True, slots=True, eq=False)
class Belief:
    """Dirichlet posteriors: (k,) balance, (k, M) shares, (s, k*M) votes and their (m, k*M) totals."""

    prior: Prior
    columns: IntArray
    balance: FloatArray
    shares: FloatArray
    votes: FloatArray
    totals: FloatArray

    def log_states(self) -> FloatArray:
        """(k*M,): the expected log P(state)."""
        balance = np.log(self.balance) if self.prior.known else expected_log(self.balance)
        states: FloatArray = (balance[:, None] + expected_log(self.shares)).reshape(-1)
        return states

    def log_votes(self, columns: IntArray) -> FloatArray:
        """(columns, k*M): the expected log P(outcome | state), also of outcomes never seen."""
        from scipy.special import digamma

        return np.asarray(
            digamma(self._counts_of(columns)) - digamma(self.totals)[columns // self.prior.v],
            dtype=np.float64,
        )

    def _counts_of(self, columns: IntArray) -> FloatArray:
        counts = self.prior.votes(columns)
        if len(self.columns):
            place = np.minimum(np.searchsorted(self.columns, columns), len(self.columns) - 1)
            seen = self.columns[place] == columns
            counts[seen] = self.votes[place[seen]]
        return counts

    def mean_balance(self) -> FloatArray:
        """(k,): the expected class balance."""
        shares: FloatArray = self.balance / self.balance.sum()
        return shares

    def mean_shares(self) -> FloatArray:
        """(k, M): the expected shares of the subtypes in their class."""
        shares: FloatArray = self.shares / self.shares.sum(axis=1, keepdims=True)
        return shares

    def mean_votes(self) -> FloatArray:
        """(m, k, v): the expected P(outcome | class), over subtypes."""
        (m, states), v = self.totals.shape, self.prior.v
        columns = np.arange(m * v)
        means = self._counts_of(columns) / self.totals[columns // v] * self.mean_shares().reshape(-1)
        by_class = means.reshape(m, v, self.prior.k, states // self.prior.k).sum(axis=3)
        expected: FloatArray = by_class.transpose(0, 2, 1)
        return expected

    def divergence(self) -> float:
        """Return KL(posterior || prior) over all parameters."""
        of_balance = 0.0 if self.prior.known else divergence(self.balance, self.prior.balance)
        of_shares = divergence(self.shares, np.full_like(self.shares, self.prior.share))
        return of_balance + of_shares + self._divergence_of_votes()

    def _divergence_of_votes(self) -> float:
        from scipy.special import gammaln

        before = self.prior.votes(self.columns)
        of_totals = (gammaln(self.totals) - gammaln(self.prior.total)).sum()
        of_counts = (gammaln(self.votes) - gammaln(before)).sum()
        return float(of_totals - of_counts + ((self.votes - before) * self.log_votes(self.columns)).sum())


def update(table: VoteTable, R: FloatArray, prior: Prior) -> Belief:
    """Return the best q(parameters) given (u, k*M) probabilities of the states."""
    number = table.totals(R)
    totals = table.by_lf(number) + prior.total
    states = (table.counts @ R).reshape(prior.k, prior.subtypes)
    balance = prior.balance if prior.known else prior.balance + states.sum(axis=1)
    votes = number + prior.votes(table.columns)
    return Belief(prior, table.columns, balance, states + prior.share, votes, totals)


class State(NamedTuple):
    """The posterior of the parameters, and (u, k*M) probabilities of the states under it."""

    belief: Belief
    states: FloatArray


def ascend(
    table: VoteTable, R: FloatArray, prior: Prior, *, known: KnownClasses, max_iter: int, tol: float
) -> tuple[Belief, Search]:
    """Update parameters and states in turn until no class probability changes by `tol`.

    Returns
    -------
    Belief, Search
        The last posterior of the parameters, and the evidence lower bound after each update.
    """

    def step(before: State) -> tuple[State, float]:
        belief = update(table, before.states, prior)
        joint = belief.log_states() + table.indicators @ belief.log_votes(table.columns)
        joint = known.restrict(joint.reshape(-1, prior.k, prior.subtypes)).reshape(joint.shape)
        states, evidence = posteriors(joint)
        # With these q(states) the bound is this sum less the divergence.
        return State(belief, states), float(table.counts @ evidence) - belief.divergence()

    def change(before: State, after: State) -> float:
        gap = classes_of(after.states, prior.k) - classes_of(before.states, prior.k)
        return float(np.abs(gap).max(initial=0.0))

    start = State(prior.belief(table), R)
    found, search = run_em(step, start, change=change, max_iter=max_iter, tol=tol)
    return found.belief, search


def classes_of(R: FloatArray, k: int) -> FloatArray:
    """Return (u, k) probabilities of the classes: those of their states, summed."""
    P: FloatArray = R.reshape(len(R), k, R.shape[1] // k).sum(axis=2)
    return P
