"""The ``course labvm`` command: build, start, stop, look at and enter the lab VM.

What other virtual machines boot is built by it too, since it is made in the same way.
"""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from course.live.labvm.manifest import Manifest
    from course.live.labvm.vm import LabVM
    from course.live.vm.guests import Manifest as GuestsManifest

__all__ = ["add_to"]

OK, FAILED = 0, 1
_SYMBOLS = {"running": "✓", "frozen": "!", "dead": "✗", "stopped": "·"}


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its own commands to the parser of ``course``."""
    labvm = commands.add_parser(
        "labvm",
        help="a Docker Engine in a virtual machine that needs no privilege",
        description="A real Docker Engine in a virtual machine that needs no privilege. "
        "It is built once, and then resumed from its snapshot in under a second.",
        epilog="To use the ordinary docker command with it: course labvm start, then "
        'eval "$(course labvm env)"',
    )
    actions = labvm.add_subparsers(title="commands", metavar="COMMAND", required=True)

    build = actions.add_parser(
        "build",
        help="make it, and what other machines boot, from Debian's packages (about six minutes)",
        description="Make the lab VM, and the guests that other virtual machines of the course "
        "boot, from Debian's packages, as an ordinary user and without Docker: about three minutes "
        "each. An interrupted build leaves the former one as it was. "
        "COURSE_LABVM_DIR names another place than your cache folder, COURSE_DEBIAN_MIRROR "
        "another mirror than deb.debian.org.",
    )
    build.add_argument(
        "--accelerator",
        choices=("auto", "tcg", "kvm"),
        default="auto",
        help="emulate (tcg), use the hardware (kvm), or what a guest is found to run with",
    )
    build.add_argument(
        "--strict",
        action="store_true",
        help="fail where a mirror has no pinned version any more, and take no newer one",
    )
    build.add_argument(
        "--if-needed", action="store_true", help="do nothing if what is built can be resumed here"
    )
    build.add_argument(
        "--only",
        choices=("engine", "guests"),
        help="make the lab VM with its Docker Engine alone, or the guests alone",
    )
    build.add_argument("--no-images", action="store_true", help="leave out the course's images")
    build.add_argument(
        "--compress",
        action="store_true",
        help="keep the snapshot compressed with zstd: a third of the room, a little slower",
    )
    build.set_defaults(run=_build)

    start = actions.add_parser("start", help="resume it, until it is stopped")
    start.add_argument(
        "--outbound", action="store_true", help="let the guest reach this machine's network"
    )
    start.set_defaults(run=_start)

    stop = actions.add_parser("stop", help="end it, with all that was made in it")
    stop.add_argument("--all", action="store_true", help="end all of yours")
    stop.set_defaults(run=_stop)

    status = actions.add_parser(
        "status",
        help="show what is built and what runs",
        description="Show what is built and what runs. "
        "The exit status is 0 if one of this name runs and answers, and 1 if not.",
    )
    status.add_argument("--json", action="store_true", help="print JSON, for other programs")
    status.add_argument("--verify", action="store_true", help="check the digests of all files")
    status.set_defaults(run=_status)

    env = actions.add_parser(
        "env",
        help="print what the docker command needs",
        description='Print what the ordinary docker command needs: eval "$(course labvm env)"',
    )
    env.add_argument("--unset", action="store_true", help="print what undoes it")
    env.set_defaults(run=_env)

    shell = actions.add_parser(
        "shell",
        help="open a shell in it, as root",
        description="Open a shell in the guest, as root; Ctrl-] leaves it. "
        "With a command, run that and show what it prints.",
    )
    shell.add_argument("command", nargs="*", help="a command to run instead, after --")
    shell.set_defaults(run=_shell)

    for action in (start, stop, status, env, shell):
        action.add_argument(
            "--name", help="which lab VM (default: the one that your notebooks share)"
        )


def _build(options: argparse.Namespace) -> int:
    from course.live import labvm, vm
    from course.live.labvm.build import build
    from course.live.progress import show
    from course.live.vm.build import build as build_guests

    wanted = options.only or "both"
    if wanted != "guests" and not (options.if_needed and labvm.readiness().state == "built"):
        _tell(
            build(
                accelerator=options.accelerator,
                strict=options.strict,
                images=not options.no_images,
                compress=options.compress,
                progress=show(),
            )
        )
    if wanted != "engine" and not (options.if_needed and vm.readiness().state == "built"):
        _tell(build_guests(strict=options.strict, progress=show()))
    return OK


def _tell(manifest: Manifest | GuestsManifest) -> None:
    """Print what was built."""
    for name, size in manifest.size_bytes.items():
        print(f"{name:18} {size / 2**20:7.1f} MiB")
    drifted = [package["name"] for package in manifest.packages if package["drifted"]]
    if drifted:
        print(f"newer than pinned: {', '.join(drifted)}")


def _start(options: argparse.Namespace) -> int:
    from course.live.progress import show

    vm = _vm(options.name, outbound=options.outbound, keep=True, progress=show())
    status = vm.status()
    if status.state in ("running", "frozen"):
        if not status.kept:
            vm.keep()
        print(f"The lab VM {vm.name!r} runs already.")
    else:
        vm.start()
    print(f'For the docker command:  eval "$({_command("env", options)})"')
    return OK


def _stop(options: argparse.Namespace) -> int:
    from course.live.labvm import places

    names = [folder.name for folder in places.running()] if options.all else [options.name]
    for name in names:
        vm = _vm(name)
        was_there = vm.status().state != "stopped"
        vm.stop()
        print(f"The lab VM {vm.name!r} " + ("has ended." if was_there else "does not run."))
    return OK


def _status(options: argparse.Namespace) -> int:
    from course.live import vm
    from course.live.labvm import places, readiness
    from course.live.labvm.manifest import Manifest

    ready, guests = readiness(), vm.readiness()
    wanted = _vm(options.name).name
    names = sorted({wanted, *(folder.name for folder in places.running())})
    found = [_vm(name).status() for name in names]
    damaged = Manifest.read().verify() if options.verify and ready.state == "built" else []
    if options.json:
        built = asdict(Manifest.read()) if ready.state == "built" else None
        answer = {"readiness": asdict(ready), "built": built, "damaged": damaged}
        answer["guests"] = asdict(guests)
        print(json.dumps({**answer, "running": [asdict(status) for status in found]}, indent=2))
    else:
        print(
            f"{ready.state}: {ready.reason}" + (f" ({places.built()})" * (ready.state == "built"))
        )
        if ready.remedy:
            print(f"  -> {ready.remedy}")
        if damaged:
            print(f"damaged: {', '.join(damaged)}\n  -> course labvm build")
        print(f"guests {guests.state}: {guests.reason}")
        if guests.remedy:
            print(f"  -> {guests.remedy}")
        for status in found:
            line = f"{_SYMBOLS[status.state]} {status.name}: {status.state}"
            if status.pid:
                kept = "until it is stopped" if status.kept else f"used by {status.users}"
                line += f" for {_age(status.age_s)}, {status.resident_mib} MiB, {kept}"
            print(line)
    return OK if any(s.name == wanted and s.state == "running" for s in found) else FAILED


def _env(options: argparse.Namespace) -> int:
    if options.unset:
        print("unset DOCKER_HOST")
        return OK
    vm = _vm(options.name)
    if vm.status().state not in ("running", "frozen"):
        print(
            f"course labvm: expected a running lab VM of the name {vm.name!r}, found none; "
            f"start it: {_command('start', options)}",
            file=sys.stderr,
        )
        return FAILED
    # Other variables of Docker would still point to another engine.
    print("unset DOCKER_TLS_VERIFY DOCKER_CERT_PATH DOCKER_CONTEXT")
    print(f"export DOCKER_HOST={shlex.quote(vm.docker_host)}")
    return OK


def _shell(options: argparse.Namespace) -> int:
    vm = _vm(options.name)
    if options.command:
        done = vm.execute("/bin/sh", "-c", " ".join(options.command), timeout_s=600)
        sys.stdout.write(done.stdout)
        sys.stderr.write(done.stderr)
        return done.returncode
    if not sys.stdin.isatty():
        print(
            "course labvm: expected a terminal, found none; to run one command: "
            "course labvm shell -- uname -a",
            file=sys.stderr,
        )
        return FAILED
    vm.status()  # says so if it does not run
    from course.live.labvm.terminal import connect

    print("The guest's shell. Ctrl-] leaves it.")
    connect(vm.shell_socket)
    return OK


def _vm(name: str | None, **options: object) -> LabVM:
    from course.live.labvm.vm import LabVM, shared_name

    return LabVM(name or shared_name(), **options)  # type: ignore[arg-type]  # as they are given above


def _command(action: str, options: argparse.Namespace) -> str:
    name = f" --name {shlex.quote(options.name)}" if options.name else ""
    return f"course labvm {action}{name}"


def _age(seconds: float) -> str:
    minutes = int(seconds // 60)
    return f"{seconds:.0f} s" if minutes < 2 else f"{minutes} min"
