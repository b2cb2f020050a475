"""Measuring how busy this machine is."""

from __future__ import annotations

import pytest

from course.live import machine


def test_samples_are_fractions_of_all_cores() -> None:
    """As many samples as fit into the time, each between nothing and everything."""
    seen: list[float] = []
    measured = machine.utilisation(seconds=0.2, interval_s=0.05, progress=seen.append)
    assert len(measured.samples) == 4
    assert all(0 <= sample <= 1 for sample in measured.samples)
    assert seen == [0.25, 0.5, 0.75, 1.0]
    assert f"{measured.cores} cores" in str(measured)


def test_the_average_is_that_of_the_samples() -> None:
    """Equal intervals weigh equally."""
    assert machine.Utilisation(1.0, 2, (0.0, 0.5, 1.0)).average == 0.5


@pytest.mark.parametrize(("seconds", "interval_s"), [(0, 0.1), (1, 0), (0.1, 0.5), (-1, -2)])
def test_times_that_cannot_be_are_refused(seconds: float, interval_s: float) -> None:
    """The error says what was expected and found."""
    with pytest.raises(ValueError, match="interval_s"):
        machine.utilisation(seconds, interval_s)
