"""What the controller of a night in containers reads of the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from election.settings import StageSettings


class ControllerSettings(StageSettings):
    """Which night to set up, and where what belongs to it is kept."""

    night: Literal["current", "new"] = Field("current", validation_alias="NIGHT")
    nights: Path = Field(Path("/nights"), validation_alias="NIGHTS_PATH")
    tonight: Path = Field(Path("/tonight"), validation_alias="TONIGHT_PATH")
    lake_path: str = Field("/lake", validation_alias="LAKE_PATH")
