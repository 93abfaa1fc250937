import base64
import re
from xml.etree import ElementTree

import pytest

from dashboard import monograms


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Theresa May", "TM"),
        ("Liz Saville Roberts", "LR"),
        ("Jean-Luc", "JL"),
        ("Élodie Ünal", "ÉÜ"),
        ("Buckethead", "B"),
        ("  ", "?"),
        ("(123)", "?"),
    ],
)
def test_initials(name, letters):
    assert monograms.initials(name) == letters


def test_a_picture_is_well_formed_whatever_the_name():
    tree = ElementTree.fromstring(monograms.svg('<&"', "#e4003b", ring=True))
    assert tree.find("{http://www.w3.org/2000/svg}text").text == '<&"'


def test_an_image_says_who_and_for_whom():
    image = monograms.candidate_image('Ann "X" <b>', "Lab", "#e4003b", won=True)
    assert 'alt="Ann &quot;X&quot; &lt;b&gt;, Lab"' in image
    encoded = re.search(r"base64,([^\"]+)", image)[1]
    assert base64.b64decode(encoded).startswith(b"<svg")


@pytest.mark.parametrize("colour", [None, "", "red", "#12", "#e4003b;x:y", '"><script>'])
def test_only_a_plain_colour_gets_through(colour):
    assert monograms.safe_colour(colour) == monograms.FALLBACK_COLOUR


@pytest.mark.parametrize("colour", ["#0087dc", "#e4003b", "#faa61a", "#fdf38e", "#12b6cf", None])
def test_ink_is_readable(colour):
    fill = monograms.safe_colour(colour)
    assert monograms.contrast(monograms.ink_on(colour), fill) >= 4.4
    assert monograms.contrast(monograms.ink_on(colour, large=True), fill) >= 3
