"""How fast queues are simulated, beside SimPy.

    python tests/bench/bench_queue.py

The peer is the same queue as one usually writes it with SimPy: a process for each customer, and a
resource for the servers. Both draw their customers themselves. Each figure is the best of a few
runs in one process, in processor time; the ratio hardly depends on the machine.
"""

from __future__ import annotations

import random
import tracemalloc
from time import process_time
from typing import TYPE_CHECKING

import numpy
import simpy
from tabulate import tabulate

from course.simulation.distributions import Exponential, Hyperexponential, Lognormal
from course.simulation.queueing.first_come import queue

if TYPE_CHECKING:
    from collections.abc import Callable

SERVERS = (1, 2, 4, 32)
LOAD = 0.8
OURS, PEERS = 1_000_000, 50_000
RUNS = 5


def peer(customers: int, servers: int) -> float:
    """Simulate random customers with SimPy, and return their mean wait in seconds."""
    draw = random.Random(1)
    environment = simpy.Environment()
    desk = simpy.Resource(environment, capacity=servers)
    waits_s = []

    def customer():
        arrived_s = environment.now
        with desk.request() as turn:
            yield turn
            waits_s.append(environment.now - arrived_s)
            yield environment.timeout(draw.expovariate(1.0))

    def street():
        for _ in range(customers):
            yield environment.timeout(draw.expovariate(LOAD * servers))
            environment.process(customer())

    environment.process(street())
    environment.run()
    return sum(waits_s) / customers


def ours(customers: int, servers: int) -> float:
    """Simulate random customers with `queue`, and return their mean wait in seconds."""
    generator = numpy.random.default_rng(1)
    arrivals, services = Exponential(1 / (LOAD * servers)), Exponential(1.0)
    return queue(arrivals, services, servers, customers, generator).mean_wait_s


def per_second(work: Callable[[int, int], float], customers: int, servers: int) -> float:
    """Return how many customers the work gets through in a second, at best."""
    times_s = []
    for _ in range(RUNS):
        start_s = process_time()
        work(customers, servers)
        times_s.append(process_time() - start_s)
    return customers / min(times_s)


def peak_mib(customers: int, servers: int) -> float:
    """Return the memory that a run needs at its height, in MiB."""
    tracemalloc.start()
    ours(customers, servers)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def main() -> None:
    """Print a table of speeds, one of memory, and the speed with other distributions."""
    rows = []
    for servers in SERVERS:
        fast = per_second(ours, OURS, servers)
        slow = per_second(peer, PEERS, servers)
        rows.append((servers, fast, slow, fast / slow))
    headings = ("servers", "queue, customers/s", "SimPy, customers/s", "ratio")
    print(tabulate(rows, headers=headings, floatfmt=("", ",.0f", ",.0f", ".0f")))
    print("expected: a ratio of at least 20\n")

    sizes = (100_000, 1_000_000)
    rows = [(servers, *(peak_mib(size, servers) for size in sizes)) for servers in (1, 4)]
    headings = ("servers", *(f"{size:,} customers, MiB" for size in sizes))
    print(tabulate(rows, headers=headings, floatfmt=".1f"))
    print("expected: no more for ten times as many\n")

    bursts, tail = Hyperexponential(1.0, 2.0), Lognormal.through(1.5, 12.0)
    for servers in (1, 4):
        arrivals = Exponential(tail.mean_s / LOAD / servers)
        for name, gaps in (("random", arrivals), ("bursts", bursts)):
            services = tail if name == "random" else Exponential(LOAD * servers)
            start_s = process_time()
            queue(gaps, services, servers, OURS, numpy.random.default_rng(1))
            took_s = process_time() - start_s
            print(f"{servers} servers, {name}, {services.family}: {OURS / took_s:,.0f} customers/s")


if __name__ == "__main__":
    main()
