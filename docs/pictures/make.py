"""Make the pictures of the pages anew: ``python docs/pictures/make.py``.

Needs the extra ``demo``, and Chromium for the two that are of pages. Nothing is fetched.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

import labelwright as lw

HERE = Path(__file__).parent
WIDTH = 80


def main() -> None:
    """Run the demo and take a picture of the terminal, its report, and a notebook's tables."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "labelwright-demo"
        subprocess.run([sys.executable, "-m", "labelwright.cli", "demo", project, "-q"], check=True)
        terminal(project)
        browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
        photograph(browser, project / ".labelwright" / "report.html", "report.png", (1280, 900))
        page = Path(folder) / "notebook.html"
        page.write_text(notebook(project), encoding="utf-8")
        photograph(browser, page, "notebook.png", (900, 620))


def terminal(project: Path) -> None:
    """Show what two commands print, as a picture of letters."""
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    for command in ("run", "advise"):
        console.print(Text.from_markup(f"[bold]$[/] labelwright {command}"))
        made = subprocess.run(
            [sys.executable, "-m", "labelwright.cli", command, "-C", project],
            capture_output=True,
            text=True,
            check=False,
        )
        said = made.stdout.replace(str(project) + "/", "")
        console.print(Text("\n".join(said.strip().splitlines()[:14])))
    svg = console.export_svg(title="labelwright", unique_id="terminal")
    # no fonts from the network: the reader's own
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    (HERE / "terminal.svg").write_text(svg.replace("Fira Code", "ui-monospace"), encoding="utf-8")


def notebook(project: Path) -> str:
    """Return a page with what a notebook shows of a label matrix and of a fit."""
    whole = lw.LabelMatrix.from_parquet(project / ".labelwright" / "votes" / "train.parquet")
    L = whole[:, list(whole.lf_names[:9])]
    model = lw.LabelModel().fit(whole)
    shown = (("L.summary()", L.summary()), ("model.fit_report_", model.fit_report_))
    cells = "".join(f"<pre>{code}</pre>{value._repr_html_()}" for code, value in shown)
    style = "body{font-family:system-ui;margin:24px;background:#fff}pre{background:#f5f5f5;padding:8px}"
    return f"<!doctype html><meta charset='utf-8'><style>{style}</style>{cells}"


def photograph(browser: str, page: Path, name: str, size: tuple[int, int]) -> None:
    """Take a picture of the top of a page."""
    subprocess.run(
        [
            browser,
            *(
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--force-color-profile=srgb",
            ),
            f"--window-size={size[0]},{size[1]}",
            f"--screenshot={HERE / name}",
            page.as_uri(),
        ],
        check=True,
        capture_output=True,
    )


if __name__ == "__main__":
    main()
