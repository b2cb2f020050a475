"""The models hold against what was published."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.published import Check, checks

CHECKS = checks()


@pytest.mark.parametrize("check", CHECKS, ids=[check.what for check in CHECKS])
def test_models_hold_against_what_was_published(check: Check) -> None:
    """Each published figure is met within a stated tolerance, or known to be missed."""
    found = f"published {check.published:g} {check.unit}, modelled {check.modelled:g}"
    assert check.holds is not bool(check.miss), f"{found}, tolerance {check.tolerance:g}"


def test_every_check_says_what_it_holds_against_what() -> None:
    """No two are of the same figure, and each names its source and why it may be off so far."""
    assert [what for what, times in Counter(c.what for c in CHECKS).items() if times > 1] == []
    for check in CHECKS:
        assert check.source, check.what
        assert check.why, check.what
        assert check.kind in ("predicted", "fitted"), check.what
        assert check.tolerance >= 0, check.what


def test_a_tolerance_is_none_that_everything_keeps() -> None:
    """Nobody allows a model to be off by as much as the figure itself."""
    for check in CHECKS:
        if check.published:
            assert check.tolerance < abs(check.published), check.what
