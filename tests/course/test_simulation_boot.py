"""Models of start-up: they give back what was published, and nothing that was not."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course import facts
from course.simulation import (
    ParameterError,
    UnknownNameError,
    boot,
    boot_model,
    boot_models,
)
from course.simulation.booting.records import Published
from course.simulation.distributions import Lognormal, Point, Weibull

LAW = settings(derandomize=True, deadline=None, max_examples=150)
EACH_FIGURE = [
    pytest.param(model.id, published, id=f"{model.id}-{published.figure.quantity}")
    for model in boot_models().values()
    for published in model.published
]


def fitted(technology: str, published: Published) -> float:
    """Return what the model says where a figure was published, in seconds."""
    model = boot_model(technology)
    if not published.stage:
        found = model.times[published.parallel]
    elif published.stage == model.stages[-1]:
        found = model.last_stage[published.parallel]
    else:  # the first stage is what the last one leaves
        whole, last = (part[published.parallel] for part in (model.times, model.last_stage))
        return whole.quantile(0.5) - last.quantile(0.5)
    if published.statistic == "mean":
        return found.mean_s
    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "typical": 0.5}
    return found.quantile(shares[published.statistic])


@pytest.mark.parametrize(("technology", "published"), EACH_FIGURE)
def test_models_give_back_what_was_published(technology: str, published: Published) -> None:
    """Each figure that went into a model comes out of it."""
    assert fitted(technology, published) == pytest.approx(published.time_s, rel=1e-9)


@pytest.mark.parametrize(("technology", "published"), EACH_FIGURE)
def test_every_figure_has_a_known_source(technology: str, published: Published) -> None:
    """A source is in the catalogue."""
    assert published.figure.source in facts.sources(), technology


@pytest.mark.parametrize(
    ("technology", "parallel", "share", "expected_s"),
    [
        ("process", 1, 0.9, 0.009),
        ("firecracker", 1, 0.5, 0.1609),
        ("firecracker", 1, 0.99, 0.1725),
        ("firecracker", 100, 0.99, 0.2622),
        ("cloud-hypervisor", 50, 0.5, 0.1277),
        ("qemu", 100, 0.99, 0.2956),
        ("container", 1, 0.5, 0.2),
        ("network-namespace", 100, 0.5, 14.41),
        ("xen-debian", 1, 0.5, 2.0),
        ("cloud-2021-aws-cold", 1, 0.5, 55.9),
    ],
)
def test_samples_have_the_published_quantiles(
    technology: str, parallel: int, share: float, expected_s: float
) -> None:
    """Of many starts, as many are as fast as was published."""
    times = sorted(boot(technology, 20_000, random.Random(5), parallel=parallel).times_s)
    assert times[int(share * len(times))] == pytest.approx(expected_s, rel=0.05)


@pytest.mark.parametrize("technology", boot_models())
def test_stages_add_up_and_none_is_negative(technology: str) -> None:
    """However slow a start is, its stages are its time."""
    for parallel in boot_model(technology).times:
        sample = boot(technology, 2000, random.Random(1), parallel=parallel)
        assert min(sample.times_s) > 0
        assert tuple(sample.stages_s) == sample.model.stages
        for number, time_s in enumerate(sample.times_s):
            parts = [times[number] for times in sample.stages_s.values()]
            assert not parts or sum(parts) == pytest.approx(time_s)
            assert all(part > 0 for part in parts)


@pytest.mark.parametrize(
    ("technology", "existing", "stage", "expected_s"),
    [
        ("xen-debian", 999, "create", 42),
        ("xen-tinyx", 999, "create", 10),
        ("xen-unikernel", 999, "create", 0.7),
        ("lightvm-unikernel", 999, None, 0.0041),
        ("container-64-cores", 2999, None, 1),
        ("container", 1000, None, 0.2),
    ],
)
def test_the_last_of_a_published_series(
    technology: str, existing: int, stage: str | None, expected_s: float
) -> None:
    """The thousandth guest takes as long as was published, and so does the last of a series."""
    (time_s,) = boot(technology, 1, random.Random(0), existing=existing).times_s
    sample = boot(technology, existing + 1, random.Random(0), keep=True)
    assert sample.times_s[-1] == pytest.approx(time_s)
    assert list(sample.times_s) == sorted(sample.times_s)
    last = sample.stages_s[stage][-1] if stage else time_s
    assert last == pytest.approx(expected_s)


def test_points_say_that_they_are_points() -> None:
    """What has one figure cannot scatter, and its model is called so; others are not."""
    for model in boot_models().values():
        times = set(boot(model.id, 20, random.Random(0)).times_s)
        assert (len(times) == 1) == (model.family == "point"), model.id
        assert all(word for word in (model.name, model.what, model.why))


def test_second_hand_figures_say_so() -> None:
    """The clouds' figures were quoted; the micro-VMs' were computed."""
    assert {model.id for model in boot_models().values() if model.second_hand} == {
        each for each in boot_models() if each.startswith(("cloud-20", "network-"))
    }
    assert boot_model("firecracker").sources == ("nsdi-2020-data",)


def test_the_same_seed_draws_the_same_times() -> None:
    """Chance is the generator's alone."""
    one, other = (boot("qemu", 5, random.Random(3), parallel=50) for _ in range(2))
    assert one == other
    assert one.times_s != boot("qemu", 5, random.Random(4), parallel=50).times_s


def test_rows_are_flat() -> None:
    """One record for each start, with its stages beside it."""
    first, second = boot("firecracker", 2, random.Random(0)).rows()
    assert set(first) == {"technology", "number", "time_s", "monitor_s", "kernel_s"}
    assert second["number"] == 2
    assert boot("container", 1, random.Random(0)).rows()[0]["time_s"] == 0.2


@LAW
@given(st.floats(1e-4, 1e3), st.floats(1, 50))
def test_lognormal_goes_through_both_percentiles(p50: float, factor: float) -> None:
    """Whatever the two are."""
    found = Lognormal.through(p50, p50 * factor)
    assert found.quantile(0.5) == pytest.approx(p50)
    assert found.quantile(0.99) == pytest.approx(p50 * factor)


@LAW
@given(st.floats(1e-4, 1e3), st.floats(1.05, 2.67))
def test_weibull_has_mean_and_percentile(mean: float, factor: float) -> None:
    """Up to where a Weibull distribution has such a tail at all."""
    found = Weibull.through(mean, mean * factor)
    assert found.mean_s == pytest.approx(mean)
    assert found.quantile(0.9) == pytest.approx(mean * factor)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda g: boot("firecraker", 1, g), UnknownNameError, "Did you mean 'firecracker'"),
        (lambda g: boot("container", 0, g), ParameterError, "count"),
        (lambda g: boot("container", 1.5, g), ParameterError, "count"),
        (lambda g: boot("container", 1, g, parallel=50), ParameterError, "one of 1, which"),
        (lambda g: boot("container", 1, g, existing=-1), ParameterError, "existing"),
        (lambda g: boot("container", 1, g, existing=1001), ParameterError, "at most 1000"),
        (lambda g: boot("xen-debian", 1001, g, keep=True), ParameterError, "at most 999"),
        (lambda g: boot("firecracker", 2, g, keep=True), ParameterError, "nothing was published"),
        (lambda g: Weibull.through(1, 3), ParameterError, "no Weibull"),
        (lambda g: Lognormal.through(2, 1), ParameterError, "p99_s"),
        (lambda g: Point(1).quantile(1), ParameterError, "between 0 and 1"),
    ],
)
def test_what_was_not_published_is_refused(call, error: type[Exception], message: str) -> None:
    """Errors say what there is instead."""
    with pytest.raises(error, match=message):
        call(random.Random(0))
