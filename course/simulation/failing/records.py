"""What became of services on hosts that fail.

- `Outage`: one time without a service
- `Failures`: all of them together, by service and by cause
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from course.simulation.errors import ParameterError
from course.simulation.failing.reliability import MINUTES_PER_YEAR

__all__ = ["CAUSES", "Failures", "Outage"]

CAUSES = (
    "detection", "restart", "repair", "by hand", "room", "maintenance", "migration",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which the services of one group did not run.

    Attributes:
        group: which services: those that share a host, numbered from 0 by their first host.
        start_h: when it began, in hours.
        end_h: when they ran again, or when the simulation ended, in hours.
        cause: ``failure``, ``maintenance`` or ``migration``: what began it.
    """

    group: int
    start_h: float
    end_h: float
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """What became of services on hosts that fail.

    Attributes:
        policy: what was done about failures.
        hosts: how many hosts carried services.
        spare_hosts: how many more there were.
        services_per_host: how many services each host carried.
        years: how long it went on, in years of 365 days.
        host_failures: how many hosts failed in use, spare ones included.
        announced: how many of these failures were announced.
        restarts: how many times the services of a host were started again.
        migrations: how many times they were moved without being stopped.
        maintenances: how many times a host was taken out of service.
        postponed: how many times that was left out, for want of a free host.
        outages: how many times the services of a host did not run.
        outages_of: the same for each group of services.
        minutes_per_year_of: for how long each group did not run, in minutes each year.
        standard_error: of the availability, from how much single outages differ; it takes them to
            be independent, and is too small where spare hosts run out.
        longest_outage_s: the longest single outage, in seconds.
        down_s_by_cause: seconds without service, summed over the groups, by what it was waited
            for: ``detection``, ``restart``, ``repair``, ``by hand`` (somebody to start it),
            ``room`` (a free host), ``maintenance``, ``migration``.
        kept: the outages, in the order of their beginnings; empty unless they were asked for.
        remark: what should be known of this run: that nothing happened, or what could not happen.
    """

    policy: str
    hosts: int
    spare_hosts: int
    services_per_host: int
    years: float
    host_failures: int
    announced: int
    restarts: int
    migrations: int
    maintenances: int
    postponed: int
    outages: int
    outages_of: tuple[int, ...]
    minutes_per_year_of: tuple[float, ...]
    standard_error: float
    longest_outage_s: float
    down_s_by_cause: dict[str, float]
    kept: tuple[Outage, ...]
    remark: str

    @property
    def services(self) -> int:
        """How many services there were."""
        return self.hosts * self.services_per_host

    @property
    def minutes_per_year(self) -> float:
        """For how long a service did not run, in minutes each year, averaged over all."""
        return sum(self.minutes_per_year_of) / self.hosts

    @property
    def worst_minutes_per_year(self) -> float:
        """For how long the worst served did not run, in minutes each year."""
        return max(self.minutes_per_year_of)

    @property
    def availability(self) -> float:
        """The share of time in which a service ran, averaged over all."""
        return 1 - self.minutes_per_year / MINUTES_PER_YEAR

    def records(self) -> list[dict[str, object]]:
        """Return a row for each service: which, on which host first, and how it fared."""
        return [
            {
                "service": group * self.services_per_host + number,
                "host": group,
                "outages": self.outages_of[group],
                "minutes_per_year": minutes,
                "availability": 1 - minutes / MINUTES_PER_YEAR,
            }
            for group, minutes in enumerate(self.minutes_per_year_of)
            for number in range(self.services_per_host)
        ]

    def causes(self) -> list[dict[str, object]]:
        """Return a row for each cause: what a service waited for, in minutes each year."""
        total_s = sum(self.down_s_by_cause.values())
        return [
            {
                "cause": cause,
                "minutes_per_year": down_s / 60 / self.hosts / self.years,
                "share": down_s / total_s if total_s else 0.0,
            }
            for cause, down_s in self.down_s_by_cause.items()
        ]

    def outage_records(self) -> list[dict[str, object]]:
        """Return a row for each outage.

        Raises:
            ParameterError: there were outages, and they were not kept.
        """
        if self.outages and not self.kept:
            raise ParameterError(
                'expected outages that were kept, found a summary: fail(..., keep="outages")'
            )
        return [asdict(outage) for outage in self.kept]
