"""A policy for an autoscaler, and how it does on afternoons.

- `Policy`, `policy_notes`: what a learner may choose, and what is wrong with a choice
- `Trial`, `rehearse`: what a policy loses and costs on each of some afternoons

A learner tries a policy with the afternoons of her problem; it is marked by others of the same
kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from course.exercise.notes import Note, number_notes, unanswered
from course.exercise.scaling_under_load.afternoon import STEP_S
from course.exercise.table import Table
from course.live.unavailable import Unavailable

if TYPE_CHECKING:
    from course.exercise.scaling_under_load.goal import Goal
    from course.simulation import Autoscaling

__all__ = ["LIMITS", "Policy", "Rehearsal", "Trial", "policy_notes", "rehearse"]

#: What may be chosen: the least and the most of each, and whether it is a whole number.
LIMITS: Mapping[str, tuple[float, float, bool]] = {
    "target_utilisation": (0.05, 1.0, False),
    "least": (1, 200, True),
    "down_window_s": (0, 3600, False),
}
#: No afternoon needs as many.
_MOST = 400


@dataclass(frozen=True)
class Policy:
    """What a learner chooses of an autoscaler; all else is as Kubernetes has it.

    Attributes:
        target_utilisation: how busy the replicas shall be, a share.
        least: at least so many replicas.
        down_window_s: for how long a wish for more replicas is remembered, in seconds.
    """

    target_utilisation: float
    least: int
    down_window_s: float = 300.0

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Policy:
        """Return the policy of a dictionary in which `policy_notes` finds nothing wrong."""
        return cls(
            float(value["target_utilisation"]), int(value["least"]), float(value["down_window_s"])
        )


@dataclass(frozen=True)
class Trial:
    """What became of a policy on one afternoon.

    Attributes:
        share_lost: of all requests, how many were lost.
        p99_latency_s: 99 of 100 requests were answered within so many seconds.
        most_replicas: how many replicas there were at most.
        cost_eur: what all replicas cost, in euros.
    """

    share_lost: float
    p99_latency_s: float
    most_replicas: int
    cost_eur: float


@dataclass(frozen=True)
class Rehearsal:
    """What became of a policy on several afternoons.

    Attributes:
        trials: one for each afternoon.
        most_lost: the share that may be lost.
    """

    trials: tuple[Trial, ...]
    most_lost: float

    @property
    def kept(self) -> tuple[bool, ...]:
        """For each afternoon whether no more was lost than may be."""
        return tuple(trial.share_lost <= self.most_lost for trial in self.trials)

    @property
    def cost_eur(self) -> float:
        """What all afternoons cost together, in euros."""
        return sum(trial.cost_eur for trial in self.trials)

    def table(self) -> Table:
        """Return the afternoons as a table."""
        rows = tuple(
            (
                number,
                100 * trial.share_lost,
                "yes" if kept else "no",
                trial.p99_latency_s,
                trial.most_replicas,
                trial.cost_eur,
            )
            for number, (trial, kept) in enumerate(zip(self.trials, self.kept, strict=True), 1)
        )
        headings = (
            "afternoon", "lost (%)", f"at most {100 * self.most_lost:g} %", "99 % within (s)",
            "most replicas", "cost (EUR)",
        )  # fmt: skip
        return Table("Your policy on afternoons (modelled)", headings, rows)

    def __repr__(self) -> str:
        return repr(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


def policy_notes(value: Any) -> list[Note]:
    """Return what is wrong with the form of a policy.

    Args:
        value: what was found.
    """
    if unanswered(value) or (isinstance(value, Mapping) and all(map(unanswered, value.values()))):
        return [Note.unanswered("policy")]
    if not isinstance(value, Mapping):
        return [Note.mistake("policy should stay a dictionary with the three keys that it had.")]
    if strange := [key for key in value if key not in LIMITS]:
        return [Note.mistake(f"policy has {strange[0]!r}; there are {', '.join(LIMITS)}.")]
    notes = []
    for name, (low, high, whole) in LIMITS.items():
        asked = f'policy["{name}"]'
        if found := number_notes(asked, value.get(name), whole=whole):
            notes += found
        elif name == "target_utilisation" and 1 < value[name] <= 100:
            notes.append(Note.mistake(f"{asked} is a share: 70 % is written 0.7."))
        elif not low <= value[name] <= high:
            notes.append(
                Note.mistake(f"{asked} should lie between {low:g} and {high:g}, is {value[name]}.")
            )
    return notes


def simulated(goal: Goal, policy: Policy, per_s: Sequence[float]) -> Autoscaling:
    """Return what the simulation makes of a policy on one afternoon.

    Args:
        goal: what the replicas are like.
        policy: the policy.
        per_s: the afternoon's load, a value for each step, in requests a second.
    """
    import numpy

    from course.simulation import Autoscaler, Load, autoscale

    return autoscale(
        Load(STEP_S, numpy.array(per_s), name="an afternoon"),
        start_up_s=goal.start_up_s,
        per_replica_per_s=goal.per_replica_per_s,
        autoscaler=Autoscaler(
            target_utilisation=policy.target_utilisation,
            down_window_s=policy.down_window_s,
            least=policy.least,
            most=_MOST,
        ),
        most_waiting=goal.room,
        price_per_replica_hour_eur=goal.eur_per_replica_hour,
    )


def rehearse(
    goal: Goal,
    policy: Mapping[str, Any] | Policy,
    afternoons: Sequence[Sequence[float]] | None = None,
) -> Rehearsal | Unavailable:
    """Return what a policy loses and costs on afternoons.

    Args:
        goal: what it has to reach, and what the replicas are like.
        policy: the policy, or a learner's dictionary.
        afternoons: their loads; those of the goal if None.

    Returns:
        The rehearsal; or what says what is wrong with the dictionary.
    """
    if not isinstance(policy, Policy):
        if notes := policy_notes(policy):
            return Unavailable(" ".join(note.text for note in notes))
        policy = Policy.of(policy)
    trials = []
    for per_s in goal.practice if afternoons is None else afternoons:
        run = simulated(goal, policy, per_s)
        trials.append(Trial(run.share_lost, run.p99_latency_s, run.most_replicas, run.cost_eur))
    return Rehearsal(tuple(trials), goal.most_lost)
