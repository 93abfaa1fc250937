"""The dashboard's routes: which page is at which address. Everything else is in `views`."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import address, theme
from dashboard.panels import strip
from dashboard.views import (
    compare,
    data,
    declarations,
    electorate,
    map,
    method,
    night,
    pipeline,
    race,
    regions,
    seats,
    turnout,
)

MAP_SHEET = Path(__file__).with_name("map.css")

st.set_page_config(page_title="Tallyhouse", page_icon=theme.ICON, layout="wide")
address.settle()
address.carry()
look = address.chosen_theme()
st.logo(look.wordmark, size="large")
st.html(theme.STYLE_SHEET)
st.html(MAP_SHEET)
st.html(look.sheet)
st.html(address.carry_script(), unsafe_allow_javascript=True)
page = st.navigation(
    [
        st.Page(night.render, title="Tonight", url_path="tonight", default=True),
        st.Page(map.render, title="Map", url_path="map"),
        st.Page(race.render, title="Race", url_path="race"),
        st.Page(seats.render, title="Seats", url_path="seats"),
        st.Page(regions.render, title="Regions", url_path="regions"),
        st.Page(compare.render, title="Compare", url_path="compare"),
        st.Page(turnout.render, title="Turnout", url_path="turnout"),
        st.Page(electorate.render, title="Electorate", url_path="electorate"),
        st.Page(declarations.render, title="Declarations", url_path="declarations"),
        st.Page(pipeline.render, title="Pipeline", url_path="pipeline"),
        st.Page(data.render, title="Data", url_path="data"),
        st.Page(method.render, title="Method", url_path="method"),
    ],
    position="top",
)
page.run()
st.html(strip.themes(look.name, address.others()))
