"""The lab VM: a real Docker Engine in a virtual machine that needs no privilege.

::

    places      its folders
    root        the guest's root folder; guest/ holds its scripts
    hardware    the machine
    manifest    what a build is made of
    agent       talk to the guest's agent
    emulator    its QEMU process
    relay       the owner-only socket of its Docker
    build       from Debian's packages to a frozen guest
    supervisor  the process that owns a running VM
    vm          a VM as its user has it
    readiness   what can be had on this machine, without starting anything
"""

from course.live.labvm.readiness import Readiness, readiness
from course.live.labvm.vm import LabVM, Status

__all__ = ["LabVM", "Readiness", "Status", "readiness"]
