"""Loads: what a shape promises, and what a file must be like."""

from __future__ import annotations

import math

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.simulation.errors import ParameterError
from course.simulation.scaling.load import Load
from course.simulation.scaling.load_csv import LoadFileError, load_from_csv
from course.simulation.scaling.load_shapes import bursty_load, daily_load, spike_load, steady_load

LAW = settings(derandomize=True, deadline=None, max_examples=80)
DAY_S = 86_400


def rng(seed: int = 1) -> numpy.random.Generator:
    """Return a generator of its own for each test."""
    return numpy.random.default_rng(seed)


def test_a_load_cannot_be_changed() -> None:
    """It keeps its own array, which cannot be written to, and does not follow the one given."""
    given_rates = numpy.array([1.0, 2.0])
    load = Load(60, given_rates)
    given_rates[0] = 9
    assert load.requests_per_s.tolist() == [1, 2]
    with pytest.raises(ValueError, match="read-only"):
        load.requests_per_s[0] = 9
    assert load == Load(60, (1, 2))
    assert load != Load(30, (1, 2))
    assert load != "load"


def test_loads_add_up_and_scale() -> None:
    """Requests of two loads of the same steps come together."""
    one, two = steady_load(5, 10), spike_load(0, 10, at_s=2, lasts_s=3, duration_s=10)
    assert (one + two).requests == one.requests + two.requests
    assert one.scaled(3).requests == 3 * one.requests
    with pytest.raises(ParameterError, match="same steps"):
        one + steady_load(5, 20)


@LAW
@given(
    st.floats(0, 100),
    st.floats(0, 1000),
    st.floats(0, 60),
    st.floats(0.01, 60),
    st.floats(0, 60),
    st.sampled_from([0.5, 1, 7, 60]),
)
def test_no_request_of_a_spike_is_lost_between_steps(
    base: float, peak: float, at_s: float, lasts_s: float, ramp_s: float, step_s: float
) -> None:
    """However long the steps are, as many come as the shape has below it."""
    load = spike_load(
        base, peak, at_s=at_s, lasts_s=lasts_s, ramp_s=ramp_s, duration_s=420, step_s=step_s
    )
    expected = base * 420 + (peak - base) * (lasts_s + ramp_s)
    assert load.requests == pytest.approx(expected, rel=1e-9, abs=1e-6)
    assert min(base, peak) - 1e-9 <= load.requests_per_s.min()
    assert load.peak_per_s <= max(base, peak) + 1e-9


@pytest.mark.parametrize("peak_to_mean", [1, 1.5, 3, 4])
@pytest.mark.parametrize("peak_hour", [0, 14.5, 24])
def test_a_day_has_its_mean_and_its_peak(peak_to_mean, peak_hour) -> None:
    """Both are as asked, and the peak is at its hour."""
    day = daily_load(50, peak_to_mean=peak_to_mean, peak_hour=peak_hour)
    assert day.steps == 1440
    assert day.mean_per_s == pytest.approx(50)
    assert day.peak_per_s == pytest.approx(50 * peak_to_mean, rel=1e-3)
    if peak_to_mean > 1:
        found_s = float(day.times_s[day.requests_per_s.argmax()])
        assert math.cos((found_s / 3600 - peak_hour) * math.pi / 12) == pytest.approx(1, abs=1e-4)


def test_weekends_and_noise() -> None:
    """A weekend day has its share of a working day; noise scatters, and adds nothing."""
    week = daily_load(10, days=7, weekend_share=0.25, step_s=600)
    days = week.requests_per_s.reshape(7, -1).mean(axis=1)
    assert days == pytest.approx([10] * 5 + [2.5] * 2)
    calm, noisy = daily_load(10, days=30), daily_load(10, days=30, noise=0.3, generator=rng())
    ratio = noisy.requests_per_s / calm.requests_per_s
    assert ratio.mean() == pytest.approx(1, abs=0.01)
    assert ratio.std() == pytest.approx(0.3, rel=0.05)


def test_bursts_have_their_share_of_the_time() -> None:
    """A burst of 60 s every 240 s on average is there a fifth of the time."""
    arguments = {"duration_s": 10 * DAY_S, "burst_s": 60, "every_s": 240}
    load = bursty_load(10, burst_factor=4, generator=rng(3), **arguments)
    share = (load.mean_per_s / 10 - 1) / 3
    assert share == pytest.approx(0.2, abs=0.01)
    assert load.requests_per_s.min() == 10
    assert load.peak_per_s == 40
    assert load == bursty_load(10, burst_factor=4, generator=rng(3), **arguments)


def test_a_file_is_a_load(tmp_path) -> None:
    """Spaces, other columns, a byte order mark, quotes and empty lines do no harm."""
    path = tmp_path / "shop.csv"
    path.write_text(
        '\ufeffday, Time_s ,"requests_per_s"\r\n1,0,5\r\n\r\n1,60,"7.5"\r\n2,120,0\r\n',
        encoding="utf-8",
    )
    load = load_from_csv(path)
    assert load.requests_per_s.tolist() == [5, 7.5, 0]
    assert (load.step_s, load.name, load.source) == (60, "shop", str(path))
    assert load_from_csv(str(path), name="mine").name == "mine"


def test_a_spreadsheet_with_decimal_commas_is_understood() -> None:
    """Semicolons separate there, and commas are decimal."""
    load = load_from_csv("time_s;requests_per_s\n0;1,5\n0,5;2\n")
    assert (load.step_s, load.requests_per_s.tolist()) == (0.5, [1.5, 2])


def test_a_written_load_is_read_again() -> None:
    """What `records` gives, written to a file, is the same load."""
    load = daily_load(30, noise=0.1, generator=rng(4))
    lines = [f"{each['time_s']!r},{each['requests_per_s']!r}" for each in load.records()]
    again = load_from_csv("\n".join(["time_s,requests_per_s", *lines]))
    assert again.step_s == 60
    assert again.requests_per_s.tolist() == load.requests_per_s.tolist()


@LAW
@given(
    st.lists(st.tuples(st.integers(1, 500), st.floats(0, 1000)), min_size=2, max_size=20),
    st.sampled_from([None, 1.0, 7.0, 60.0]),
)
def test_uneven_times_lose_no_request(rows, step_s) -> None:
    """Rates that hold until the next time come to as many requests in even steps."""
    times_s = numpy.cumsum([0] + [gap for gap, _ in rows])[:-1]
    text = "\n".join(f"{time_s},{rate!r}" for time_s, (_, rate) in zip(times_s, rows, strict=True))
    load = load_from_csv(f"time_s,requests_per_s\n{text}\n", step_s=step_s)
    gaps = numpy.diff(times_s)
    expected = numpy.dot([rate for _, rate in rows], numpy.append(gaps, gaps[-1]))
    assert load.requests == pytest.approx(float(expected), rel=1e-9, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "found nothing"),
        ("\n , ;\n", 1, "found nothing"),
        ("time,rate\n0,1\n", 1, "column time_s once"),
        ("time_s,requests_per_s,time_s\n0,1,2\n", 1, "column time_s once"),
        ("0,5\n60,7\n", 1, "column time_s once"),
        ("time_s,requests_per_s\n", 1, "at least two lines"),
        ("time_s,requests_per_s\n0,5\n", 2, "at least two lines"),
        ("time_s,requests_per_s\n0,5\n60\n", 3, "expected 2 values"),
        ("time_s,requests_per_s\n0,5\n60,\n", 3, "found ''"),
        ("time_s,requests_per_s\n0,5\n60,lots\n", 3, "found 'lots'"),
        ("time_s,requests_per_s\n0,5\n60,-2\n", 3, "at least 0, found '-2'"),
        ("time_s,requests_per_s\n0,5\n60,nan\n", 3, "found 'nan'"),
        ("time_s,requests_per_s\n0,5\n60,inf\n", 3, "found 'inf'"),
        ("time_s,requests_per_s\n0,5\n\n60,5\n30,5\n", 5, "after 60"),
        ("time_s,requests_per_s\n0,5\n0,5\n", 3, "after 0"),
    ],
)
def test_a_file_that_cannot_be_used_names_its_line(text, line, message) -> None:
    """The line is counted as an editor does, with the header and empty lines."""
    with pytest.raises(LoadFileError, match=message) as caught:
        load_from_csv(text)
    assert caught.value.line == line
    assert f"line {line}:" in str(caught.value)


def test_a_step_that_is_far_too_short_is_refused() -> None:
    """A gap of a millisecond in a year would need thousands of millions of steps."""
    with pytest.raises(ParameterError, match="pass a longer"):
        load_from_csv("time_s,requests_per_s\n0,5\n0.001,7\n31536000,5\n")
    with pytest.raises(ParameterError, match="step_s"):
        load_from_csv("time_s,requests_per_s\n0,5\n60,7\n", step_s=0)


def test_a_missing_file_is_said_to_be_missing(tmp_path) -> None:
    """The error is the operating system's own, with the path."""
    with pytest.raises(FileNotFoundError, match=r"none\.csv"):
        load_from_csv(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Load(0, [1]), "step_s"),
        (lambda: Load(60, []), "requests_per_s"),
        (lambda: Load(60, [[1]]), "requests_per_s"),
        (lambda: Load(60, ["many"]), "requests_per_s"),
        (lambda: Load(60, [1, -1]), "-1.0 at step 1"),
        (lambda: Load(60, [math.nan]), "nan at step 0"),
        (lambda: Load(60, [1]).scaled(-1), "factor"),
        (lambda: Load(60, [1]).records(0), "every"),
        (lambda: steady_load(-1, 10), "per_s"),
        (lambda: steady_load(1, 0), "duration_s"),
        (lambda: steady_load(1, 1e12), "longer step_s"),
        (lambda: spike_load(1, 2, at_s=-1, lasts_s=1, duration_s=9), "at_s"),
        (lambda: daily_load(1, peak_to_mean=0.5), "peak_to_mean"),
        (lambda: daily_load(1, peak_hour=25), "peak_hour"),
        (lambda: daily_load(1, noise=0.1), "generator for the noise"),
        (lambda: bursty_load(1, duration_s=9, generator=None), "generator for the bursts"),
        (lambda: bursty_load(1, duration_s=9, generator=rng(), burst_factor=0), "burst_factor"),
    ],
)
def test_loads_refuse_what_makes_no_sense(call, message) -> None:
    """The error names the parameter."""
    with pytest.raises(ParameterError, match=message):
        call()
