"""Whether three containers have been given what was ordered, to the byte.

It is read from the engine's own description of each container, which is what it has told the
kernel, and not from how the container was asked for: half a core may be asked for as a number of
nanoseconds or as a quota of a period.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from course.exercise.density_and_sizing.orders import BYTES_PER_MIB
from course.exercise.findings import Finding, NotThereError, find_container

if TYPE_CHECKING:
    from collections.abc import Mapping

    import docker

    from course.exercise.density_and_sizing.orders import Order
    from course.exercise.density_and_sizing.problem import DensityProblem

__all__ = ["given_cores", "limits"]

_NANO = 10**9
#: What an engine divides a quota by where no period is named, in microseconds.
_USUAL_PERIOD = 100_000


def limits(client: docker.DockerClient, task: DensityProblem) -> tuple[Finding, ...]:
    """Return what the learner's containers have of what was ordered.

    Args:
        client: the engine.
        task: the learner's problem.

    Raises:
        NotThereError: none of them exists.
    """
    found: dict[str, Any] = {}
    missing: list[NotThereError] = []
    for order in task.orders:
        try:
            found[order.role] = find_container(client, task.name(order.role))
        except NotThereError as error:
            missing.append(error)
    if not found:
        raise missing[0]
    gone = [str(error) for error in missing]
    configured = {role: one.attrs["HostConfig"] for role, one in found.items()}
    orders = {order.role: order for order in task.orders if order.role in found}
    idle = [f"{one.name} does not run" for one in found.values() if one.status != "running"]
    return (
        _finding("running", gone + idle, "Three containers run."),
        _finding(
            "limit",
            gone + _wrong_memory("Memory", "limit_mib", "limit", configured, orders),
            "The memory limits are as ordered.",
        ),
        _finding(
            "reservation",
            gone
            + _wrong_memory("MemoryReservation", "reserved_mib", "reservation", configured, orders),
            "The memory reservations are as ordered.",
        ),
        _finding("cores", gone + _wrong_cores(configured, orders), "The cores are as ordered."),
    )


def _finding(aspect: str, wrong: list[str], right: str) -> Finding:
    return Finding(aspect, not wrong, f"{'; '.join(wrong)}." if wrong else right)


def _wrong_memory(
    key: str,
    asked: str,
    word: str,
    configured: Mapping[str, Mapping[str, Any]],
    orders: Mapping[str, Order],
) -> list[str]:
    wrong = []
    for role, order in orders.items():
        has, mib = int(configured[role].get(key) or 0), getattr(order, asked)
        if has == mib * BYTES_PER_MIB:
            continue
        if not has:
            wrong.append(f"{role} has no memory {word}")
        elif has == mib * 10**6:
            wrong.append(f"the memory {word} of {role} is in MB of 10**6 bytes, ordered was MiB")
        elif has == mib:
            wrong.append(f"the memory {word} of {role} is {mib} bytes: a bare number is bytes")
        elif has == (order.limit_mib + order.reserved_mib - mib) * BYTES_PER_MIB:
            wrong.append(f"limit and reservation of {role} are exchanged")
        else:
            wrong.append(f"the memory {word} of {role} is {has} bytes")
    return wrong


def given_cores(configuration: Mapping[str, Any]) -> float:
    """Return how many cores a container may keep busy; 0 if it has no limit.

    Args:
        configuration: the engine's `HostConfig` of it.
    """
    if nano := int(configuration.get("NanoCpus") or 0):
        return nano / _NANO
    quota = int(configuration.get("CpuQuota") or 0)
    return max(0, quota) / int(configuration.get("CpuPeriod") or _USUAL_PERIOD)


def _wrong_cores(
    configured: Mapping[str, Mapping[str, Any]], orders: Mapping[str, Order]
) -> list[str]:
    wrong = []
    for role, order in orders.items():
        cores = given_cores(configured[role])
        if abs(cores - order.cores) < 1e-6:
            continue
        if cores:
            wrong.append(f"{role} may keep {cores:g} cores busy")
        elif configured[role].get("CpuShares"):
            wrong.append(f"{role} has shares, which weigh but do not limit")
        else:
            wrong.append(f"{role} may keep all cores busy")
    return wrong
