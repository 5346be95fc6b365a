"""The end model for text that needs nothing but the texts: TF-IDF into logistic regression."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from labelwright._display.estimator import ShownEstimator
from labelwright._display.notebook import Part
from labelwright._errors import EndModelError
from labelwright._text import count
from labelwright._types import RandomState
from labelwright.end_models.base import EndModelNotFittedError
from labelwright.end_models.noise_aware_classifier import NoiseAwareClassifier
from labelwright.end_models.targets import Classes, ClassWeight, TargetKind
from labelwright.lfs._folding import SPACELESS

_UNSPACED: Final = "".join(f"{chr(first)}-{chr(last)}" for first, last in SPACELESS)
_TOKEN: Final = rf"[^\W{_UNSPACED}]{{2,}}|[{_UNSPACED}]"
"""Words of two letters and more, as scikit-learn has it; of scripts without spaces, every letter."""


class TextFeatures(ShownEstimator, TransformerMixin, BaseEstimator):
    """Turn texts into TF-IDF features of words and word pairs.

    A term t in text d weighs ``(1 + log tf(t, d)) * (1 + log((1 + n) / (1 + df(t))))``, and each text's
    weights are scaled to Euclidean length 1. In scripts without spaces between words, such as Chinese and
    Thai, every letter is a word.

    Parameters
    ----------
    ngram_range : (int, int), default (1, 2)
        Shortest and longest word sequence.
    min_df : int, float or "auto", default "auto"
        A term must occur in at least so many texts (float: share of them). "auto": 1 up to 500 texts,
        2 up to 20,000, then 5: terms that occur once cannot generalise, but a small corpus has few others.
    max_df : int or float, default 1.0
        A term may occur in at most so many texts (float: share of them).
    max_features : int, optional
        Keep so many most frequent terms.
    stop_words : "english" or list of str, optional
        Words to leave out.

    Attributes
    ----------
    vectorizer_ : TfidfVectorizer
        The fitted vectorizer.

    Examples
    --------
    >>> TextFeatures(ngram_range=(1, 1)).fit(["free money", "my song"]).get_feature_names_out().tolist()
    ['free', 'money', 'my', 'song']
    """

    def _learned_parts(self) -> tuple[str, list[Part]]:
        if not hasattr(self, "vectorizer_"):
            return "not fitted yet; fit it with texts", []
        return f"fitted, {count(len(self.vectorizer_.vocabulary_), 'term')}", []

    def __init__(
        self,
        *,
        ngram_range: tuple[int, int] = (1, 2),
        min_df: int | float | Literal["auto"] = "auto",
        max_df: int | float = 1.0,
        max_features: int | None = None,
        stop_words: str | list[str] | None = None,
    ) -> None:
        self.ngram_range = ngram_range
        self.min_df = min_df
        self.max_df = max_df
        self.max_features = max_features
        self.stop_words = stop_words

    def fit(self, X: Iterable[str], y: object = None) -> TextFeatures:
        """Learn the terms and their document frequencies; `y` is ignored."""
        self.fit_transform(X)
        return self

    def fit_transform(self, X: Iterable[str], y: object = None) -> Any:
        """Learn the terms of n texts and return their (n, terms) sparse float64 matrix.

        Raises
        ------
        EndModelError
            X is no sequence of str, or its texts hold no words.
        """
        texts = as_texts(X)
        self.vectorizer_ = self._vectorizer(len(texts))
        try:
            return self.vectorizer_.fit_transform(texts)
        except ValueError as error:
            del self.vectorizer_
            if "vocabulary" not in str(error) and "no terms" not in str(error).lower():
                raise
            raise EndModelError(
                f"the {len(texts)} texts hold no terms to learn from (empty, one-letter or stop words only, "
                "or all below min_df); check the text column or lower min_df"
            ) from error

    def transform(self, X: Iterable[str]) -> Any:
        """Return the (n, terms) sparse float64 matrix of n texts; a text without known terms is all 0."""
        return self._fitted().transform(as_texts(X))

    def get_feature_names_out(self, input_features: object = None) -> Any:
        """Return the terms, in column order."""
        return self._fitted().get_feature_names_out()

    def _fitted(self) -> TfidfVectorizer:
        if not hasattr(self, "vectorizer_"):
            raise EndModelNotFittedError("these TextFeatures are not fitted yet; call fit(texts) first")
        return self.vectorizer_

    def _vectorizer(self, n: int) -> TfidfVectorizer:
        return TfidfVectorizer(
            ngram_range=tuple(self.ngram_range),
            min_df=_least_texts(n) if self.min_df == "auto" else self.min_df,
            max_df=self.max_df,
            max_features=self.max_features,
            stop_words=self.stop_words,
            sublinear_tf=True,
            token_pattern=_TOKEN,
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array = True, False
        return tags


def text_classifier(
    *,
    C: float = 3.0,
    ngram_range: tuple[int, int] = (1, 2),
    min_df: int | float | Literal["auto"] = "auto",
    max_df: int | float = 1.0,
    max_features: int | None = None,
    stop_words: str | list[str] | None = None,
    max_iter: int = 200,
    targets: TargetKind = "soft",
    confidence_weighting: bool = False,
    class_weight: ClassWeight = "balanced",
    random_state: RandomState = None,
    space: Classes = None,
) -> NoiseAwareClassifier:
    """Return the default end model for text: TF-IDF of words and word pairs into logistic regression.

    It downloads nothing, and fits 2,000 news articles of 400 words under 5 classes in about 5 s of one core.

    Parameters
    ----------
    C : float, default 3.0
        Inverse strength of the L2 regulariser. Labels are noisy: larger values fit their noise. Rows of
        TF-IDF have length 1, so smaller ones leave the probabilities more even than the accuracy warrants.
    ngram_range, min_df, max_df, max_features, stop_words :
        Of `TextFeatures`.
    max_iter : int, default 200
        Most Newton steps of the logistic regression; it needs about 10.
    targets, confidence_weighting, random_state, space :
        Of `NoiseAwareClassifier`.
    class_weight : "balanced" (default), {class: weight}, sequence of k or None
        Of `NoiseAwareClassifier`. How many rows of a class are covered is the LFs' doing, so by default
        rows are weighed such that no class gains by it.

    Returns
    -------
    NoiseAwareClassifier
        Not fitted; takes a sequence of str as X.

    Examples
    --------
    >>> texts = ["cheap pills, buy now", "see you at lunch", "buy cheap watches", "lunch was lovely"]
    >>> P = [[0.1, 0.9], [0.8, 0.2], [0.2, 0.8], [0.9, 0.1]]
    >>> text_classifier().fit(texts, P).predict(["cheap watches", "lovely lunch"]).tolist()
    [1, 0]
    """
    features = TextFeatures(
        ngram_range=ngram_range,
        min_df=min_df,
        max_df=max_df,
        max_features=max_features,
        stop_words=stop_words,
    )
    # Newton-CG: the same optimum as L-BFGS in half the time on sparse text (1.1 s for 2.5 s, measured).
    classifier = LogisticRegression(C=C, solver="newton-cg", max_iter=max_iter)
    return NoiseAwareClassifier(
        Pipeline([("features", features), ("classifier", classifier)]),
        targets=targets,
        confidence_weighting=confidence_weighting,
        class_weight=class_weight,
        random_state=random_state,
        space=space,
    )


def as_texts(X: Any) -> list[str]:
    """Return texts as a list of str.

    Parameters
    ----------
    X : sequence of str
        A list, a numpy array, or a polars or pandas column; also a table or array of one column.

    Raises
    ------
    EndModelError
        A single string, a table of several columns, or an entry that is no str; it names the row.

    Examples
    --------
    >>> as_texts(np.array(["a", "b"]))
    ['a', 'b']
    """
    if isinstance(X, (str, bytes)):
        raise EndModelError("X is a single string; pass a list of texts")
    shape = getattr(X, "shape", None)
    if shape is not None and len(shape) == 2:
        if shape[1] != 1:
            raise EndModelError(f"X has {shape[1]} columns; pass the texts alone, such as df['text']")
        X = np.asarray(X)[:, 0]
    texts = X.tolist() if isinstance(X, np.ndarray) else list(X)
    wrong = next((row for row, text in enumerate(texts) if not isinstance(text, str)), None)
    if wrong is not None:
        raise EndModelError(
            f"text of row {wrong} is {type(texts[wrong]).__name__} {texts[wrong]!r:.40}; expected str "
            "(fill missing texts with '')"
        )
    return texts


def _least_texts(n: int) -> int:
    if n <= 500:
        return 1
    return 2 if n <= 20_000 else 5
