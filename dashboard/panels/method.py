"""How the numbers come about, in the words of the pages. Fixed text but for the licence."""

from __future__ import annotations

from dashboard.panels.markup import SEAT_STATES, Row, bar, bar_part, page, seat_tag, swatch, tag
from election import labels

_EXAMPLE = "#5b6678"  # nobody's party


def method(night: Row) -> str:
    """Return the page's sections."""
    synthetic = night["is_synthetic"]
    sections = (
        ("How votes are counted", _COUNTED),
        ("Two turnouts, never mixed", _TURNOUT),
        ("Swing, hold and gain", _SWING),
        ("What a mark means", _marks()),
        ("Before close of poll", _EMBARGO),
        ("Small groups", _SUPPRESSED),
        ("Scale", _SCALE.format(scale=f"{night['scale']:,}")),
        ("Sources and licence", _sources(is_synthetic=synthetic)),
    )
    cards = "".join(
        f'<section class="th-card"><h2 class="title">{title}</h2>{body}</section>'
        for title, body in sections
    )
    return page(f'<div class="th-prose" data-panel="method">{cards}</div>')


_COUNTED = """
<p>Every paper is read as one message that names a candidate or a reason of rejection, and no
elector. Two engines count the messages: one from the stream, as they come; one from the raw
tables, again from the first. Neither reads the other.</p>
<p>Each reconciliation compares them seat by seat, with the broker and with the declarations.
Where they differ, every page says so in red, and the published tables stay as they were.</p>
<p>A message that comes twice is counted once. One that breaks a rule is kept, with the first
rule it broke, and counted in no total.</p>"""

_TURNOUT = """
<p><b>Until a seat is declared:</b> ballots issued ÷ names on the register. It says who was given
a paper, not what was chosen, so it may be shown while polls are open.</p>
<p><b>Once declared:</b> valid votes ÷ electorate. Rejected papers are not in it.</p>
<p>Beside each turnout stands what it is divided by, and over how many seats. Tendered ballots,
issued where somebody had already voted in that name, are in neither.</p>"""

_SWING = """
<p>Butler swing from A to B: half of B's gain and A's loss in share of the valid votes.
Nationally over declared seats whose previous shares are known; the page says over how many.</p>
<p>A seat is <b>held</b> by the party that won it last time, and <b>gained</b> by any other.
Change in share is in percentage points.</p>"""

_EMBARGO = """
<p>Until 22:00 local time nothing about choices can be read: not on a page, not in a file, not by
a query with this page's rights. The tables themselves withhold the numbers; the page has no
other source.</p>
<p>Turnout, by hour and place, is public all day.</p>"""

_SUPPRESSED = """
<p>Turnout by age, sex and qualification is shown in cells of at least ten people. A smaller one
is withheld, and with it any other from which it could be worked out. Withheld is –, never 0.</p>
<p>Such tables change only every fifteen minutes of the election's clock, so that two looks do
not single out a person.</p>"""

_SCALE = """
<p>This night is 1:{scale}: a record stands for so many people of the real electorate. Shares and
winners stay; where rounding would turn a seat, one vote moves back and the summary says in how
many.</p>"""


def _marks() -> str:
    states = "".join(f"<li>{seat_tag(state)} {_MEANS[state]}</li>" for state in SEAT_STATES)
    solid = bar([bar_part(1, _EXAMPLE)], description="solid: declared", thin=True)
    hatched = bar([bar_part(1, _EXAMPLE, leading=True)], description="hatched: leading", thin=True)
    return (
        f'<ul class="th-marks">{states}'
        f"<li><span class=th-sample>{solid}</span> Solid, upright: declared.</li>"
        f"<li><span class=th-sample>{hatched}</span> Hatched, <i>italic</i>: leading by papers "
        "counted so far; provisional, and never called won.</li>"
        f"<li>{tag('quiet', '38% ±3')} An estimate from a sample: always with its margin (95 %) "
        "and n.</li>"
        f"<li>{swatch(_EXAMPLE)} A party's colour never stands alone: its name or letters are "
        "beside it.</li></ul>"
    )


_MEANS = {
    "embargoed": "before close of poll.",
    "not_started": "no paper read yet.",
    "counting": "papers are being read; who leads may change.",
    "declared": "stated by the returning officer, once.",
    "pending_correction": "the complete count differs from the declaration.",
    "corrected": "stated anew, with a reason; the earlier statement stays readable.",
}


def _sources(*, is_synthetic: bool) -> str:
    licence = labels.licence(is_synthetic=is_synthetic)
    if is_synthetic:
        return (
            "<p>An <b>invented</b> election: electors, votes, candidates and names of places come "
            "from a seed and official totals of regions. It says nothing of any real person or "
            "place.</p><p>Age, sex and qualification are simulated too: real registers hold none "
            f"of them, and the real exit poll asks for none.</p><p>Licence: {licence}.</p>"
        )
    return (
        "<p>A <b>replay</b> of official results as published by the House of Commons Library: "
        "votes, electorates and winners are those of the election. When papers are read and who "
        "is given one is simulated, and so are age, sex, qualification and the exit poll.</p>"
        f"<p>{licence}.</p>"
    )
