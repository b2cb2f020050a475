"""Submissions of assignment 06: a released notebook with answers filled in, and its record.

The record is drawn, and such that a machine could have written it: what is tried with it is the
marking. That real machines write such records is tried where they run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograders.answers.density_and_sizing import reference
from course.exercise import problem
from tests.records_startup import EMULATED, Machine, records
from tests.submissions import Answers

if TYPE_CHECKING:
    from pathlib import Path

    from course.live.experiments import Table

__all__ = ["ASSIGNMENT", "answered", "put_record", "record", "right_answers"]

ASSIGNMENT = "06-density-and-sizing"

#: Which answers each answer cell defines that holds values.
ANSWER_CELLS = {
    "instances-answer": ("machines", "containers", "machine_binding", "container_binding"),
    "band-answer": ("ratio_3_mib", "ratio_4_mib", "other"),
    "slope-answer": (
        "container_mib", "machine_mib", "clone_mib", "machine_over_container", "verdict",
    ),
    "sizes-answer": ("rounded_gib", "menu_gib", "menu_more"),
    "day-answer": ("sum_of_peaks", "peak_of_sum", "enough_95"),
    "overcommit-answer": ("tenants_most", "overcommit_ratio", "memory_answer"),
    "stranded-answer": ("stranded_gib", "stranded_cores", "mix"),
    "fleet-answer": ("machine_hosts", "container_hosts", "saved_eur_per_year"),
    "quiz-answer": ("quiz",),
}  # fmt: skip

DENSITY = """
def density(host, application, technology):
    best = None
    for name in host:
        needs = application.get(name, 0)
        if name in technology["each"]:
            needs = needs + technology["each"][name]
        left = host[name]
        if name in technology["once"]:
            left = left - technology["once"][name]
        if needs == 0:
            continue
        count = max(0, int(left // needs))
        if best is None or count < best:
            best = count
    if best is None:
        raise ValueError("nothing limits")
    return best
"""

RISK = """
def risk(traces, capacity):
    if len(traces) == 0 or len(traces[0]) == 0:
        raise ValueError("nobody wants anything")
    for trace in traces:
        if len(trace) != len(traces[0]):
            raise ValueError("unlike lengths")
    over = 0
    for step in range(len(traces[0])):
        wanted = 0
        for trace in traces:
            wanted = wanted + trace[step]
        if wanted > capacity:
            over = over + 1
    return over / len(traces[0])
"""

#: Asked for as text and as a quota, where the notebook asks for bytes and nanoseconds.
LIMITS = """
for order in task.orders:
    bench.client.containers.run(
        "course/busybox:1.35",
        "sleep 900",
        detach=True,
        name=bench.fresh(order.role),
        mem_limit=f"{order.limit_mib}m",
        mem_reservation=f"{order.reserved_mib * 1024}k",
        cpu_period=50_000,
        cpu_quota=round(order.cores * 50_000),
    )
"""

WRITTEN = "Containers for the small service, since the cores end it; a machine for the database."


def record(student: str, machine: Machine = EMULATED) -> Table:
    """Return what a learner's machine could have recorded of density."""
    return records(student, machine).density


def right_answers(student: str, table: Table) -> dict[str, Any]:
    """Return right answers to everything that can be written as a value."""
    answers = reference(problem(ASSIGNMENT, student), table)
    del answers["density"], answers["risk"]
    return answers


answered = Answers(
    lambda student: right_answers(student, record(student)),
    ANSWER_CELLS,
    {
        "density-answer": DENSITY,
        "risk-answer": RISK,
        "limits-answer": LIMITS,
        "written-answer": WRITTEN,
    },
).answered


def put_record(folder: Path, table: Table) -> None:
    """Lay down a learner's record beside the notebook.

    Args:
        folder: the folder of the submission.
        table: what was recorded.
    """
    table.write(folder / "density.json")
