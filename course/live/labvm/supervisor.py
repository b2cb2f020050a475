"""The process that owns one running lab VM: starts QEMU, relays to Docker, and cleans up.

    python -m course.live.labvm.supervisor NAME LOCK [--outbound] [--keep]

It is started by `LabVM`, with one end of a socket pair as its standard input and with the locked
folder of the VM as descriptor LOCK. It and its clients talk in JSON objects, one a line: first it
says what happens ({"event": "ready"} or {"event": "failed"}), then each request gets one answer.
A connection that said {"do": "lease"} holds the VM: when the last such one has closed, be it by the
end of its process, the VM ends, unless it is kept. The socket pair is the first of them.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any

from course.live.errors import GuestDiedError, LiveError
from course.live.labvm import places
from course.live.labvm.emulator import Emulator
from course.live.labvm.manifest import COMPRESSOR, DISK, STATE, Manifest
from course.live.qemu import program as qemu
from course.live.workfolder import roomy

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["main"]

RESUME_S = 60
_ALIVE_S = 3  # an agent that does not answer for so long stands still


def main(arguments: list[str]) -> int:
    """Run one VM from its start to its end, and return an exit status."""
    name, lock, *options = arguments
    folder = places.RunFolder(name)
    try:
        import asyncio

        emulator = _resume(folder, outbound="--outbound" in options)
        return asyncio.run(_Supervisor(folder, emulator, keep="--keep" in options).run())
    except LiveError as error:
        import json

        failed = {"event": "failed", "kind": type(error).__name__, "message": error.message}
        os.write(0, json.dumps(failed).encode() + b"\n")
        return 1
    finally:
        folder.remove()
        os.close(int(lock))


def _resume(folder: places.RunFolder, *, outbound: bool) -> Emulator:
    """Start QEMU at once: while it loads the snapshot, this process loads its modules."""
    built = places.built().resolve()
    manifest = Manifest.read(built)
    program = qemu.find()
    manifest.require_resumable(program, built)
    # What the guest writes goes to a file that QEMU deletes as soon as it has opened it.
    os.environ["TMPDIR"] = str(roomy())
    with _snapshot(built / STATE, compressed=manifest.compressed) as state:
        return Emulator(
            program,
            manifest.machine,
            disk=f"file={built / DISK},format=qcow2,snapshot=on",
            network="restrict=off" if outbound else "restrict=on",
            shell=folder.shell,
            more=["-incoming", f"fd:{state}"],
            inherited=(state,),
        )


@contextlib.contextmanager
def _snapshot(path: Path, *, compressed: bool) -> Iterator[int]:
    """Open the snapshot for QEMU, which reads it front to back, and then needs it no more."""
    if compressed:
        import subprocess

        # It ends with its last byte, or with the end of QEMU, its only reader.
        unpacking = subprocess.Popen(  # noqa: S603 (a program from PATH, our own file)
            [COMPRESSOR, "--decompress", "--stdout", "--quiet", str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            pipesize=2**20,
            start_new_session=True,
        )
        assert unpacking.stdout is not None
        with unpacking.stdout:
            yield unpacking.stdout.fileno()
    else:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            yield descriptor
        finally:
            os.close(descriptor)


class _Supervisor:
    """One running VM, with those who hold it."""

    def __init__(self, folder: places.RunFolder, emulator: Emulator, *, keep: bool) -> None:
        import asyncio

        self.folder = folder
        self.emulator = emulator
        self.keep = keep
        self.leases: set[asyncio.StreamWriter] = set()
        self.ending = asyncio.Event()
        self.started_at = 0.0

    async def run(self) -> int:
        import asyncio
        import signal
        import socket
        import time

        from course.live.labvm.relay import open_gate

        self.started_at = time.time()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self.ending.set)
        parent = await asyncio.open_connection(sock=socket.socket(fileno=os.dup(0)))
        try:
            try:
                await self.emulator.attach()
            except Exception:  # QEMU has closed its end: it says why on its way out
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.emulator.ended(), _ALIVE_S)
                _say(parent[1], self._failure(GuestDiedError("QEMU could not start the lab VM")))
                return 1
            died = asyncio.create_task(self.emulator.ended())
            starting = asyncio.create_task(self._start(open_gate))
            end = asyncio.create_task(self.ending.wait())
            await asyncio.wait({died, starting, end}, return_when=asyncio.FIRST_COMPLETED)
            if end.done():
                starting.cancel()
                return 0
            if not starting.done():
                starting.cancel()
                _say(parent[1], self._failure(GuestDiedError("the lab VM ended while it started")))
                return 1
            try:
                relay = starting.result()
            except Exception as error:  # whatever it was, the one who waits must hear of it
                _say(parent[1], self._failure(error))
                return 1
            server = await asyncio.start_unix_server(self._serve, self.folder.control)
            self.folder.control.chmod(0o600)
            self.leases.add(parent[1])
            _say(parent[1], {"event": "ready", "pid": self.emulator.process.pid})
            serving = asyncio.create_task(self._serve(*parent))
            await asyncio.wait({died, end}, return_when=asyncio.FIRST_COMPLETED)
            if died.done():
                for lease in self.leases:
                    _say(lease, {"event": "died", **self._last_words()})
            server.close()
            await relay.close()
            serving.cancel()
            return 0
        finally:
            await self.emulator.end()
            parent[1].close()

    async def _start(self, open_gate: Any) -> Any:
        import asyncio

        async with asyncio.timeout(RESUME_S):
            await self.emulator.resumed()
            relay = await open_gate(self.emulator, _host_name(), self.folder.docker, RESUME_S)
            await relay.wait(RESUME_S)
            return relay

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one client until it goes."""
        import json

        try:
            while line := await reader.readline():
                try:
                    request = json.loads(line)
                    answer = await self._do(request, writer)
                except Exception as error:  # a wrong request must not end the VM
                    answer = {"error": f"{type(error).__name__}: {error}".removesuffix(": ")}
                _say(writer, answer)
        except OSError:
            pass
        finally:
            self.leases.discard(writer)
            if not self.leases and not self.keep:
                self.ending.set()
            writer.close()

    async def _do(self, request: dict[str, Any], writer: asyncio.StreamWriter) -> dict[str, Any]:
        match request["do"]:
            case "lease":
                self.leases.add(writer)
                return {}
            case "keep":
                self.keep = True
                return {}
            case "stop":
                self.ending.set()
                return {}
            case "forward":
                guest = int(request["port"])
                known = {to: port for port, to in (await self.emulator.forwards()).items()}
                port = known.get(guest) or await self.emulator.forward(guest)
                return {"port": port}
            case "run":
                program, *arguments = request["command"]
                done = await self.emulator.agent.run(
                    program,
                    *arguments,
                    stdin=request.get("stdin", ""),
                    timeout_s=request["timeout_s"],
                )
                return {"code": done.code, "output": done.output, "errors": done.errors}
            case "status":
                return await self._status()
        raise ValueError(f"expected a known request, found {request['do']!r}")

    async def _status(self) -> dict[str, Any]:
        state = "running"
        try:
            await self.emulator.agent.synchronise(_ALIVE_S)
        except TimeoutError:
            state = "frozen"
        except ConnectionError:  # QEMU has closed its end
            state = "dead"
        return {
            "state": state,
            "pid": self.emulator.process.pid,
            "supervisor_pid": os.getpid(),
            "started_at": self.started_at,
            "kept": self.keep,
            "leases": len(self.leases),
            "console": list(self.emulator.console),
        }

    def _failure(self, error: Exception) -> dict[str, Any]:
        if isinstance(error, TimeoutError):
            error = GuestDiedError(f"expected Docker within {RESUME_S} s, found no answer")
        kind = type(error).__name__ if isinstance(error, LiveError) else "LabVMError"
        message = error.message if isinstance(error, LiveError) else f"{error}"
        return {"event": "failed", "kind": kind, "message": message, **self._last_words()}

    def _last_words(self) -> dict[str, Any]:
        code = self.emulator.process.poll()
        return {"code": code, "console": list(self.emulator.console)}


def _host_name() -> str:
    """Return a host name that no other VM has."""
    import secrets

    return f"labvm-{secrets.token_hex(4)}"


def _say(writer: asyncio.StreamWriter, what: dict[str, Any]) -> None:
    import json

    writer.write(json.dumps(what).encode() + b"\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
