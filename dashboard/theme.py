"""Colours and type that charts share with the page's style sheet."""

from __future__ import annotations

from pathlib import Path

INK, SOFT, LINE = "#0b1b33", "#51607a", "#dbe2ec"
BLUE, SKY, GREY = "#1d4ed8", "#93b4f5", "#8592a8"
FONT = "Source Sans, Source Sans Pro, Helvetica, Arial, sans-serif"
ICON = str(Path(__file__).with_name("icon.svg"))
WORDMARK = str(Path(__file__).with_name("wordmark.svg"))
STYLE_SHEET = Path(__file__).with_name("style.css")
