"""The explorer of live migration: how fast a machine may write while it moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from course import charts_explorers_migration as charts
from course.simulation import METHODS, Migration, migrate
from course.widgets.explorer import Explorer, Shown, choice, slider

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["MigrationExplorer"]

#: Into how many parts the curve's rates are divided.
RATES = 32
#: By these methods neither the downtime nor the whole time depends on the rate.
_STEADY = {"stop-and-copy": 2, "post-copy": 2}


class MigrationExplorer(Explorer):
    """Move a running machine to another host, and see what its writing does to the downtime.

    The controls and these traits follow each other, so a notebook can set them too:

    Attributes:
        method: by which rule it is moved, one of `course.simulation.METHODS`.
        memory_mib: the machine's memory, in MiB.
        bandwidth_mib_per_s: how fast the network sends, in MiB each second.
        dirty_mib_per_s: how fast the machine writes to its memory, in MiB each second.
        working_set_mib: how much of the memory it ever writes to, in MiB.
        downtime_limit_ms: the downtime that is allowed, in milliseconds.
        most_rounds: after how many rounds it is given up.
        migration: what comes of it; None after an error.
    """

    method = traitlets.Enum(list(METHODS), METHODS[0])
    memory_mib = traitlets.Int(512)
    bandwidth_mib_per_s = traitlets.Int(120)  # 1 Gbit/s
    dirty_mib_per_s = traitlets.Int(20)
    working_set_mib = traitlets.Int(128)
    downtime_limit_ms = traitlets.Int(300)
    most_rounds = traitlets.Int(30)
    migration = traitlets.Instance(Migration, allow_none=True)

    file_name = "migration"
    height_px = 560

    def __init__(
        self, memory_mib: int = 512, *, measured: Iterable[Mapping[str, float]] | None = None
    ) -> None:
        """Explore live migration.

        Args:
            memory_mib: the machine's memory to begin with, in MiB.
            measured: the learner's own migrations, each with ``dirty_mib_per_s``, ``downtime_ms``
                and ``total_s``; what was not measured may be missing.
        """
        self._measured = tuple(
            {
                "dirty_mib_per_s": row["dirty_mib_per_s"],
                **({"downtime_s": row["downtime_ms"] / 1000} if "downtime_ms" in row else {}),
                **({"total_s": row["total_s"]} if "total_s" in row else {}),
            }
            for row in measured or ()
        )
        super().__init__(
            {
                "method": choice("method", METHODS),
                "memory_mib": slider("memory (MiB)", 64, 8192, 64),
                "bandwidth_mib_per_s": slider("network (MiB/s)", 20, 1200, 10),
                "dirty_mib_per_s": slider("memory written (MiB/s)", 0, 1200, 5),
                "working_set_mib": slider("written to at all (MiB)", 0, 8192, 16),
                "downtime_limit_ms": slider("allowed downtime (ms)", 10, 2000, 10),
                "most_rounds": slider("rounds at most", 1, 60),
            },
            begin={"memory_mib": memory_mib},
        )

    def draw(self) -> Shown:
        """Return the migration, and what it becomes at other rates of writing."""
        self.migration = None
        migration = self.migration = self._migrated(self.dirty_mib_per_s)
        most = max(1.5 * self.bandwidth_mib_per_s, 1.1 * self.dirty_mib_per_s)
        parts = _STEADY.get(self.method, RATES)
        curve = [
            _row(rate, self._migrated(rate))
            for rate in (most * number / parts for number in range(parts + 1))
        ]
        now = _row(self.dirty_mib_per_s, migration)
        drawn = (
            charts.rounds(migration),
            charts.downtimes(
                curve,
                now=now,
                limit_s=self.downtime_limit_ms / 1000,
                measured=self._measured,
            ),
        )
        figures: list[dict[str, Any]] = [
            {"chart": "rounds", **row} for row in drawn[0].figures["rounds"]
        ]
        for row in figures:
            del row["label"]
        figures += [{"chart": "rates of writing"} | row for row in [*curve, now]]
        figures += [{"chart": "measured"} | row for row in self._measured]
        figures += [
            {"chart": "published", "what": row["label"], "downtime_s": row["time_s"]}
            for row in charts.PUBLISHED_DOWNTIMES
        ]
        return Shown(self._summary(migration), drawn, figures)

    def _migrated(self, dirty_mib_per_s: float) -> Migration:
        return migrate(
            self.memory_mib,
            self.bandwidth_mib_per_s,
            dirty_mib_per_s,
            working_set_mib=min(self.working_set_mib, self.memory_mib),
            downtime_limit_ms=self.downtime_limit_ms,
            max_rounds=self.most_rounds,
            method=self.method,
        )

    def _summary(self, migration: Migration) -> str:
        down = migration.downtime_ms
        ending = (
            "It was given up, and the machine runs on where it was"
            if down is None
            else f"The machine stands still for {charts.seconds(down / 1000)}"
        )
        kept = "" if down is None or down <= self.downtime_limit_ms else ", more than is allowed"
        return (
            f"{ending}{kept}. {migration.sent_mib:,.0f} MiB went over the network, "
            f"{migration.sent_mib / self.memory_mib:.2f} times the memory, in "
            f"{charts.seconds(migration.total_time_s)} and {len(migration.rounds)} "
            f"{'round' if len(migration.rounds) == 1 else 'rounds'}: {migration.reason}."
        )


def _row(dirty_mib_per_s: float, migration: Migration) -> dict[str, Any]:
    down = migration.downtime_ms
    return {
        "dirty_mib_per_s": dirty_mib_per_s,
        "downtime_s": None if down is None else down / 1000,
        "total_s": migration.total_time_s,
        "sent_mib": migration.sent_mib,
        "converged": migration.converged,
    }
