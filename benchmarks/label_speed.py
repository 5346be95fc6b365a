"""How fast label models fit and predict, beside other libraries and beside work that cannot be avoided.

    python benchmarks/label_speed.py [--sizes 1e6x50x2,1e6x50x10] [--models LabelModel,DawidSkene]
        [--peers-python PYTHON] [--rounds 2] [--turns 3] [--out benchmarks/label_speed.md]

A size is rows x LFs x classes; sizes up to 1e7x50x2, 1e6x200x2 and 1e6x50x10 are meant. PYTHON is an
interpreter that can import snorkel or crowd-kit, in an environment of its own; `label_quality.py` says how
to make one. What needs too much memory or time is left out, with a word. The first model is the one that the
bars are about; they hold for the first size, which is measured in several rounds of several turns, and the
exit code is 1 where one is broken.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from label_quality.peers import PEERS, peer_versions
from label_quality.results import versions
from label_speed.draws import Size
from label_speed.processes import Measured, Plan, measure
from label_speed.tables import bars, markdown
from labelwright.label_models import REGISTRY

HERE = Path(__file__).parent
SIZES = "1e6x50x2,1e5x50x2,1e6x50x10,1e6x200x2,1e7x50x2"
MODELS = "LabelModel,MajorityVote,WeightedMajorityVote,DawidSkene,OneCoin,MatrixCompletion,Triplet"
CHOSEN_PEERS = "snorkel,crowdkit_dawid_skene,crowdkit_wawa"


def names(text: str) -> list[str]:
    """Split a list that is given with commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=names, default=names(SIZES), help="rows x LFs x classes, with commas")
    parser.add_argument("--abstain", type=float, default=0.7, help="share of rows on which an LF is silent")
    parser.add_argument("--models", type=names, default=names(MODELS), help="registered label models")
    parser.add_argument("--peers-python", type=Path, help="interpreter that has snorkel and crowd-kit")
    parser.add_argument("--peers", type=names, default=names(CHOSEN_PEERS), help=f"of {', '.join(PEERS)}")
    parser.add_argument("--rounds", type=int, default=2, help="how often ours and the peers take turns")
    parser.add_argument("--turns", type=int, default=3, help="turns of ours in a round")
    parser.add_argument("--limit", type=int, default=120, help="seconds for one step, or for one peer")
    parser.add_argument("--gigabytes", type=float, default=8.0, help="leave out what would need more memory")
    parser.add_argument("--out", type=Path, default=HERE / "label_speed.md", help="the Markdown file")
    return parser.parse_args(argv)


def plan_of(options: argparse.Namespace) -> Plan:
    """Check the options."""
    for given, known in ((options.models, REGISTRY), (options.peers, PEERS)):
        if unknown := [name for name in given if name not in known]:
            raise SystemExit(f"nothing is called {unknown[0]!r} here; there are {', '.join(known)}")
    if not 0.0 <= options.abstain < 1.0:
        raise SystemExit(f"--abstain {options.abstain}: expected a share from 0 to below 1")
    if options.peers_python is not None and not options.peers_python.is_file():
        raise SystemExit(f"--peers-python: there is no {options.peers_python}")
    return Plan(
        models=options.models,
        peers_python=options.peers_python,
        peers=options.peers if options.peers_python else [],
        rounds=options.rounds,
        turns=options.turns,
        limit=options.limit,
        most_bytes=int(options.gigabytes * 1e9),
    )


def command_line(options: argparse.Namespace) -> str:
    """Return the command with folders of this machine left out."""
    parts = [f"python benchmarks/label_speed.py --sizes {','.join(options.sizes)}"]
    parts += [f"--models {','.join(options.models)}", f"--rounds {options.rounds} --turns {options.turns}"]
    parts += [f"--abstain {options.abstain}"] if options.abstain != 0.7 else []
    parts += [f"--limit {options.limit} --gigabytes {options.gigabytes:g}"]
    if options.peers_python:
        parts += ["--peers-python PYTHON", f"--peers {','.join(options.peers)}"]
    return " ".join(parts)


def machine(options: argparse.Namespace) -> str:
    """Return what the figures depend on."""
    used = versions() | peer_versions(options.peers_python)
    told = ", ".join(f"{name} {version}" for name, version in used.items())
    return f"Machine: {os.cpu_count()} cores, {platform.machine()}, {platform.system()}; {told}."


def busy() -> str:
    """Say how busy the machine was, where the system tells: this run alone makes for a load of 1."""
    if not hasattr(os, "getloadavg"):
        return ""
    return f" Load of the machine in the last 15 minutes of the run: {os.getloadavg()[2]:.1f}."


def judge(found: Measured, ours: str) -> bool:
    """Print the bars and return whether all are kept."""
    judged = list(bars(found, ours))
    for bar in judged:
        print(bar)
    return all(bar.kept for bar in judged)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, write the file after every size, and judge the first."""
    options = arguments(argv)
    plan, told = plan_of(options), machine(options)
    sizes = [Size.parse(text, abstain=options.abstain) for text in options.sizes]
    measured: list[Measured] = []
    for size in sizes:
        now = plan if size is sizes[0] else replace(plan, rounds=1, turns=1)
        measured.append(measure(size, now, lambda words: print(words, file=sys.stderr, flush=True)))
        page = markdown(measured, plan, command=command_line(options), machine=told + busy())
        options.out.write_text(page, encoding="utf-8")
    print(options.out)
    return 0 if judge(measured[0], plan.models[0]) else 1


if __name__ == "__main__":
    sys.exit(main())
