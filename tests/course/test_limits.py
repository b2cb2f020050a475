"""What a process may use: the smallest limit counts."""

import os

import psutil
import pytest

from course import limits


@pytest.fixture
def machine(tmp_path):
    """Give a function that writes the files of a pretended machine, and tells where they are."""

    def make(membership, **files):
        (tmp_path / "membership").write_text(membership)
        for name, text in files.items():
            path = tmp_path / "cgroup" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path / "cgroup", tmp_path / "membership"

    return make


def test_a_limit_of_version_2_counts(machine):
    """The memory and the processor time that a group of cgroup version 2 grants are the limit."""
    where = machine("0::/pod\n", **{"pod/memory.max": "2048\n", "pod/cpu.max": "50000 100000\n"})
    assert limits.memory_bytes(*where) == 2048
    assert limits.core_count(*where) == 0.5


def test_a_limit_of_version_1_counts(machine):
    """The same holds where version 1 mounts each controller by itself."""
    where = machine(
        "5:memory:/a\n3:cpu,cpuacct:/\n1:name=systemd:/x\n",
        **{
            "memory/a/memory.limit_in_bytes": "4096\n",
            "cpu,cpuacct/cpu.cfs_quota_us": "25000\n",
            "cpu,cpuacct/cpu.cfs_period_us": "100000\n",
        },
    )
    assert limits.memory_bytes(*where) == 4096
    assert limits.core_count(*where) == 0.25


def test_the_limit_of_a_parent_counts(machine):
    """A group cannot use more than the group around it."""
    where = machine(
        "0::/outer/inner\n", **{"outer/memory.max": "1024", "outer/inner/memory.max": "2048"}
    )
    assert limits.memory_bytes(*where) == 1024


def test_the_mount_counts_where_the_path_is_not_visible(machine):
    """In a container that sees its own group as the root, the root's limit is found."""
    where = machine("0::/../seen/only/outside\n", **{"memory.max": "1024"})
    assert limits.memory_bytes(*where) == 1024


@pytest.mark.parametrize("unlimited", ["max 100000", "-1", ""])
def test_no_limit_leaves_the_machine(machine, unlimited):
    """Without a limit, all that the hardware and the affinity give can be used."""
    where = machine("0::/\n", **{"cpu.max": unlimited, "memory.max": unlimited})
    assert limits.memory_bytes(*where) == psutil.virtual_memory().total
    assert limits.core_count(*where) == len(os.sched_getaffinity(0))


def test_what_is_left_of_a_group_of_version_2(machine):
    """Of a group's limit is left what is not used, and what is used for files can be given back."""
    stat = "anon 500\nfile 300\ninactive_file 100\nactive_file 50\n"
    where = machine(
        "0::/pod\n",
        **{"pod/memory.max": "1000", "pod/memory.current": "800", "pod/memory.stat": stat},
    )
    assert limits.available_memory_bytes(*where) == 350


def test_what_is_left_of_a_group_of_version_1(machine):
    """The same holds with version 1, where a group's statistics begin with ``total``."""
    stat = "cache 1\ninactive_file 9\ntotal_inactive_file 100\ntotal_active_file 50\n"
    where = machine(
        "5:memory:/a\n",
        **{
            "memory/a/memory.limit_in_bytes": "1000",
            "memory/a/memory.usage_in_bytes": "800",
            "memory/a/memory.stat": stat,
        },
    )
    assert limits.available_memory_bytes(*where) == 350


@pytest.mark.parametrize("used", ["1200", "1000"])
def test_nothing_is_left_of_a_full_group(machine, used):
    """What is left is never negative."""
    where = machine("0::/\n", **{"memory.max": "1000", "memory.current": used})
    assert limits.available_memory_bytes(*where) == 0


def test_without_a_limit_the_machine_s_free_memory_is_left(machine):
    """A group without a limit leaves what the machine has."""
    where = machine("0::/\n", **{"memory.max": "max", "memory.current": "800"})
    assert 0 < limits.available_memory_bytes(*where) <= psutil.virtual_memory().total


def test_a_system_without_groups_has_no_limit(tmp_path):
    """Where there are no control groups, the machine itself is the limit."""
    where = tmp_path, tmp_path / "absent"
    assert limits.memory_bytes(*where) == psutil.virtual_memory().total
