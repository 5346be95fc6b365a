"""Trained end models in files that are read without running code."""

from __future__ import annotations

import importlib
import io
import os
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import sklearn
from sklearn.base import BaseEstimator

from labelwright._archive import Archive, read_archive, write_archive
from labelwright._errors import LabelwrightError, StoreError, UntrustedModelError
from labelwright._packing import MALFORMED, Packing, Unpacking
from labelwright._text import one_line
from labelwright._user import is_signed, sign
from labelwright._validate import shorten
from labelwright.core import LabelSpace
from labelwright.end_models.base import EndModel

if TYPE_CHECKING:
    from labelwright.end_models.noise_aware_net import NoiseAwareNet

FORMAT: Final = "labelwright end model"
VERSION: Final = 1
AGAIN: Final = "train it again, or take another copy of the file"
TRUST_VARIABLE: Final = "LABELWRIGHT_TRUST"
SKLEARN: Final = ".".join(sklearn.__version__.split(".")[:2])
LEARNED: Final = (
    "module_",
    "history_",
    "best_epoch_",
    "device_",
    "classes_",
    "n_training_rows_",
    "n_features_in_",
    "_row_shape",
)
"""What a trained net holds."""

OURS: Final = {
    "NoiseAwareClassifier": "labelwright.end_models.noise_aware_classifier",
    "TextFeatures": "labelwright.end_models.text",
}
ESTIMATORS: Final = OURS | {
    "Pipeline": "sklearn.pipeline",
    "StandardScaler": "sklearn.preprocessing",
    "LogisticRegression": "sklearn.linear_model",
    "TfidfVectorizer": "sklearn.feature_extraction.text",
    "TfidfTransformer": "sklearn.feature_extraction.text",
}
"""Estimators that files may name, and where they are: those of the end models that labelwright makes."""


@dataclass(frozen=True, slots=True, eq=False)
class KeptModel:
    """An end model as it was read, and what was kept beside it."""

    model: Any
    about: dict[str, Any]


def save(model: Any, path: str | os.PathLike[str], *, about: Mapping[str, Any] | None = None) -> None:
    """Write a trained end model to one file that can be read without running code.

    Parameters
    ----------
    model : end model
        A `NoiseAwareNet`, a `NoiseAwareClassifier`, or any classifier that skops can take apart: of
        scikit-learn, or of a library like it.
    path : path
        The file; ``.npz`` is the usual ending.
    about : mapping, optional
        JSON-like values to keep beside it, which `load_with_notes` returns.

    Raises
    ------
    StoreError
        The model holds what cannot be kept so, such as a function defined in a notebook; or the file cannot
        be written.

    Notes
    -----
    Nets are kept as weights, and the models that `text_classifier` and a scaled `LogisticRegression` make as
    settings and arrays. Others are kept by skops: what is in their file is a tree of type names and values,
    of which `load` makes only those that it trusts, unless it was this user who saved the file (it is signed
    with a secret in the user's own folder). A module of torch that a net was given is code, and is not in the
    file; only its weights are.

    Examples
    --------
    >>> import tempfile
    >>> from labelwright.end_models import load, save, text_classifier
    >>> texts = ["cheap pills", "see you at lunch", "buy cheap watches", "lunch was lovely"]
    >>> model = text_classifier().fit(texts, [[0.1, 0.9], [0.8, 0.2], [0.2, 0.8], [0.9, 0.1]])
    >>> place = Path(tempfile.mkdtemp()) / "model.npz"
    >>> save(model, place)
    >>> load(place).predict(["cheap watches", "lovely lunch"]).tolist()
    [1, 0]
    """
    packing = Packing(_packed)
    try:
        if isinstance(model, EndModel) and hasattr(model, "module"):
            kept = {"kind": "net", "net": _net_packed(model, packing)}
        else:
            kept = _estimator_kept(model, packing)
        header = {**kept, "about": packing.pack(dict(about or {}), "about")}
    except (TypeError, ValueError, AttributeError) as error:
        raise StoreError(
            f"the end model {type(model).__name__} cannot be kept without pickle: {one_line(error)}; give it "
            "plain settings, and define its classes and functions at the top level of a module"
        ) from error
    write_archive(Path(path), FORMAT, VERSION, header=header, arrays=packing.arrays)


def load(
    path: str | os.PathLike[str],
    *,
    trusted: Iterable[str] = (),
    module: Any = None,
    follow_links: bool = True,
) -> Any:
    """Read an end model that `save` has written, without running code of the file.

    Parameters
    ----------
    path : path
        The file.
    trusted : iterable of str, default ()
        Types beside those of numpy, scipy, scikit-learn and labelwright that may be made, by their full names
        as a refusal tells them, such as ``"lightgbm.sklearn.LGBMClassifier"``; those that the environment
        variable ``LABELWRIGHT_TRUST`` lists (separated by commas) are added. Name only types whose making
        from whatever values is harmless, or whose file you made.
    module : torch.nn.Module or callable, optional
        What the net was given as its module, where it was given one.
    follow_links : bool, default True
        Whether the path may be a symbolic link.

    Returns
    -------
    end model

    Raises
    ------
    UntrustedModelError
        The file holds types that are not trusted; it names them.
    StoreError
        No such file, one that is damaged or was changed, or holds something else.
    MissingExtraError
        It is a net, and torch is not installed.
    """
    return load_with_notes(path, trusted=trusted, module=module, follow_links=follow_links).model


def load_with_notes(
    path: str | os.PathLike[str],
    *,
    trusted: Iterable[str] = (),
    module: Any = None,
    follow_links: bool = True,
) -> KeptModel:
    """Read an end model and what was kept beside it; see `load`."""
    place = Path(path)
    try:
        archive = read_archive(place, FORMAT, VERSION, follow_links=follow_links)
    except StoreError as error:
        raise StoreError(f"{error}; {AGAIN}") from error
    try:
        made = _made(archive, {*trusted, *_trusted_by_the_environment()}, module)
        if not hasattr(made, "predict"):
            raise ValueError(f"it holds a {type(made).__name__}, which predicts nothing")
        return KeptModel(made, Unpacking(archive.arrays).unpack(archive.header["about"]))
    except UntrustedModelError as error:
        raise UntrustedModelError(f"cannot read the end model {str(place)!r}: {error}") from error
    except ImportError:
        raise
    except (LabelwrightError, *MALFORMED) as error:
        why = "a part of it is missing" if isinstance(error, KeyError) else one_line(error)[:200]
        raise StoreError(f"cannot read the end model {str(place)!r}: {why}; {AGAIN}") from error


def _trusted_by_the_environment() -> list[str]:
    return [name.strip() for name in os.environ.get(TRUST_VARIABLE, "").split(",") if name.strip()]


def _made(archive: Archive, trusted: set[str], module: Any) -> Any:
    header = archive.header
    unpacking = Unpacking(archive.arrays, _unpacked)
    if header["kind"] == "net":
        return _net_unpacked(header["net"], unpacking, module)
    if header["kind"] == "estimator":
        if header["sklearn"] != SKLEARN:
            raise ValueError(f"it was made with scikit-learn {header['sklearn']!s:.20}, here is {SKLEARN}")
        return unpacking.unpack(header["model"])
    if header["kind"] == "skops":
        content = archive.arrays["skops"].tobytes()
        return _from_skops(content, trusted, own=is_signed(content, header.get("signature")))
    raise ValueError(f"it is kept as {header['kind']!s:.60}, which this labelwright does not know")


# --- estimators that labelwright's own end models are made of


def _estimator_kept(model: Any, packing: Packing) -> dict[str, Any]:
    """Return an estimator as settings and arrays if all of it is known; else as skops keeps it."""
    try:
        return {"kind": "estimator", "sklearn": SKLEARN, "model": packing.pack(model, "it")}
    except TypeError:
        content = _to_skops(model)
        packing.arrays.clear()
        packing.arrays["skops"] = np.frombuffer(content, dtype=np.uint8)
        return {"kind": "skops", "signature": sign(content)}


def _packed(value: Any, where: str, packing: Packing) -> dict[str, Any] | None:
    if hasattr(value, "detach"):
        from labelwright.end_models._net.tensors import packed_tensor

        return packed_tensor(value, where, packing)
    if isinstance(value, LabelSpace):
        return {"is": "LabelSpace", "names": list(value.names)}
    if isinstance(value, type) and issubclass(value, np.number):
        return {"is": "type", "name": np.dtype(value).name}
    cls = type(value)
    if not isinstance(value, BaseEstimator) or cls is not _estimator_type(cls.__name__):
        return None
    state = {name: packing.pack(held, f"{where}.{name}") for name, held in vars(value).items()}
    return {"is": "estimator", "name": cls.__name__, "state": state}


def _unpacked(packed: dict[str, Any], unpacking: Unpacking) -> Any:
    if packed["is"] == "tensor":
        from labelwright.end_models._net.tensors import unpacked_tensor

        return unpacked_tensor(packed, unpacking)
    if packed["is"] == "LabelSpace":
        return LabelSpace(packed["names"])
    if packed["is"] == "type":
        made = np.dtype(str(packed["name"]))
        if made.kind not in "iuf":
            raise ValueError(f"it holds a type {made}, which is no number's")
        return made.type
    if packed["is"] != "estimator":
        raise ValueError(f"it holds a {packed['is']!s:.60}, which this labelwright does not know")
    cls = _estimator_type(packed["name"])
    if cls is None:
        raise ValueError(
            f"it holds a {packed['name']!s:.60}, which this labelwright does not make from files"
        )
    made = object.__new__(cls)
    for name, value in packed["state"].items():
        if not name.isidentifier() or name.startswith("__") or hasattr(cls, name):
            raise ValueError(f"a {cls.__name__} has no {name!r:.60} of its own")
        vars(made)[name] = unpacking.unpack(value)
    if isinstance(made, EndModel) and "space" not in vars(made):
        made.space = None  # older files know of no names
    if vars(made).get("input", "content") != "content":
        raise ValueError(f"a {cls.__name__} that takes texts for the names of files to read is not made")
    return made


def _estimator_type(name: Any) -> type | None:
    home = ESTIMATORS.get(name) if isinstance(name, str) else None
    return None if home is None else getattr(importlib.import_module(home), name)


# --- other estimators, through skops


def _to_skops(model: Any) -> bytes:
    import skops.io

    try:
        content = bytes(skops.io.dumps(model))
        # A function without a name of its own is taken apart without a word, and cannot be put together.
        skops.io.loads(content, trusted=skops.io.get_untrusted_types(data=content))
    except Exception as error:  # whatever the parts of somebody's model raise when they are taken apart
        raise TypeError(one_line(error)) from error
    return content


def _from_skops(content: bytes, trusted: set[str], *, own: bool) -> Any:
    import skops.io

    _check_members(content)
    ours = {f"{home}.{name}" for name, home in OURS.items()}
    try:
        unknown = set(skops.io.get_untrusted_types(data=content)) - ours
    except Exception as error:  # skops parses what may be anything
        raise ValueError(f"skops cannot read it ({one_line(error)[:120]})") from error
    if unknown - trusted and not own:
        names = sorted(unknown - trusted)
        raise UntrustedModelError(
            f"somebody else made it, and it holds {shorten(names)}, which files may not have made unasked; "
            f"train it again, or, if you trust the file, set {TRUST_VARIABLE}={','.join(names)}"
        )
    try:
        return skops.io.loads(content, trusted=sorted(unknown | ours))
    except Exception as error:  # values of trusted types that do not fit together
        raise ValueError(f"skops cannot make it ({one_line(error)[:120]})") from error


def _check_members(content: bytes) -> None:
    """Refuse an archive in the archive that would grow when it is read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile as error:
        raise ValueError("what skops kept is no archive") from error
    if any(member.compress_type != zipfile.ZIP_STORED for member in members):
        raise ValueError("what skops kept is compressed")
    if sum(member.file_size for member in members) > len(content):
        raise ValueError("the members of what skops kept overlap")


# --- nets, as weights


def _net_packed(net: NoiseAwareNet, packing: Packing) -> dict[str, Any]:
    settings = {name: value for name, value in net.get_params(deep=False).items() if name != "module"}
    learned = {name: value for name, value in vars(net).items() if name not in (*settings, "module")}
    if learned:
        learned |= {"module_": dict(net.module_.state_dict()), "history_": net.history_.rows()}
    return {
        "own_module": net.module is not None,
        "settings": packing.pack({**settings, "checkpoint": None}, "settings"),
        "learned": packing.pack(learned, "learned"),
    }


def _net_unpacked(kept: Mapping[str, Any], unpacking: Unpacking, module: Any) -> NoiseAwareNet:
    from labelwright.end_models._net.modules import module_of_weights
    from labelwright.end_models._net.state import Epoch, learning_curve
    from labelwright.end_models.loss import import_torch
    from labelwright.end_models.noise_aware_net import NoiseAwareNet

    import_torch("NoiseAwareNet")
    if kept["own_module"] and module is None:
        raise ValueError("its net was given a module of its own, which is code; pass that as module")
    net = NoiseAwareNet(module, **unpacking.unpack(kept["settings"]))
    learned = unpacking.unpack(kept["learned"])
    for name, value in learned.items():
        if name not in LEARNED:
            raise ValueError(f"a net learns no {name!r:.60}")
        setattr(net, name, value)
    if learned:
        curve = [
            Epoch(epoch=int(epoch), train_loss=float(train), validation_loss=None if v is None else float(v))
            for epoch, train, v in learned["history_"]
        ]
        net.history_ = learning_curve(curve)
        shape = net._row_shape
        net.module_ = module_of_weights(
            module,
            learned["module_"],
            n_inputs=shape[0] if len(shape) == 1 else shape,
            n_classes=len(net.classes_),
            hidden=net.hidden,
            dropout=net.dropout,
        )
    return net
