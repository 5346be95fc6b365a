"""Run the Python of a page, block by block, and hold what it prints against the page.

``python tests/examples/pages.py docs/tutorial.md`` writes anew what the blocks print.
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

BLOCK = re.compile(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", flags=re.DOTALL)
NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?")


def run_page(page: Path) -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """Return what each block should print and did print, and the names that the page left."""
    names: dict[str, Any] = {"__name__": "page"}
    with tempfile.TemporaryDirectory() as folder:
        blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
        outputs = [
            (said, _printed(code, Path(folder) / f"block_{i}.py", names))
            for i, (code, said) in enumerate(blocks)
        ]
    return outputs, names


def same(said: str, printed: str, *, within: float) -> bool:
    """Tell whether two outputs are alike up to white space, their numbers within a relative distance."""
    first, second = (NUMBER.sub("#", text).split() for text in (said, printed))
    pairs = zip(_numbers(said), _numbers(printed), strict=False)
    return first == second and all(abs(a - b) <= within * max(abs(a), abs(b), 1) for a, b in pairs)


def rewrite(page: Path) -> None:
    """Put what the blocks print into the page."""
    outputs = iter(run_page(page)[0])

    def block(found: re.Match[str]) -> str:
        printed = next(outputs)[1]
        code, text, _ = found[0].partition("\n```text\n")
        return code + text + printed + "```" if text else found[0]

    page.write_text(BLOCK.sub(block, page.read_text(encoding="utf-8")), encoding="utf-8")


def _printed(code: str, file: Path, names: dict[str, Any]) -> str:
    file.write_text(code, encoding="utf-8")  # functions of the page need their source
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(code, str(file), "exec"), names)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _numbers(text: str) -> list[float]:
    return [float(number.replace(",", "")) for number in NUMBER.findall(text)]


if __name__ == "__main__":
    for name in sys.argv[1:]:
        rewrite(Path(name))
