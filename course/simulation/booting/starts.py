"""Starts, sampled from models that were fitted to published figures.

`boot` draws times of one technology; `course.simulation.booting.models` says where the models come
from. A machine that you have beside you is better than any of them: lesson 05 measures it.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from course.simulation.booting.models import boot_model
from course.simulation.booting.records import BootSample
from course.simulation.errors import ParameterError, require

if TYPE_CHECKING:
    import random

    from course.simulation.booting.records import BootModel

__all__ = ["boot"]


def boot(
    technology: str,
    count: int,
    generator: random.Random,
    *,
    parallel: int = 1,
    existing: int = 0,
    keep: bool = False,
) -> BootSample:
    """Draw how long starts of a technology take.

    Args:
        technology: the id of a model, such as ``"container"``; `boot_models` has all of them.
        count: how many starts, at least 1.
        generator: where chance comes from; the same seed draws the same times.
        parallel: how many start at a time: 1, or another number that was measured.
        existing: how many guests the host already has.
        keep: whether each started guest stays, so that the next one finds one more.

    Returns:
        The times in seconds, and their stages as far as these are known.

    Raises:
        UnknownNameError: there is no such technology.
        ParameterError: a number is unusable, or nothing was published about it.

    Example:
        >>> import random
        >>> sample = boot("firecracker", 3, random.Random(1))
        >>> [round(time_s, 3) for time_s in sample.times_s], list(sample.stages_s)
        ([0.156, 0.166, 0.164], ['monitor', 'kernel'])
        >>> boot("xen-tinyx", 1, random.Random(1), existing=999).times_s
        (10.18,)
        >>> boot("qemu", 1, random.Random(1), parallel=7)
        Traceback (most recent call last):
        course.simulation.errors.ParameterError: expected parallel to be one of 1, 50, 100, which \
were measured for qemu, found 7
    """
    model = boot_model(technology)
    require("count", count, at_least=1, whole=True)
    require("existing", existing, at_least=0, whole=True)
    if parallel not in model.times:
        raise ParameterError(
            f"expected parallel to be one of {', '.join(map(str, model.times))}, which were "
            f"measured for {technology}, found {parallel!r}",
            name="parallel",
            value=parallel,
        )
    most = existing + (count - 1 if keep else 0)
    _require_published_growth(model, most)
    times_s, last_s = [], []
    for number in range(count):
        # One draw for a whole start, so that its stages are slow and fast together.
        chance = generator.random() or 0.5  # 0 itself belongs to no time, and comes next to never
        found = existing + (number if keep else 0)
        added_s = model.growth.added_s * found if model.growth else 0.0
        times_s.append(model.times[parallel].quantile(chance) + added_s)
        if model.stages:
            last_s.append(model.last_stage[parallel].quantile(chance))
    stages_s = {}
    if model.stages:
        # What existing guests add, they add to the first stage: a guest is created before it boots.
        first, last = model.stages
        rest = tuple(whole - part for whole, part in zip(times_s, last_s, strict=True))
        stages_s = {first: rest, last: tuple(last_s)}
    return BootSample(
        technology=technology,
        model=model,
        parallel=parallel,
        times_s=tuple(times_s),
        stages_s=MappingProxyType(stages_s),
    )


def _require_published_growth(model: BootModel, most: int) -> None:
    if most == 0:
        return
    if model.growth is None:
        raise ParameterError(
            f"expected no existing guests for {model.id}, found {most}: nothing was published "
            "about what they change. Leave out existing and keep",
            name="existing",
            value=most,
        )
    if most > model.growth.most:
        raise ParameterError(
            f"expected at most {model.growth.most} existing guests for {model.id}, as far as was "
            f"measured, found {most}",
            name="existing",
            value=most,
        )
