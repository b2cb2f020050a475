"""What this process may use of the machine: the smallest of hardware, affinity and cgroup limits.

A container, a Binder pod or a systemd unit sees the whole machine in ``/proc``, but its control
groups give it less.  Every group on the way from the root down to the process counts.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["available_memory_bytes", "core_count", "memory_bytes"]

ROOT = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")


def memory_bytes(root: Path = ROOT, membership: Path = MEMBERSHIP) -> int:
    """Tell how many bytes of memory this process may use.

    Args:
        root: where the control groups are mounted.
        membership: the file that says which groups the process is in.
    """
    import psutil

    limits = [int(psutil.virtual_memory().total)]
    for folder in _groups(root, membership):
        for file in ("memory.max", "memory.limit_in_bytes"):  # version 2 and version 1
            limits += [int(word) for word in _words(folder / file)[:1] if word.isdigit()]
    return min(limits)


def available_memory_bytes(root: Path = ROOT, membership: Path = MEMBERSHIP) -> int:
    """Tell how many bytes of memory this process could take now without anybody's being killed.

    What a control group keeps of files counts as free, since the kernel gives it back.

    Args:
        root: where the control groups are mounted.
        membership: the file that says which groups the process is in.
    """
    import psutil

    available = [int(psutil.virtual_memory().available)]
    for folder in _groups(root, membership):
        # Version 2, then version 1, whose statistics have names of their own for whole trees.
        for limit, used, prefix in (
            ("memory.max", "memory.current", ""),
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_"),
        ):
            numbers = [*_words(folder / limit)[:1], *_words(folder / used)[:1]]
            if len(numbers) == 2 and all(number.isdigit() for number in numbers):
                words = _words(folder / "memory.stat")  # "anon 4096 file 8192 ..."
                statistics = dict(zip(words[::2], words[1::2], strict=False))
                files = [f"{prefix}active_file", f"{prefix}inactive_file"]
                kept = sum(int(statistics.get(name, 0)) for name in files)
                available.append(int(numbers[0]) - int(numbers[1]) + kept)
    return max(0, min(available))


def core_count(root: Path = ROOT, membership: Path = MEMBERSHIP) -> float:
    """Tell how many processor cores this process may keep busy, as a fraction where limited.

    Args:
        root: where the control groups are mounted.
        membership: the file that says which groups the process is in.
    """
    limits = [float(os.cpu_count() or 1)]
    if hasattr(os, "sched_getaffinity"):
        limits.append(len(os.sched_getaffinity(0)))
    for folder in _groups(root, membership):
        # Both versions say: this much time in each period; "max" and -1 mean no limit.
        quota = _words(folder / "cpu.max") or [
            *_words(folder / "cpu.cfs_quota_us"),
            *_words(folder / "cpu.cfs_period_us"),
        ]
        if len(quota) == 2 and quota[0].isdigit():
            limits.append(int(quota[0]) / int(quota[1]))
    return min(limits)


def _groups(root: Path, membership: Path) -> Iterator[Path]:
    """Yield the folders of the process's control groups and of all their parents."""
    try:
        lines = membership.read_text().splitlines()
    except OSError:  # not Linux
        return
    for line in lines:  # "0::/user.slice/a.scope" (version 2), "4:memory:/docker/1f3c" (version 1)
        _, controllers, path = line.split(":", 2)
        mount = root / controllers.removeprefix("name=")
        group = mount / path.lstrip("/")
        yield group
        # Inside a container the path may name what only the outside sees; the mount is its limit.
        yield from (parent for parent in group.parents if parent.is_relative_to(mount))


def _words(file: Path) -> list[str]:
    try:
        return file.read_text().split()
    except OSError:
        return []
