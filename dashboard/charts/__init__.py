"""Charts from frames. Pure: parties and values are named in text, not by colour alone.

A chart's specification depends on which parties and labels it shows, not on their numbers, so
that a refresh changes data in place. Local time is put into labels here: a browser elsewhere
must not shift it.
"""

from dashboard.charts.drawing import Drawing
from dashboard.charts.results import party_by_education, seats_over_time
from dashboard.charts.turnout import turnout_by_group, turnout_by_hour, turnout_by_region

__all__ = [
    "Drawing",
    "party_by_education",
    "seats_over_time",
    "turnout_by_group",
    "turnout_by_hour",
    "turnout_by_region",
]
