"""What every row may use: a machine that is up, and nights on it that rows share."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.folders import open_folder
from bench.nights import BenchNight, lay_out
from bench.sending import send_all
from embedded import stages
from embedded.machine import Machine

SCALE = 100  # 1.1 million messages


@contextmanager
def machine_of_its_own(say: Callable[[str], None]) -> Iterator[Machine]:
    """Give broker and PostgreSQL in a new folder, for as long as the block.

    Raises:
        KeyboardInterrupt: the end was asked for, by Ctrl-C or SIGTERM; of several machines one in
            the other all end, and their folders are gone.
    """
    with open_folder() as folder:
        machine = Machine(folder, say=say)
        supervisor = machine.supervisor
        with supervisor.signals(), machine, supervisor.interruptible():
            yield machine


@dataclass
class Bench:
    """The machine, and the nights that were produced on it."""

    machine: Machine
    say: Callable[[str], None]
    election: str = "synthetic"
    _produced: list[BenchNight] = field(default_factory=list)
    _counted: list[BenchNight] = field(default_factory=list)

    @contextmanager
    def beside(self) -> Iterator[Bench]:
        """Give a second machine, with a broker and a PostgreSQL that know no night yet."""
        with machine_of_its_own(self.say) as machine:
            yield Bench(machine, self.say, self.election)

    def new_night(self, scale: int = SCALE, with_faults: str = "") -> BenchNight:
        """Lay out a night; nothing is sent."""
        self.say(f"planning a night at 1:{scale}")
        return lay_out(self.machine, scale, with_faults=with_faults, election=self.election)

    def keep(self, night: BenchNight) -> None:
        """Let other rows use a night that is whole on the broker."""
        self._produced.append(night)

    def produced_night(self, *, uncounted: bool = False) -> BenchNight:
        """Return a night that is whole on the broker, produced now if there is none.

        Args:
            uncounted: One that Spark has not counted.
        """
        for night in self._produced:
            if not (uncounted and night in self._counted):
                return night
        night = self.new_night()
        send_all(night)
        self.keep(night)
        return night

    def mark_counted(self, night: BenchNight) -> None:
        """Note that Spark has counted a night."""
        self._counted.append(night)

    def counted_night(self) -> BenchNight:
        """Return a night that is in raw, in the live tables and in the marts."""
        night = self._counted[0] if self._counted else self.produced_night()
        with night.running(*night.stages()):
            night.wait_for_all()
        self.mark_counted(night)
        self.run_dbt(night, "setup")
        self.run_dbt(night, "final")
        return night

    def run_dbt(self, night: BenchNight, command: str) -> None:
        """Run one command of the dbt stage."""
        self.say(f"dbt {command}")
        subprocess.run(
            stages.python("-m", "transform", command),
            env=stages.process_environment("dbt", night.environment),
            check=True,
            stdout=subprocess.DEVNULL,
        )
