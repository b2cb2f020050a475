"""How soon the lab VM answers, and what it costs, beside its own cold boot and a host's Docker.

    python tests/bench/bench_labvm.py [repetitions]

Resumes and cold boots alternate in one run, of the same disk and kernel; so do the requests to the
lab VM and to a Docker Engine on this machine (as root, where one can be started).
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from collections.abc import Callable

from course.live import images
from course.live.building import build as build_image
from course.live.client import CourseClient
from course.live.labvm import LabVM, places
from course.live.labvm.emulator import Emulator
from course.live.labvm.hardware import GUEST
from course.live.labvm.manifest import DISK, INITRAMFS, KERNEL, Manifest
from course.live.labvm.relay import open_gate
from course.live.qemu import program as qemu
from course.live.qemu.booting import boot
from tests.engines import CannotStartError, HostEngine

BUSYBOX = "course/busybox:1.35"
BOOT_S = 300
DOCKERFILE = f"FROM {BUSYBOX}\nCOPY file /\nRUN echo $(cat file)\nCMD cat /file\n"


def cold_boot_s() -> float:
    """Boot the guest from its disk until Docker answers, in seconds."""
    return asyncio.run(_cold_boot_s())


async def _cold_boot_s() -> float:
    built = places.built().resolve()
    folder = places.RunFolder(f"bench-{os.getpid()}")
    with folder.claimed():
        began = time.monotonic()
        emulator = Emulator(
            qemu.find(),
            Manifest.read().machine,
            disk=f"file={built / DISK},format=qcow2,snapshot=on",
            network="restrict=on",
            shell=folder.shell,
            more=boot(built / KERNEL, built / INITRAMFS, *GUEST),
        )
        try:
            await emulator.attach()
            relay = await open_gate(emulator, "bench", folder.docker, BOOT_S)
            await relay.wait(BOOT_S)
            took = time.monotonic() - began
            await relay.close()
            return took
        finally:
            await emulator.end()


def resume_s() -> tuple[float, float, int]:
    """Resume a VM until Docker answers, and run a first container; seconds, seconds, MiB."""
    began = time.monotonic()
    with LabVM() as vm:
        vm.client().ping()
        answered = time.monotonic()
        vm.client().containers.run(BUSYBOX, "true", remove=True)
        return answered - began, time.monotonic() - answered, vm.status().resident_mib


def requests(client: CourseClient) -> dict[str, Callable[[], object]]:
    """Return the requests that are compared."""
    box = client.containers.run(BUSYBOX, ["sleep", "infinity"], detach=True)
    numbers = iter(range(10**6))

    def build() -> object:
        return build_image(client, "bench", DOCKERFILE, {"file": b"%d" % next(numbers)})

    return {
        "run": lambda: client.containers.run(BUSYBOX, "true", remove=True),
        "exec": lambda: box.exec_run("true"),
        "build (COPY, RUN)": build,
        "ps": lambda: client.containers.list(),
    }


def timed_s(what: Callable[[], object]) -> float:
    """Return how long something takes, in seconds."""
    began = time.monotonic()
    what()
    return time.monotonic() - began


def spread(samples: list[float]) -> str:
    """Return the median of samples in seconds, and between which they are."""
    return f"{statistics.median(samples):7.2f} s  ({min(samples):.2f} to {max(samples):.2f})"


def main(repetitions: int) -> None:
    """Measure and print."""
    manifest = Manifest.read()
    resumes, runs, boots, resident = [], [], [], []
    for _ in range(repetitions):
        answered, ran, mib = resume_s()
        resumes.append(answered)
        runs.append(ran)
        resident.append(mib)
        boots.append(cold_boot_s())
    ratio = statistics.median(boots) / statistics.median(resumes)
    print(f"lab VM, {manifest.machine.accelerator}, {repetitions} times in turn")
    print(f"  start to first answer of Docker  {spread(resumes)}")
    print(f"  the same by a cold boot          {spread(boots)}: {ratio:.0f} times as long")
    print(f"  first run after it               {spread(runs)}")
    print(f"  resident memory after it         {max(resident):7.0f} MiB")
    for name, size in manifest.size_bytes.items():
        print(f"  {name:32} {size / 2**20:7.1f} MiB on disk")
    print(f"  building it took                 {manifest.build_s:7.0f} s")

    try:
        host = HostEngine()
        host.start()
    except CannotStartError as error:
        print(f"no Docker Engine of the host's own to compare with: {error}")
        return
    try:
        with LabVM() as vm:
            engines = {"lab VM": vm.client(), "host": CourseClient(host.docker_host)}
            for engine in engines.values():
                images.provide(engine, BUSYBOX)
            asked = {name: requests(engine) for name, engine in engines.items()}
            for request in asked["host"]:
                found: dict[str, list[float]] = {name: [] for name in engines}
                for _ in range(repetitions):
                    for name in engines:
                        found[name].append(timed_s(asked[name][request]))
                for name, samples in found.items():
                    print(f"  {request:20} {name:8} {spread(samples)}")
            engines["host"].close()
    finally:
        host.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
