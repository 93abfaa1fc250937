import re
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from support.fake_warehouse import frames
from support.party_colours import party_colours
from support.scenes import CLOSES_AT, Scene

from dashboard import charts, theme
from dashboard.monograms import VISIBLE_ON_PAPER, contrast, ink_on, line_colour
from dashboard.panels.strip import themes

TEXT, LARGE_OR_GRAPHIC = 4.5, 3.0  # WCAG 2.2, 1.4.3 and 1.4.11
ON_WHAT = [
    *[(ink, paper) for ink in ("ink", "soft", "blue", "red", "amber", "green")
      for paper in ("card", "page")],
    ("ink", "header"), ("soft", "header"), ("purple", "card"), ("ink", "purple-wash"),
    ("strip-ink", "strip"), ("strip-soft", "strip"), ("strip-ink", "still"),
    ("on-solid", "solid"), ("soft", "quiet"), ("ink", "quiet"),
    ("red", "red-wash"), ("amber", "amber-wash"), ("green", "green-wash"), ("blue", "blue-wash"),
    ("ink", "blue-wash"), ("ink", "stripe"), ("ink", "stripe-2"), ("soft", "stripe"),
    ("ink", "heat-0"), ("ink", "heat-1"),
]  # fmt: skip
every_theme = pytest.mark.parametrize("look", theme.THEMES.values(), ids=lambda look: look.name)


@every_theme
def test_text_can_be_read_on_what_it_stands_on(look):
    colours = look.properties
    faint = {
        f"{ink} on {paper}": round(contrast(colours[ink], colours[paper]), 2)
        for ink, paper in ON_WHAT
        if contrast(colours[ink], colours[paper]) < TEXT
    }
    assert faint == {}


@every_theme
def test_bars_of_turnout_stand_out_from_their_card(look):
    colours = look.properties
    assert contrast(colours["blue"], colours["card"]) >= LARGE_OR_GRAPHIC


def test_letters_on_a_partys_colour_can_be_read():
    faint = {c for c in party_colours().values() if contrast(ink_on(c), c) < TEXT}
    assert faint == set()


@every_theme
def test_a_partys_line_can_be_seen_on_the_themes_card(look):
    drawn = [*party_colours().values(), "#000000"]
    data = look.readable(pl.DataFrame({"colour": list(map(line_colour, drawn))}))
    paper = look.properties["card"]
    assert min(contrast(c, paper) for c in data["colour"]) >= VISIBLE_ON_PAPER


@every_theme
def test_a_theme_has_every_property_of_the_style_sheet(look):
    used = re.findall(r"var\(--([\w-]+)\)", theme.STYLE_SHEET.read_text())
    assert set(used) <= look.properties.keys()
    assert all(f"--{name}: {look.properties[name]};" in look.sheet for name in used)


def test_the_style_sheet_has_no_colour_of_its_own_but_those_of_signs():
    rules = theme.STYLE_SHEET.read_text().splitlines()
    own = [line for line in rules if re.search(r"#[0-9a-fA-F]{3,6}\b", line)]
    assert all(".th-dot" in line or ".th-tag.kind" in line or ".th-tag.live" in line or
               ".th-tag.still" in line for line in own)  # fmt: skip


def test_charts_follow_the_theme():
    marts = frames(Scene(at=CLOSES_AT + timedelta(hours=5), now=datetime(2026, 1, 1, tzinfo=UTC)))
    spec = charts.seats_over_time(marts["results_over_time"], CLOSES_AT).spec
    assert theme.USUAL.repainted(spec) == spec
    dark = theme.DARK.repainted(spec)
    assert dark["config"]["axis"]["labelColor"] == theme.DARK.properties["soft"]
    assert theme.INK not in str(dark)


def test_letters_on_charts_are_larger_on_a_wall():
    spec = {"config": {"axis": {"labelFontSize": 12, "tickCount": 4}}}
    assert theme.WALL.repainted(spec) == {"config": {"axis": {"labelFontSize": 18, "tickCount": 4}}}


def test_themes_are_links_that_keep_the_other_choices():
    markup = themes("dark", {"seat": "SYN-LON-001", "follow": "a,b"})
    assert 'href="?seat=SYN-LON-001&amp;follow=a%2Cb&amp;theme=wall"' in markup
    assert markup.count("aria-current") == 1
    assert 'theme=dark" target="_self" aria-current="true"' in markup
