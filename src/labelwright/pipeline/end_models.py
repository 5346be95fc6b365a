"""The end models that settings can name, and how they are made."""

from __future__ import annotations

import ast
import importlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from labelwright._errors import EndModelError
from labelwright._installed import installed_version, owner_of
from labelwright._reads import Reads, content_of
from labelwright._stops import told_as
from labelwright._text import one_line, printable
from labelwright._validate import did_you_mean
from labelwright.pipeline.features import Features
from labelwright.pipeline.labeling import call_with_settings
from labelwright.pipeline.lf_module import import_file, module_name
from labelwright.pipeline.own_modules import beside
from labelwright.pipeline.settings import ModelSettings, Settings
from labelwright.store import content_key

NAMES = ("text", "logistic_regression", "net")


def check_features(settings: ModelSettings, features: Features) -> None:
    """Raise where a built-in end model is given columns of the other kind."""
    if settings.name == "text" and not features.as_text:
        raise EndModelError(
            "[end_model] name = 'text' learns from text, but its features are numbers; use "
            "'logistic_regression' or 'net'"
        )
    if settings.name in ("logistic_regression", "net") and features.as_text:
        raise EndModelError(
            f"[end_model] name = {settings.name!r} learns from numbers, but its features are text; use 'text'"
        )


def make_end_model(settings: Settings) -> Any:
    """Return the end model that the settings name, not trained.

    Raises
    ------
    EndModelError, MissingExtraError, ProjectError
        There is none of that name, it has no such parameter, needs an extra, or its factory goes wrong.
    """
    from labelwright.end_models import NoiseAwareClassifier

    ours = settings.end_model
    factory = _factory(settings)
    made = call_with_settings(
        factory, ours.settings, seed=settings.seed, section="end_model", error=EndModelError
    )
    if not hasattr(made, "fit") or not hasattr(made, "predict_proba"):
        raise EndModelError(
            f"[end_model] {ours.name!r} made a {type(made).__name__}; expected a classifier with fit and "
            "predict_proba"
        )
    return made if _takes_soft_labels(made) else NoiseAwareClassifier(made)


def _takes_soft_labels(model: Any) -> bool:
    import inspect

    return "covered" in inspect.signature(model.fit).parameters


def _factory(settings: Settings) -> Callable[..., Any]:
    name = settings.end_model.name
    if name == "text":
        from labelwright.end_models import text_classifier

        return text_classifier
    if name == "logistic_regression":
        return scaled_logistic_regression
    if name == "net":
        from labelwright.end_models import NoiseAwareNet

        return NoiseAwareNet
    if ":" in name:
        return own_factory(settings)
    hint = did_you_mean(name, NAMES)
    raise EndModelError(
        f"[end_model] name = {name!r} is unknown{hint}; expected one of {', '.join(NAMES)}, or "
        "'module:factory'"
    )


def scaled_logistic_regression(**settings: Any) -> Any:
    """Return a logistic regression on features brought to mean 0 and variance 1.

    Parameters
    ----------
    **settings
        Of `sklearn.linear_model.LogisticRegression`; ``max_iter`` is 1000 by default.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    known = LogisticRegression().get_params()
    for key in settings:
        if key not in known:
            raise EndModelError(
                f"[end_model.settings] {key} is no parameter of LogisticRegression{did_you_mean(key, known)}"
            )
    return make_pipeline(StandardScaler(), LogisticRegression(**{"max_iter": 1000, **settings}))


def own_factory(settings: Settings) -> Callable[..., Any]:
    """Return the function that ``module:factory`` names, in a file of the project or importable."""
    home, _, factory_name = settings.end_model.name.partition(":")
    file = _own_file(settings)
    if file is None and home.partition(".")[0] in sys.stdlib_module_names:
        raise EndModelError(
            f"[end_model] name = {settings.end_model.name!r} is of Python itself, which makes no end models; "
            "name a factory in a file of the project, or in an installed package"
        )
    try:
        with beside(settings.folder), told_as(f"[end_model] {home}", EndModelError):
            module = import_file(file) if file else importlib.import_module(home)
    except ImportError as error:
        raise EndModelError(
            f"[end_model] name = {settings.end_model.name!r}: {one_line(error)}; put {home}.py into "
            "the project folder, or install the package"
        ) from error
    factory = getattr(module, factory_name, None)
    if not callable(factory):
        hint = did_you_mean(factory_name, vars(module))
        raise EndModelError(
            f"[end_model] name = {settings.end_model.name!r}: {home} has no function {factory_name!r}{hint}"
        )
    return factory  # type: ignore[no-any-return]


def code_of(settings: Settings) -> list[str]:
    """Return what code of a project runs: files that are there, and an end model's factory elsewhere."""
    name = settings.end_model.name
    own = _own_file(settings) if ":" in name else None
    files = [file for file in (settings.lfs.module, own) if file is not None and file.is_file()]
    elsewhere = [name] if ":" in name and own is None else []
    return [printable(name) for name in (*(os.path.relpath(f, settings.folder) for f in files), *elsewhere)]


def own_module(settings: Settings, n_inputs: int | tuple[int, ...], n_classes: int) -> Any:
    """Return the untrained module of torch that the net of somebody's factory trains."""
    import copy

    module = make_end_model(settings).module
    return copy.deepcopy(module) if hasattr(module, "state_dict") else module(n_inputs, n_classes)


def _own_file(settings: Settings) -> Path | None:
    module_name = settings.end_model.name.partition(":")[0]
    file = settings.folder / (module_name.replace(".", "/").removesuffix("/py") + ".py")
    return file if file.is_file() else None


def code_hash(settings: Settings) -> str | None:
    """Return the key of the project's code that makes the end model; None where it has none.

    That is the factory's file and those of the project that it imports, and so on.
    """
    if ":" not in settings.end_model.name:
        return None
    module = settings.end_model.name.partition(":")[0].removesuffix(".py")
    texts: dict[str, str] = {}
    waiting = [module]
    while waiting:
        for file in _files_of(waiting.pop(), settings.folder):
            name = file.relative_to(settings.folder).as_posix()
            if name not in texts:
                texts[name] = file.read_text(encoding="utf-8", errors="replace")
                waiting.extend(_imports(texts[name], name))
    return content_key(texts) if texts else None


def reads_of_factory(settings: Settings) -> Reads:
    """Return the files of the factory and of the modules of the user that it imports, and what else it names.

    Those that were imported before nobody sees being read.
    """
    if ":" not in settings.end_model.name:
        return Reads()
    own = _own_file(settings)
    waiting = [settings.end_model.name.partition(":")[0] if own is None else module_name(own)]
    files: dict[str, str | None] = {}
    packages: dict[str, str] = {}
    while waiting:
        module = sys.modules.get(waiting.pop())
        path = getattr(module, "__file__", None)
        if module is None or not isinstance(path, str) or path in files:
            continue
        if owner_of(path) != "user":
            top = module.__name__.partition(".")[0]
            if owner_of(path) == "package" and (version := installed_version(top)) is not None:
                packages[top] = version
            continue
        files[path] = content_of(path)
        text = Path(path).read_text(encoding="utf-8", errors="replace") if path.endswith(".py") else ""
        place = module.__name__.replace(".", "/") + ("/" if path.endswith("__init__.py") else ".py")
        waiting.extend(_parents(_imports(text, place)))
    return Reads(files=files, packages=packages)


def _parents(names: Iterable[str]) -> Iterator[str]:
    """Give names of modules with the packages that they are in."""
    for name in names:
        parts = name.split(".")
        yield from (".".join(parts[:stop]) for stop in range(1, len(parts) + 1))


def _files_of(module: str, folder: Path) -> list[Path]:
    """Return the files of a project that importing a module runs: it and the packages that it is in."""
    parts = [part for part in module.split(".") if part.isidentifier()]
    places = [folder.joinpath(*parts[:stop]) for stop in range(1, len(parts) + 1)]
    files = [file for place in places for file in (place.with_suffix(".py"), place / "__init__.py")]
    return [file for file in files if file.is_file()]


def _imports(text: str, name: str) -> Iterator[str]:
    """Give the modules that a file of a project may import, itself named as in ``nets/small.py``."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):  # running it tells
        return
    package = name.split("/")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            home = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{home}.{one.name}" for one in node.names)
