"""Virtual machines: booted, looked into, stopped."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import psutil
import pytest

from course.live import radius
from course.live.errors import MachineStateError
from course.live.vm import VirtualMachine
from tests.live.machines import own_qemus, require_guests

pytestmark = pytest.mark.labvm


@pytest.fixture(scope="module")
def tiny() -> Iterator[VirtualMachine]:
    """Return a tiny machine of personal size, with a service, a disk and the tools."""
    require_guests()
    with VirtualMachine(
        "tiny", memory_mib=160, cpus=2, service="freeradius", tools=True, data_disk_mib=8
    ) as machine:
        yield machine
    assert machine.state == "stopped"
    assert not psutil.pid_exists(machine.pid)


@pytest.fixture(scope="module")
def full() -> Iterator[VirtualMachine]:
    """Return a full machine."""
    require_guests()
    with VirtualMachine("full") as machine:
        yield machine


def test_the_stages_of_a_boot_add_up(tiny: VirtualMachine) -> None:
    """Every stage begins where the one before it ended, and each takes time."""
    stages = tiny.timeline.stages
    assert [stage.name for stage in stages] == [
        "process", "firmware", "kernel", "user space", "service",
    ]  # fmt: skip
    assert stages[0].began_s == 0
    for earlier, later in pairwise(stages):
        assert earlier.ended_s == later.began_s
    assert all(stage.seconds > 0 for stage in stages)
    assert sum(stage.seconds for stage in stages) == pytest.approx(tiny.timeline.total_s)
    assert tiny.timeline.seconds("kernel") > tiny.timeline.seconds("firmware")
    with pytest.raises(KeyError, match="user space"):
        tiny.timeline.seconds("users")


def test_it_is_what_was_asked_for(tiny: VirtualMachine) -> None:
    """Memory and CPUs are on QEMU's command line, and the guest finds them."""
    line = tiny.command_line
    # a few KiB less, so that QEMU misses no write in a migration
    assert line[line.index("-m") + 1] == f"{160 * 1024 - 8}K"
    assert line[line.index("-smp") + 1] == "2"
    assert tiny.run("nproc").output.strip() == "2"
    assert 100 < tiny.memory().guest_total_mib < 160
    assert psutil.Process(tiny.pid).name().startswith("qemu-system")


def test_it_has_a_kernel_and_devices_of_its_own(tiny: VirtualMachine) -> None:
    """The guest's kernel is not this machine's, and it sees no device of it."""
    from course.live.vm.guests import Manifest

    assert tiny.run("uname -r").output.strip() == Manifest.read().kernel_version
    # virtio's maker is 0x1af4; the chipset's is Intel
    makers = set(tiny.run("cat /sys/bus/pci/devices/*/vendor").output.split())
    assert makers == {"0x1af4", "0x8086"}


def test_commands(tiny: VirtualMachine) -> None:
    """What a command prints and its status come back, whatever they hold."""
    done = tiny.run("printf 'a b\\n\\tä %s' \"$HOME\"; echo wrong >&2; exit 7")
    assert (done.code, done.errors) == (7, "wrong\n")
    assert done.output.startswith("a b\n\tä ")
    assert tiny.run("").output == ""
    long = tiny.run("seq 1 20000").output.split()
    assert long == [str(number) for number in range(1, 20001)]
    assert tiny.run("head -c 100000 /dev/zero | tr '\\0' x").output == "x" * 100000


def test_a_command_that_takes_too_long_is_ended(tiny: VirtualMachine) -> None:
    """Its time is up, and the next one runs."""
    done = tiny.run("sleep 30", timeout_s=1)
    assert done.timed_out
    assert tiny.run("echo on").output == "on\n"


def test_its_service_answers_here(tiny: VirtualMachine) -> None:
    """A port of the loopback leads to the service, which knows its one user."""
    assert radius.answers(tiny.ports[1812])
    assert not radius.answers(tiny.ports[9000], timeout_s=1)


def test_its_console_and_its_disk(tiny: VirtualMachine) -> None:
    """The console shows what the guest says, and the further disk holds noise."""
    tiny.run("echo here I am > /dev/ttyS0")
    tiny.run("sync")
    assert "here I am" in tiny.console
    size = tiny.run(f"wc -c < {tiny.data_disk}").output.strip()
    assert int(size) == 8 * 2**20
    packed = int(tiny.run(f"head -c 1048576 {tiny.data_disk} | gzip | wc -c").output)
    assert packed > 2**20 * 0.99
    disk = tiny.disk()
    assert disk.virtual_bytes == 8 * 2**20
    assert disk.allocated_bytes == disk.own_bytes


def test_the_tools_run(tiny: VirtualMachine) -> None:
    """The same programs as on this machine measure in the guest."""
    ioping = "/tools/ld.so --library-path /tools/lib /tools/ioping"
    done = tiny.run(f"{ioping} -c 3 -i 0 -B -s 4k {tiny.data_disk}")
    assert done.code == 0, done.errors
    assert int(done.output.split()[0]) >= 1


def test_memory_outside_and_inside(tiny: VirtualMachine) -> None:
    """QEMU takes more than the guest uses of its own, and the guest no more than it has."""
    found = tiny.memory()
    assert 0 < found.guest_used_mib < found.guest_total_mib
    assert found.resident_mib > found.guest_used_mib
    assert found.proportional_mib is None or found.proportional_mib <= found.resident_mib + 1


def test_paused_it_stands_still(tiny: VirtualMachine) -> None:
    """While it is paused nothing counts in it, and commands are refused."""
    tiny.ticks()
    tiny.pause()
    assert tiny.state == "paused"
    with pytest.raises(MachineStateError, match=r"machine\.resume\(\)"):
        tiny.run("true")
    tiny.resume()
    assert tiny.state == "running"
    before = tiny.ticks()
    tiny.run("sleep 0.5")
    assert tiny.ticks() > before
    with pytest.raises(MachineStateError, match="expected a paused machine"):
        tiny.resume()


def test_emulated_devices(tiny: VirtualMachine) -> None:
    """With emulated devices there is no virtio: an IDE disk and an Intel card do the same work."""
    with VirtualMachine("tiny", devices="emulated", data_disk_mib=4) as machine:
        makers = set(machine.run("cat /sys/bus/pci/devices/*/vendor").output.split())
        assert makers == {"0x8086"}
        assert "e1000" in machine.run("readlink /sys/class/net/eth0/device/driver").output
        assert machine.data_disk == "/dev/sda"
        assert int(machine.run("wc -c < /dev/sda").output) == 4 * 2**20


def test_the_full_guest_is_a_whole_debian(full: VirtualMachine) -> None:
    """All its packages are configured, systemd runs it, and its service answers."""
    assert full.run("dpkg --audit").output == ""
    packages = full.run("dpkg-query -W | wc -l").output
    assert int(packages) > 150
    assert full.run("cat /proc/1/comm").output.strip() == "systemd"
    assert full.run("systemctl is-enabled freeradius").output.strip() == "enabled"
    assert full.run("systemctl is-active freeradius").output.strip() == "active"
    assert radius.answers(full.ports[1812])
    assert full.run("stat -c '%a %U' /usr/bin/passwd /tmp").output.split() == [
        "4755", "root", "1777", "root",
    ]  # fmt: skip
    assert full.run("find /usr /bin/ -not -user root | head -3").output == ""


def test_the_full_guest_is_large(full: VirtualMachine) -> None:
    """It takes hundreds of megabytes, of which what it has written itself is a small part."""
    from course.live import vm

    disk = full.disk()
    assert disk.virtual_bytes == 4 * 2**30
    assert disk.own_bytes < disk.allocated_bytes
    used = int(full.run("df --output=used -B1 / | tail -1").output)
    assert used > 500e6
    # the file system takes room for itself beside its files
    assert used < vm.sizes()["full disk, used"] < 1.25 * used
    assert disk.allocated_bytes < used  # it is kept compressed


def test_nothing_is_shared_that_identifies_a_machine(full: VirtualMachine) -> None:
    """What was built has no machine id; each machine makes its own."""
    assert len(full.run("cat /etc/machine-id").output.strip()) == 32
    assert full.run("ls /etc/ssh/ssh_host_* 2> /dev/null").output == ""


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"guest": "huge"}, "'tiny' or 'full'"),
        ({"memory_mib": 8}, "80 or more"),
        ({"memory_mib": "128"}, "80 or more"),
        ({"guest": "full", "memory_mib": 128}, "256 or more"),
        ({"cpus": 0}, "1 to 8"),
        ({"cpus": True}, "1 to 8"),
        ({"accelerator": "hvf"}, "'auto', 'tcg' or 'kvm'"),
        ({"devices": "real"}, "'virtio' or 'emulated'"),
        ({"data_disk_mib": -1}, "0 to 4096"),
        ({"service": "apache"}, "'freeradius' or None"),
    ],
)
def test_what_cannot_be_is_refused(wrong: dict, said: str) -> None:
    """A wrong parameter is named, with what there is."""
    with pytest.raises(ValueError, match=said):
        VirtualMachine(**wrong)


def test_a_machine_is_started_once(tiny: VirtualMachine) -> None:
    """A machine that runs, or has run, is not started again; one that was not has no guest."""
    with pytest.raises(MachineStateError, match="make a new VirtualMachine"):
        tiny.start()
    new = VirtualMachine("tiny")
    assert (new.state, new.console, new.timeline.total_s) == ("new", "", 0)
    for use in (lambda: new.run("true"), lambda: new.pid, new.memory):
        with pytest.raises(MachineStateError, match="expected a machine that runs"):
            use()
    new.stop()
    assert new.state == "new"
    assert tiny.pid in own_qemus()
