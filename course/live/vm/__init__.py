"""Real virtual machines for learners, by QEMU and without privileges.

::

    guests       what machines boot: the files of the current build
    installing   a Debian system, unpacked as dpkg would
    archives     what machines begin with; guest/ holds its scripts
    initramfs    several archives as one
    build        from Debian's packages to guests
    hardware     the machine that QEMU makes
    accelerator  software emulation, or KVM where it works
    timeline     the stages of a start
    shell        commands in the guest
    process      one QEMU, with what is heard of it
    configuration what a machine is
    disks        its disks
    figures      what it takes
    snapshots    a machine, saved
    migration    a machine, moved while it runs
    running      a machine that runs
    explaining   why it could not do what it was asked for
    machine      a machine as its user has it
    images       disk images in several formats
    portal       the event loop behind it all
"""

from course.live.vm import images
from course.live.vm.figures import DiskSize, MachineMemory
from course.live.vm.guests import readiness, service_files, sizes, tools
from course.live.vm.machine import VirtualMachine
from course.live.vm.migration import Migration, MigrationRound
from course.live.vm.shell import Finished
from course.live.vm.snapshots import Snapshot
from course.live.vm.timeline import BootTimeline, Stage

__all__ = [
    "BootTimeline",
    "DiskSize",
    "Finished",
    "MachineMemory",
    "Migration",
    "MigrationRound",
    "Snapshot",
    "Stage",
    "VirtualMachine",
    "images",
    "readiness",
    "service_files",
    "sizes",
    "tools",
]
