"""The published figures are those of the result files."""

import re
from dataclasses import replace
from datetime import timedelta

from bench import history


def test_table_and_chart_are_those_of_the_result_files():
    figures = history.read()
    assert figures
    text = history.DOCUMENT.read_text()
    assert history.document(text, figures) == text, "run python -m bench.history"
    assert history.chart(figures) == history.CHART.read_text()


def test_the_newest_figure_of_a_row_is_published():
    figures = history.read()
    for figure in history.newest(figures):
        later = [f for f in figures if f.name == figure.name and f.at > figure.at]
        assert later == []


def test_a_row_that_misses_its_must_is_drawn_below_the_line():
    [good, *_] = [f for f in history.read() if f.name == "producer"]
    bad = replace(good, record={**good.record, "median": good.record["must"] / 2})
    assert (good.times_must > 1, bad.times_must) == (True, 0.5)
    heights = re.findall(r'cy="([0-9.]+)"', history.chart([bad]))
    must_at = re.search(r'y="([0-9.]+)"[^>]*>must<', history.chart([bad]))
    assert float(heights[0]) > float(must_at[1])
    assert "0 of 1 rows" in history.chart([bad])


def test_what_takes_little_is_better_where_less_is_better():
    [panels, *_] = [f for f in history.read() if f.name == "panels"]
    fast = replace(panels, record={**panels.record, "must": 150, "median": 50})
    assert fast.times_must == 3


def test_ours_and_the_others_are_compared_within_one_run():
    found = {figure.name: figure for figure in history.read()}
    ours, other = found["counting"], found["single-consumer"]
    twice = {**other.record, "median": 2 * ours.record["median"]}
    beside = replace(other, at=ours.at, record=twice)
    assert "0.5 times its speed" in history.compared([ours, beside])
    assert history.compared([ours, replace(beside, at=ours.at + timedelta(hours=1))]) == ""


def test_a_figure_says_how_fast_the_machine_was():
    figures = history.read()
    said = history.table([replace(figures[0], reference_ms=137.2)])
    assert "| 137 ms |" in said
    assert "| 137 ms |" not in history.table([replace(figures[0], reference_ms=None)])
