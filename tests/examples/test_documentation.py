"""The pages lead everywhere, name every public name, and show pictures that load nothing."""

import re
import shlex
from pathlib import Path

import pytest

import labelwright as lw
from labelwright import _errors

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
PICTURES = [file for file in sorted((DOCS / "pictures").iterdir()) if file.suffix in (".svg", ".png")]


def links(page):
    """Return the pages that a page leads to."""
    found = re.findall(r"\]\(([^)\s#]+\.md)(?:#[^)\s]*)?\)", page.read_text(encoding="utf-8"))
    return {(page.parent / target).resolve() for target in found if not target.startswith("http")}


def test_every_page_is_one_click_from_the_index_and_the_readme_leads_to_it():
    pages = {page.resolve() for page in DOCS.glob("*.md") if page.name != "index.md"}
    assert pages - links(DOCS / "index.md") == set()
    assert (DOCS / "index.md").resolve() in links(ROOT / "README.md")


def test_every_page_and_every_reference_page_is_in_the_navigation():
    navigation = (
        (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("nav:")[2].partition("\nnot_in_nav")[0]
    )
    for page in [*DOCS.glob("*.md"), *DOCS.glob("reference/*.md")]:
        assert str(page.relative_to(DOCS)) in navigation


def test_every_decision_is_in_their_list():
    decisions = {file.resolve() for file in (DOCS / "adr").glob("0*.md")}
    assert links(DOCS / "adr" / "README.md") == decisions


def test_every_public_name_is_on_the_page_that_lists_them():
    page = (DOCS / "reference" / "labelwright.md").read_text(encoding="utf-8")
    assert "::: labelwright._errors" in page
    listed = set(re.findall(r"`([A-Za-z_]\w*)`", page))
    errors = {
        name for name in vars(_errors) if name.endswith(("Error", "Warning"))
    }  # the line above lists them
    assert set(lw.__all__) - errors - listed == set()


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_pictures_say_what_they_show_and_are_here(page):
    for said, target in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        assert len(said.split()) >= 5
        assert (page.parent / target).is_file()


def test_pictures_are_small_and_load_nothing():
    shown = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for file in PICTURES:
        assert f"pictures/{file.name})" in shown
        assert file.stat().st_size < 150_000
        if file.suffix == ".svg":
            loaded = re.findall(
                r"(?:href|src)\s*=|url\(\s*['\"]?(?!#)|@import", file.read_text(encoding="utf-8")
            )
            assert loaded == []
    assert sum(file.stat().st_size for file in PICTURES) < 700_000


def test_examples_have_80_columns_at_most():
    long = [
        (file.name, number)
        for file in sorted((ROOT / "examples").rglob("*.py"))
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if len(line) > 80
    ]
    assert long == []


def test_commands_on_pages_and_their_options_exist():
    from typer.main import get_command

    from labelwright.cli.app import app

    group = get_command(app)
    pages = [*PAGES, ROOT / "CONTRIBUTING.md", *(ROOT / "examples").rglob("*.md")]
    told = 0
    for page in pages:
        for block in re.findall(r"```\w*\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL):
            for line in re.findall(r"^(?:\$ )?labelwright (.*)$", block, flags=re.MULTILINE):
                words = shlex.split(re.split(r"\s#|&&|[<>|]", line)[0])
                if words and words[0] in group.commands:
                    command = group.commands[words[0]]
                    options = {name for one in command.params for name in one.opts}
                    told += 1
                    for word in words[1:]:
                        if word.startswith("-") and word != "-":
                            assert word.partition("=")[0] in options | {"-h", "--help"}, (
                                f"{page.name}: {line}"
                            )
                else:
                    assert words == [] or words[0].startswith("-"), f"{page.name}: {line}"
    assert told > 20
