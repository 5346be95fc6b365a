import re
from importlib.resources import files

import pytest

STYLE = (files("labelwright.report") / "page.css").read_text(encoding="utf-8")
PALETTES = [
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", block))
    for block in re.findall(r":root \{(.*?)\}", STYLE, re.S)
]
TEXT_ON = [
    ("ink", "paper"),
    ("quiet", "paper"),
    ("accent", "paper"),
    ("quiet", "faint"),
    ("warm", "warm-pale"),
    ("accent", "accent-pale"),
    ("ink", "accent-soft"),
    ("ink", "warm-soft"),
]


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("palette", PALETTES, ids=["light", "dark", "print"])
@pytest.mark.parametrize(("text", "ground"), TEXT_ON)
def test_text_stands_out_enough_to_be_read(palette, text, ground):
    lighter, darker = sorted((luminance(palette[text]), luminance(palette[ground])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5, "WCAG 2.2 AA"


def test_every_colour_is_one_of_the_palette():
    rules = re.sub(r":root \{.*?\}", "", STYLE, flags=re.S)
    assert not re.findall(r"#[0-9a-f]{3,6}\b", rules)
    assert set(re.findall(r"var\(--([\w-]+)\)", rules)) <= set(PALETTES[0])
    assert len(PALETTES) == 3
    assert len({frozenset(palette) for palette in PALETTES}) == 1
