"""Live migration with single pages, as SimPy processes: the model to be read.

- `migrate_process`: pre-copy, with and without skipping, page by page

One process sends: round after round, it goes through the pages that it has to send, in a shuffled
order. One process for each region of the working set writes to its pages meanwhile, and marks what
it has written to. `precopy` reckons with what is to be expected instead; this model comes the
closer to it, the more pages there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import simpy

from course.simulation.errors import require
from course.simulation.migration.records import Round

if TYPE_CHECKING:
    from collections.abc import Generator

    from course.simulation.migration.working_set import Region, WorkingSet

__all__ = ["migrate_process"]


def migrate_process(
    memory_mib: float,
    rates_mib_per_s: list[float],
    working_set: WorkingSet,
    generator: np.random.Generator,
    *,
    skip_dirtied: bool = False,
    page_mib: float = 0.25,
) -> list[Round]:
    """Send the memory of a running machine page by page, once for each of the rates.

    Args:
        memory_mib: its memory, in MiB.
        rates_mib_per_s: how fast to send in each round, in MiB each second.
        working_set: what the machine writes to meanwhile.
        generator: the source of chance: for the order of sending, and for scattered writes.
        skip_dirtied: whether to leave out what was written again before its turn.
        page_mib: how large a page is, in MiB; larger than a real one, so that it does not take
            all day.

    Returns:
        The rounds, all of them of a running machine.
    """
    require("memory_mib", memory_mib, above=0)
    require("page_mib", page_mib, above=0)
    env = simpy.Environment()
    pages = round(memory_mib / page_mib)
    to_send = np.ones(pages, dtype=bool)
    written = np.zeros(pages, dtype=bool)  # since the round began
    rounds: list[Round] = []

    def send() -> Generator[simpy.Event, Any, None]:
        for number, rate in enumerate(rates_mib_per_s, 1):
            began_s, sent = env.now, 0
            written[:] = False
            for page in generator.permutation(np.flatnonzero(to_send)):
                if skip_dirtied and written[page]:
                    continue
                sent += 1
                yield env.timeout(page_mib / rate)
            rounds.append(
                Round(
                    number=number,
                    start_s=began_s,
                    duration_s=env.now - began_s,
                    sent_mib=sent * page_mib,
                    skipped_mib=(int(to_send.sum()) - sent) * page_mib,
                    dirtied_mib=int(written.sum()) * page_mib,
                    rate_mib_per_s=rate,
                    running=True,
                )
            )
            to_send[:] = written

    def write(region: Region, first: int) -> Generator[simpy.Event, Any, None]:
        count = round(region.mib / page_mib)
        turn = 0
        while True:
            yield env.timeout(page_mib / region.mib_per_s)
            page = turn if region.pattern == "sweep" else int(generator.integers(count))
            written[first + page] = True
            turn = (turn + 1) % count

    first = 0
    for region in working_set.regions:
        if region.mib_per_s and region.mib >= page_mib:
            env.process(write(region, first))
            first += round(region.mib / page_mib)
    env.run(env.process(send()))
    return rounds
