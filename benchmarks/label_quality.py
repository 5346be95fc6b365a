"""How good every label model is without gold labels, beside majority vote and other libraries.

    python benchmarks/label_quality.py --data FOLDER [--sets a,b] [--models LabelModel,DawidSkene]
        [--model name=module:factory] [--peers-python PYTHON] [--out benchmarks/label_quality.md]

FOLDER holds a subfolder a set: WRENCH folders (``train.json``, ``test.json``, ...) and folders of crowd votes
(``votes.csv``, ``gold.csv``); without ``--data`` only the planted sets are measured. PYTHON is an interpreter
that can import snorkel or crowd-kit, in an environment of its own:

    python -m venv peers && peers/bin/pip install snorkel==0.10.0 crowd-kit==1.4.2 "scikit-learn<1.6"

Beside the Markdown file, one of the same name with ``.html`` shows the tables with plots, and one with
``.json`` has all numbers. All figures but the seconds are the same in every run.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from label_quality.cases import SKEWED, Case, find_sets, read_cases
from label_quality.markdown import markdown
from label_quality.models import factories, run_models
from label_quality.page import page
from label_quality.peers import PEERS, peer_versions, run_peers
from label_quality.planted import planted_cases
from label_quality.results import Result, Setting, as_json, result_of, versions

HERE = Path(__file__).parent


def names(text: str) -> list[str]:
    """Split a list that is given with commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="folder of sets; without: only planted votes")
    parser.add_argument("--sets", type=names, help="subfolders to measure on; all without")
    parser.add_argument("--f1", type=names, default=list(SKEWED), help="sets measured by F1 of class 1")
    parser.add_argument("--no-planted", action="store_true", help="leave the planted sets out")
    parser.add_argument("--models", type=names, help="registered label models; all without")
    parser.add_argument("--model", action="append", default=[], help="another one: name=module:factory")
    parser.add_argument("--peers-python", type=Path, help="interpreter that has snorkel and crowd-kit")
    parser.add_argument("--peers", type=names, default=list(PEERS), help=f"of {', '.join(PEERS)}")
    parser.add_argument("--peers-cache", type=Path, help="folder that keeps what peers gave, failures too")
    parser.add_argument("--cached-peers", action="store_true", help="run no peer, take what the cache holds")
    parser.add_argument("--peer-limit", type=int, default=120, help="seconds for one peer on one set")
    parser.add_argument("--draws", type=int, default=1000, help="bootstrap draws")
    parser.add_argument("--out", type=Path, default=HERE / "label_quality.md", help="the Markdown file")
    return parser.parse_args(argv)


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def cases_of(options: argparse.Namespace) -> list[Case]:
    """Read or draw everything that is to be measured on."""
    planted = () if options.no_planted else planted_cases()
    if options.data is None:
        return list(planted)
    if not options.data.is_dir():
        raise SystemExit(f"--data: there is no folder {options.data}")
    found = options.sets or find_sets(options.data)
    return list(chain(read_cases(options.data, found, skewed=options.f1, say=say), planted))


def measure(options: argparse.Namespace) -> list[Result]:
    """Run all models on all cases."""
    sys.path.append(str(Path.cwd()))  # where a model of one's own may lie
    models = factories(options.models, options.model)
    if unknown := sorted(set(options.peers) - set(PEERS)):
        raise SystemExit(f"--peers: no peer is called {unknown[0]!r}; there are {', '.join(PEERS)}")
    cases = cases_of(options)
    peers = run_peers(
        options.peers_python,
        cases,
        options.peers,
        cache=options.peers_cache,
        limit=options.peer_limit,
        say=say,
        cached_only=options.cached_peers,
    )
    results = []
    for case, others in zip(cases, peers, strict=True):
        results.append(result_of(case, run_models(models, case) | others, draws=options.draws))
        say(f"{case.block}, {case.name}: done")
    return results


def command_line(options: argparse.Namespace) -> str:
    """Return the command with folders of this machine left out."""
    parts = ["python benchmarks/label_quality.py"]
    parts += ["--data FOLDER"] if options.data else []
    parts += [f"--sets {','.join(options.sets)}"] if options.sets else []
    parts += ["--no-planted"] if options.no_planted else []
    parts += [f"--models {','.join(options.models)}"] if options.models else []
    parts += [f"--model {text}" for text in options.model]
    parts += ["--peers-python PYTHON"] if options.peers_python else []
    return " ".join(parts)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, and write the three files."""
    options = arguments(argv)
    results = measure(options)
    if not results:
        raise SystemExit("nothing to measure on: no set could be read")
    out = options.out
    setting = Setting(
        draws=options.draws,
        command=command_line(options),
        versions=versions() | peer_versions(options.peers_python),
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(markdown(results, setting), encoding="utf-8")
    out.with_suffix(".html").write_text(page(results, setting), encoding="utf-8")
    out.with_suffix(".json").write_text(json.dumps(as_json(results, setting), indent=1), encoding="utf-8")
    print(out)


if __name__ == "__main__":
    main()
