"""A queue as processes, to be read: what `queue` reckons in one pass.

Every customer is a process of SimPy: it arrives, asks for a server, is served and leaves. A server
is a slot of a resource, which serves in the order in which it was asked.

>>> queue_process(arrivals_s=[1, 2, 3, 4], services_s=[2, 2, 2, 2])
[0.0, 1.0, 2.0, 3.0]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import simpy

from course.simulation.errors import ParameterError, require

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

__all__ = ["queue_process"]


def queue_process(
    arrivals_s: Iterable[float], services_s: Iterable[float], servers: int = 1
) -> list[float]:
    """Simulate a queue in front of servers, first come, first served, customer by customer.

    Args:
        arrivals_s: when the customers arrive, in seconds, in order.
        services_s: how long their services take, in seconds, one for each customer.
        servers: how many there are, at least 1.

    Returns:
        How long each customer waited, in seconds.

    Raises:
        ParameterError: a number is unusable, arrivals are not in order, or there are not as many
            services as arrivals.
    """
    require("servers", servers, at_least=1, whole=True)
    arrivals, services = [float(each) for each in arrivals_s], [float(each) for each in services_s]
    _require_times(arrivals, services)
    environment = simpy.Environment()
    desk = simpy.Resource(environment, capacity=servers)
    waits_s = [0.0] * len(arrivals)

    def customer(number: int) -> Generator[simpy.Event, object, None]:
        with desk.request() as turn:
            yield turn
            waits_s[number] = environment.now - arrivals[number]
            yield environment.timeout(services[number])

    def street() -> Generator[simpy.Event, object, None]:
        for number, arrival_s in enumerate(arrivals):
            yield environment.timeout(arrival_s - environment.now)
            environment.process(customer(number))

    environment.process(street())
    environment.run()
    return waits_s


def _require_times(arrivals: list[float], services: list[float]) -> None:
    if len(arrivals) != len(services):
        raise ParameterError(
            f"expected as many services as arrivals, found {len(services)} and {len(arrivals)}",
            name="services_s",
            value=len(services),
        )
    before_s = 0.0
    for arrival_s, service_s in zip(arrivals, services, strict=True):
        require("each of services_s", service_s, at_least=0)
        require("each of arrivals_s, in order,", arrival_s, at_least=before_s)
        before_s = arrival_s
