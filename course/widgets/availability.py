"""The explorer of availability: what a policy, spare hosts and quick restarts buy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from course import charts_explorers_availability as charts
from course.simulation import (
    POLICIES,
    Failures,
    availability_of,
    expected_availability,
    fail,
    minutes_down_per_year,
)
from course.widgets.explorer import Explorer, Shown, choice, sentence, slider

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["AvailabilityExplorer"]

#: So many outages are drawn; more would hide each other.
MOST_OUTAGES = 600
BY_HAND_S = 3600  # until somebody has come and started what does not start by itself
MIGRATION_DOWNTIME_S = 0.3
_SPENT_ON = {
    "detection": "noticing the failure",
    "restart": "starting again",
    "repair": "the repair",
    "by hand": "waiting for somebody to start it",
    "room": "waiting for a free host",
    "maintenance": "maintenance",
    "migration": "moving to another host",
}


class AvailabilityExplorer(Explorer):
    """Let hosts fail, and see how long their services are down under each policy.

    The controls and these traits follow each other, so a notebook can set them too:

    Attributes:
        policy: what is done when a host fails, one of `course.simulation.failing.POLICIES`; its
            outages are drawn.
        hosts: how many hosts carry services.
        spare_hosts: how many stand by.
        services_per_host: how many services a host carries.
        days_to_failure: the mean time until a host fails, in days.
        hours_to_repair: the mean time until it is repaired, in hours.
        detection_s: until it is noticed that a host has failed, in seconds.
        restart_s: until a service has started again, in seconds.
        warned_percent: how many of a hundred failures are announced, so that services can move.
        maintenance_days: after how many days each host is taken out for an hour; 0 for never.
        years: how long is simulated.
        seed: which of the possible courses of events is drawn.
        failures: what came of the chosen policy; None after an error.
    """

    policy = traitlets.Enum(list(POLICIES), "restart-elsewhere")
    hosts = traitlets.Int(10)
    spare_hosts = traitlets.Int(1)
    services_per_host = traitlets.Int(5)
    days_to_failure = traitlets.Int(180)
    hours_to_repair = traitlets.Int(12)
    detection_s = traitlets.Int(340)  # what Kubernetes waits by default: 40 s and 300 s
    restart_s = traitlets.Int(60)
    warned_percent = traitlets.Int(50)
    maintenance_days = traitlets.Int(0)
    years = traitlets.Int(3)
    seed = traitlets.Int(1)
    failures = traitlets.Instance(Failures, allow_none=True)

    file_name = "availability"
    height_px = 560

    def __init__(
        self,
        *,
        hosts: int = 10,
        services_per_host: int = 5,
        measured: Mapping[str, float] | None = None,
    ) -> None:
        """Explore availability.

        Args:
            hosts: how many hosts carry services, to begin with.
            services_per_host: how many services a host carries, to begin with.
            measured: how long the learner's own services were down after a crash, in seconds, by
                policy; drawn as if each failure took so long.
        """
        self._measured = dict(measured or {})
        super().__init__(
            {
                "policy": choice("policy", POLICIES),
                "hosts": slider("hosts with services", 1, 50),
                "spare_hosts": slider("spare hosts", 0, 10),
                "services_per_host": slider("services on a host", 1, 20),
                "days_to_failure": slider("days until a host fails", 10, 1000, 10),
                "hours_to_repair": slider("hours until it is repaired", 1, 96),
                "detection_s": slider("until it is noticed (s)", 0, 600, 5),
                "restart_s": slider("start of a service (s)", 0, 300, 1),
                "warned_percent": slider("failures announced (%)", 0, 100, 5),
                "maintenance_days": slider("maintenance every (days)", 0, 360, 10),
                "years": slider("years", 1, 10),
                "seed": slider("another course of events", 1, 50),
            },
            begin={"hosts": hosts, "services_per_host": services_per_host},
        )

    def draw(self) -> Shown:
        """Return what becomes of the services under each policy."""
        self.failures = None
        found = {policy: self._failed(policy) for policy in POLICIES}
        self.failures = failures = found[self.policy]
        rows = [row for policy in POLICIES for row in self._rows(policy, found[policy])]
        outages = [
            {
                "start_days": outage.start_h / 24,
                "down_s": 3600 * (outage.end_h - outage.start_h),
                "cause": outage.cause,
                "service": f"those of host {outage.group + 1}",
            }
            for outage in failures.kept[:MOST_OUTAGES]
        ]
        drawn = (
            charts.minutes_down(rows, chosen=self.policy),
            charts.outages(outages, years=self.years, policy=self.policy),
        )
        figures: list[dict[str, Any]] = [{"chart": "minutes down"} | row for row in rows]
        figures += [
            {"chart": "promised", "kind": row["label"], "minutes_per_year": row["minutes"]}
            for row in charts.NINES
        ]
        figures += [{"chart": "outages", "policy": self.policy} | row for row in outages]
        return Shown(self._summary(failures), drawn, figures)

    def _failed(self, policy: str) -> Failures:
        import numpy as np

        return fail(
            self.hosts,
            services_per_host=self.services_per_host,
            spare_hosts=self.spare_hosts,
            policy=policy,
            warning_share=self.warned_percent / 100,
            maintenance_every_h=24 * self.maintenance_days or None,
            years=self.years,
            # The same seed each time, so that policies meet the same failures.
            generator=np.random.default_rng(self.seed),
            keep="outages" if policy == self.policy else "summary",
            **self._times(),
        )

    def _times(self) -> dict[str, float]:
        return {
            "mean_time_to_failure_h": 24 * self.days_to_failure,
            "mean_time_to_repair_h": self.hours_to_repair,
            "detection_s": self.detection_s,
            "restart_s": self.restart_s,
            "by_hand_s": BY_HAND_S,
            "migration_downtime_s": MIGRATION_DOWNTIME_S,
        }

    def _rows(self, policy: str, failures: Failures) -> list[dict[str, Any]]:
        expected = expected_availability(
            policy, warning_share=self.warned_percent / 100, **self._times()
        )
        kinds = {
            "mean (simulated)": failures.minutes_per_year,
            "worst service (simulated)": failures.worst_minutes_per_year,
            "closed form (spares never lacking)": minutes_down_per_year(expected),
        }
        if policy in self._measured:
            a_year = 365 / self.days_to_failure
            kinds["measured"] = a_year * self._measured[policy] / 60
        return [
            {"policy": policy, "kind": kind, "minutes_per_year": minutes}
            for kind, minutes in kinds.items()
        ]

    def _summary(self, failures: Failures) -> str:
        available = availability_of(failures.minutes_per_year)
        words = (
            f"{self.policy}: in {self.years} {'year' if self.years == 1 else 'years'} "
            f"{failures.host_failures} host failures, {failures.outages} outages. Each of "
            f"{failures.services} services was down for "
            f"{charts.minutes(failures.minutes_per_year)} a year on average "
            f"({100 * available:.6g} % available), the worst for "
            f"{charts.minutes(failures.worst_minutes_per_year)}."
        )
        causes = {c: s for c, s in failures.down_s_by_cause.items() if s > 0}
        if causes:
            most = max(causes, key=lambda cause: causes[cause])
            share = causes[most] / sum(causes.values())
            words += f" {share:.0%} of that went into {_SPENT_ON[most]}."
        return f"{words} {sentence(failures.remark)}" if failures.remark else words
