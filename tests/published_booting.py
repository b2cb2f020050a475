"""Published figures of start-up, and what `boot` draws.

All are *fitted*: a model of start-up has no more parameters than figures were published, so a check
says that a sample of the model keeps what was put into it, from the catalogue to the last draw.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache, partial

from course.simulation import boot
from tests.published import Check

__all__ = ["CHECKS"]

STARTS = 40_000

_SAMPLING = (
    f"three standard errors of the percentile of {STARTS:,} draws are less than this share of it"
)
_EXACT = "the model has one figure and always returns it"


@cache
def _times(technology: str, parallel: int, stage: str, existing: int) -> list[float]:
    """Return drawn times, in seconds, the quickest first."""
    generator = random.Random(technology)
    sample = boot(technology, STARTS, generator, parallel=parallel, existing=existing)
    return sorted(sample.stages_s[stage] if stage else sample.times_s)


def _quantile(probability: float, *drawn: object) -> float:
    return _times(*drawn)[int(probability * STARTS)]


def _mean(*drawn: object) -> float:
    return sum(_times(*drawn)) / STARTS


def _fitted(
    what: str, source: str, published_s: float, model: Callable[[], float], share: float
) -> Check:
    """Return a check whose tolerance is a share of the published figure."""
    why = _SAMPLING if share else _EXACT
    return Check(
        what, source, published_s, "s", model, share * published_s + 1e-12, why, kind="fitted"
    )


def _percentiles(name: str, technology: str, parallel: int, stage: str, *p50_p99_s: float):
    where = f", {parallel} at a time" if parallel > 1 else ""
    for percent, share, published_s in zip((50, 99), (0.01, 0.02), p50_p99_s, strict=False):
        yield _fitted(
            f"{name}{where}: p{percent}",
            "Firecracker's raw data, NSDI 2020",
            published_s,
            partial(_quantile, percent / 100, technology, parallel, stage, 0),
            share if len(p50_p99_s) > 1 else 0,
        )


def _single(what: str, source: str, published_s: float, technology: str, **more) -> Check:
    drawn = (technology, more.get("parallel", 1), more.get("stage", ""), more.get("existing", 0))
    return _fitted(what, source, published_s, partial(_quantile, 0.5, *drawn), 0)


CHECKS = (
    *_percentiles("Firecracker by API", "firecracker", 1, "", 0.1609, 0.1725),
    *_percentiles("Firecracker by API", "firecracker", 50, "", 0.2059, 0.2464),
    *_percentiles("Firecracker by API", "firecracker", 100, "", 0.2172, 0.2622),
    *_percentiles("Firecracker, its kernel alone", "firecracker", 1, "kernel", 0.110, 0.115),
    *_percentiles("Firecracker, its kernel alone", "firecracker", 50, "kernel", 0.113, 0.146),
    *_percentiles("Firecracker, its kernel alone", "firecracker", 100, "kernel", 0.120, 0.153),
    *_percentiles("Firecracker by file", "firecracker-file", 1, "", 0.1958, 0.2108),
    *_percentiles("Firecracker with network", "firecracker-network", 1, "", 0.2109),
    *_percentiles("Cloud Hypervisor", "cloud-hypervisor", 1, "", 0.1025, 0.1097),
    *_percentiles("Cloud Hypervisor", "cloud-hypervisor", 50, "", 0.1277, 0.1588),
    *_percentiles("Cloud Hypervisor", "cloud-hypervisor", 100, "", 0.1339, 0.1675),
    *_percentiles("QEMU", "qemu", 1, "", 0.2435),
    *_percentiles("QEMU", "qemu", 50, "", 0.2310, 0.2790),
    *_percentiles("QEMU", "qemu", 100, "", 0.2399, 0.2956),
    *_percentiles("QEMU with qboot", "qemu-qboot", 1, "", 0.2139),
    *_percentiles("QEMU's microvm of 2020", "qemu-microvm", 1, "", 0.5820),
    _fitted(
        "fork and exec: mean", "Manco 2017", 0.0035, partial(_mean, "process", 1, "", 0), 0.03
    ),
    _fitted(
        "fork and exec: p90",
        "Manco 2017",
        0.009,
        partial(_quantile, 0.9, "process", 1, "", 0),
        0.03,
    ),
    _single("Docker, 4 cores", "Manco 2017", 0.2, "container"),
    _single("Docker, 64 cores, the 1st", "Manco 2017", 0.15, "container-64-cores"),
    _single(
        "Docker, 64 cores, the 3,000th", "Manco 2017", 1.0, "container-64-cores", existing=2999
    ),
    _single("Debian under Xen, create and boot", "Manco 2017", 2.0, "xen-debian"),
    _single("Tinyx under Xen, create and boot", "Manco 2017", 0.54, "xen-tinyx"),
    _single("unikernel under Xen, create and boot", "Manco 2017", 0.083, "xen-unikernel"),
    _single(
        "Debian, created as the 1,000th", "Manco 2017", 42, "xen-debian", stage="create",
        existing=999,
    ),
    _single(
        "Tinyx, created as the 1,000th", "Manco 2017", 10, "xen-tinyx", stage="create",
        existing=999,
    ),
    _single(
        "unikernel, created as the 1,000th", "Manco 2017", 0.7, "xen-unikernel", stage="create",
        existing=999,
    ),
    _single("unikernel under LightVM, the 1st", "Manco 2017", 0.004, "lightvm-unikernel"),
    _single(
        "unikernel under LightVM, the 1,000th", "Manco 2017", 0.0041, "lightvm-unikernel",
        existing=999,
    ),
    _single("network namespace", "Mohan 2019, second-hand", 0.28, "network-namespace"),
    _single(
        "network namespace, 100 at a time", "Mohan 2019, second-hand", 14.41, "network-namespace",
        parallel=100,
    ),
    _single("task on Borg", "Verma 2015", 25, "borg-task"),
    _single("EC2, Linux, 2012", "Mao 2012, second-hand", 96.9, "cloud-2012-aws-linux"),
    _single("EC2, Windows, 2012", "Mao 2012, second-hand", 810.2, "cloud-2012-aws-windows"),
    _single("AWS, cold, 2021", "Hao 2021, second-hand", 55.9, "cloud-2021-aws-cold"),
    _single("AWS, warm, 2021", "Hao 2021, second-hand", 34.0, "cloud-2021-aws-warm"),
    _single("GCP, cold, 2021", "Hao 2021, second-hand", 124.1, "cloud-2021-gcp-cold"),
)  # fmt: skip
