"""Ask this machine, one question per function, what it can do for the course.

Every probe answers with a ``Capability``, does not raise, and ends within a few seconds: it looks
at files, imports nothing heavy, and runs other programs with a time-out.
``course.doctor`` asks all of them and shows the answers.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from course import limits

__all__ = ["PROBES", "Capability", "State"]

State = Literal["ready", "missing", "limited"]

TIMEOUT_S = 5
DISTRIBUTION = "measured-virtualization"
GIB = 2**30
# JupyterLab, a kernel and a browser tab beside each other; Binder gives 2 GB.
MEMORY_GIB = 1.5
DISK_GIB = 1.0
KVM_GET_API_VERSION = 0xAE00  # linux/kvm.h; the only version there has been since 2007 is 12


@dataclass(frozen=True)
class Capability:
    """One thing that the course can use.

    Attributes:
        name: what it is.
        state: ``ready``, ``missing``, or ``limited`` (there, but not fully usable).
        found: what was found.
        needed_for: what it is needed for.
        remedy: what to do for the rest; empty when nothing is to be done.
        core: lessons cannot be read and worked without it.
    """

    name: str
    state: State
    found: str
    needed_for: str
    remedy: str = ""
    core: bool = False


def python() -> Capability:
    """Is this Python new enough?"""
    version = ".".join(map(str, sys.version_info[:3]))
    enough = sys.version_info >= (3, 11)
    return Capability(
        "Python",
        "ready" if enough else "missing",
        version,
        "everything",
        "" if enough else "install Python 3.11 or newer",
        core=True,
    )


def libraries() -> Capability:
    """Is everything that the package declares as needed installed?"""
    try:
        required = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        required = ["jupyterlab", "ipykernel", "ipywidgets", "altair", "docker", "psutil"]
    names = [re.split(r"[^\w.-]", line)[0] for line in required if "extra ==" not in line]
    absent = [name for name in names if _version(name) is None]
    return Capability(
        "lesson libraries",
        "missing" if absent else "ready",
        f"without {', '.join(absent)}" if absent else f"all {len(names)}",
        "the notebooks' own imports",
        _pip(*absent) if absent else "",
        core=True,
    )


def jupyterlab() -> Capability:
    """Is JupyterLab installed?"""
    return _package("JupyterLab", "jupyterlab", "reading and working the lessons", core=True)


def nbgrader() -> Capability:
    """Is nbgrader installed?"""
    return _package("nbgrader", "nbgrader", "the Validate button; releasing and grading")


def solver() -> Capability:
    """Is the solver for optimal packings installed?"""
    return _package("solver", "ortools", "proving that a packing is optimal")


def docker_engine() -> Capability:
    """Does a Docker Engine answer, or Podman in its place?"""
    name, needed_for = "Docker Engine", "running containers on this machine"
    installed = any(map(shutil.which, ("dockerd", "docker", "podman")))
    remedy = (
        "sudo systemctl start docker, or open Docker Desktop"
        if installed
        else _apt("docker.io", "Docker")
    )
    if _version("docker") is None:
        return Capability(name, "missing", "the docker SDK is absent", needed_for, _pip("docker"))
    try:
        from course.live.engine import choose  # here, since it is asked last, and looks far

        environment = {name: value for name, value in os.environ.items() if name != "COURSE_ENGINE"}
        choice = choose({**environment, "COURSE_ENGINE": "docker"})
    except Exception as error:  # a broken context, say; the probes after this one go on
        return Capability(name, "missing", _first_line(error), needed_for, remedy)
    if choice.kind is None:
        if "usermod" in choice.remedy:
            return Capability(name, "limited", "there, but not for you", needed_for, choice.remedy)
        return Capability(name, "missing", "none answers", needed_for, remedy)
    who = "Podman " if choice.kind == "podman" else ""
    return Capability(name, "ready", f"{who}{choice.version} answers", needed_for)


def lab_vm() -> Capability:
    """Can the lab VM be started?"""
    name, needed_for = "lab VM", "containers without a Docker Engine on this machine"
    try:
        from course.live import labvm

        ready = labvm.readiness()
    except Exception as error:
        return Capability(name, "missing", _first_line(error), needed_for, "see QEMU")
    if ready.state == "built":
        how = "with KVM" if ready.accelerator == "kvm" else "emulated"
        return Capability(name, "ready", f"built, {how}", needed_for, ready.remedy)
    state: State = "limited" if ready.state == "unbuilt" else "missing"
    remedy = ready.remedy or "course labvm build"
    return Capability(name, state, ready.reason, needed_for, remedy)


def virtual_machines() -> Capability:
    """Can virtual machines be booted?"""
    name, needed_for = "virtual machines", "experiments with virtual machines"
    try:
        from course.live import vm

        ready = vm.readiness()
    except Exception as error:
        return Capability(name, "missing", _first_line(error), needed_for, "see QEMU")
    if ready.state == "built":
        return Capability(name, "ready", ready.reason, needed_for)
    state: State = "limited" if ready.state == "unbuilt" else "missing"
    return Capability(name, state, ready.reason, needed_for, ready.remedy)


def lesson_engine() -> Capability:
    """Which engine do the lessons get, and why?"""
    name, needed_for = "engine for lessons", "experiments with containers"
    try:
        from course.live.engine import choose

        choice = choose()
    except Exception as error:
        remedy = "correct it, or unset COURSE_ENGINE, DOCKER_HOST and DOCKER_CONTEXT"
        return Capability(name, "missing", _first_line(error), needed_for, remedy)
    if choice.kind is None:
        remedy = choice.remedy or "course labvm build"
        return Capability(name, "missing", f"none: {choice.reason}", needed_for, remedy)
    names = {"docker": "Docker Engine", "podman": "Podman", "labvm": "the lab VM"}
    return Capability(name, "ready", f"{names[choice.kind]}: {choice.reason}", needed_for)


def qemu() -> Capability:
    """Is QEMU installed?"""
    name, needed_for = "QEMU", "booting virtual machines"
    said = _run("qemu-system-x86_64", "--version")
    if said is None:
        remedy = _apt("qemu-system-x86", "QEMU (qemu-system-x86_64)")
        return Capability(name, "missing", "no qemu-system-x86_64", needed_for, remedy)
    # QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)
    version = re.search(r"[\d.]+", said)
    return Capability(name, "ready", version.group() if version else "there", needed_for)


def kvm(device: Path = Path("/dev/kvm")) -> Capability:
    """May this user ask the kernel for hardware virtualization?"""
    name, needed_for = "KVM", "fast virtual machines (without it they are emulated)"
    if not device.exists():
        remedy = "switch on virtualization in the firmware, or nesting in the surrounding VM"
        return Capability(name, "missing", f"no {device}", needed_for, remedy)
    if not os.access(device, os.R_OK | os.W_OK):
        remedy = "sudo usermod -aG kvm $USER, then log in again"
        return Capability(name, "limited", f"{device} is not open to you", needed_for, remedy)
    try:
        import fcntl  # here, since Windows has none

        with device.open("rb") as kernel:
            version = fcntl.ioctl(kernel, KVM_GET_API_VERSION)
    except OSError:
        return Capability(name, "limited", f"{device} does not answer", needed_for)
    proof = "fast virtual machines (only starting one proves it)"
    return Capability(name, "ready", f"API {version}", proof)


def namespaces() -> Capability:
    """May this user make a user namespace?  The only sure way to know is to make one."""
    name, needed_for = "user namespaces", "containers by hand; sandboxes without root"
    if shutil.which("unshare") is None:
        return Capability(name, "missing", "no unshare", needed_for, _apt("util-linux", "unshare"))
    if _run("unshare", "--user", "--map-root-user", "--pid", "--fork", "true") is None:
        remedy = "ask the administrator; in a container, its settings forbid them"
        return Capability(name, "missing", "the kernel refuses them", needed_for, remedy)
    return Capability(name, "ready", "one was made", needed_for)


def bubblewrap() -> Capability:
    """Does bubblewrap start a sandbox?"""
    name, needed_for = "bubblewrap", "grading submissions in a sandbox"
    if shutil.which("bwrap") is None:
        return Capability(name, "missing", "no bwrap", needed_for, _apt("bubblewrap", "bubblewrap"))
    if _run("bwrap", "--ro-bind", "/", "/", "--unshare-all", "true") is None:
        remedy = "see user namespaces"
        return Capability(name, "limited", "installed, but cannot start", needed_for, remedy)
    return Capability(name, "ready", "started a sandbox", needed_for)


def chromium() -> Capability:
    """Is there a Chromium for the browser tests?"""
    name, needed_for = "Chromium", "a maintainer's browser tests"
    for program in ("chromium", "chromium-browser", "google-chrome"):
        if said := _run(program, "--version"):
            # Chromium 140.0.7339.80 built on Debian GNU/Linux 12 (bookworm)
            version = re.search(r"[\d.]+", said)
            return Capability(name, "ready", version.group() if version else program, needed_for)
    return Capability(name, "missing", "none found", needed_for, _apt("chromium", "Chromium"))


def memory() -> Capability:
    """How much memory may the lessons use?"""
    available = limits.memory_bytes() / GIB
    return Capability(
        "memory",
        "ready" if available >= MEMORY_GIB else "limited",
        f"{available:.1f} GiB",
        f"the lessons ({MEMORY_GIB} GiB); virtual machines beside them (4 GiB)",
        "" if available >= MEMORY_GIB else "close other programs, or raise the container's limit",
        core=True,
    )


def cores() -> Capability:
    """How many processor cores may the lessons use?"""
    count = limits.core_count()
    return Capability(
        "processor cores",
        "ready" if count >= 1 else "limited",
        f"{count:g}",
        "the lessons (1); measuring under load (2)",
        "" if count >= 1 else "raise the container's limit",
        core=True,
    )


def disk() -> Capability:
    """How much room is there where the course is?"""
    free = shutil.disk_usage(".").free / GIB
    return Capability(
        "free disk",
        "ready" if free >= DISK_GIB else "limited",
        f"{free:.1f} GiB",
        f"notebooks, images and snapshots ({DISK_GIB:g} GiB)",
        "" if free >= DISK_GIB else "delete what is not needed any more",
        core=True,
    )


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__


def _package(name: str, distribution: str, needed_for: str, core: bool = False) -> Capability:
    version = _version(distribution)
    if version is None:
        return Capability(name, "missing", "not installed", needed_for, _pip(distribution), core)
    return Capability(name, "ready", version, needed_for, core=core)


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _run(*command: str) -> str | None:
    """Run a program; return what it printed, or None if it is absent, fails or takes too long."""
    program = shutil.which(command[0])
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - a program from PATH with our own arguments
            [program, *command[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def _apt(package: str, generic: str) -> str:
    """Say how to install a package of the operating system on this one."""
    if shutil.which("apt-get") is None:
        return f"install {generic} with your system's package manager"
    sudo = "" if hasattr(os, "geteuid") and os.geteuid() == 0 else "sudo "
    return f"{sudo}apt-get install {package}"


def _pip(*packages: str) -> str:
    return shlex.join([sys.executable, "-m", "pip", "install", *packages])


PROBES: tuple[Callable[[], Capability], ...] = (
    python, libraries, jupyterlab, nbgrader, solver, memory, cores, disk,
    docker_engine, qemu, kvm, lab_vm, lesson_engine, virtual_machines,
    namespaces, bubblewrap, chromium,
)  # fmt: skip
