"""Bring files to where containers run.

A path of this machine means nothing to an engine on another one or in the lab VM, so a lesson does
not mount folders of its own: it puts files into a volume, which can be mounted on every engine.
"""

from __future__ import annotations

import io
import tarfile
import time
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from course.live.engine import connect
from course.live.errors import BadRequestError, DiskFullError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["put"]

#: Where a volume is mounted while it is filled.
_FOLDER = "/files"


def put(target: Any, files: Mapping[str, str | bytes | Path]) -> None:
    """Write files into a container or a volume.

    Args:
        target: a container, running or not, or a volume, of `connect`'s client; or the name of a
            volume of that client, which is made if there is none.
        files: for each path its content: text, bytes, or a file of this machine.  In a container
            a path begins at its root, in a volume at the volume's.  A file of this machine keeps
            its permissions, others can be read by everyone.

    Raises:
        BadRequestError: a path leads out of the target.
        DiskFullError: the engine's disk is full.

    Example::

        put("script", {"main.py": "import sys; print(sys.version)"})
        for image in ("course/python:3.11", "course/python:3.13"):
            mounts = {"script": {"bind": "/script", "mode": "ro"}}
            client.containers.run(image, ["python3", "/script/main.py"], volumes=mounts)
    """
    archive = _archive(files)
    if isinstance(target, str):
        target = connect().volumes.create(target)
    if hasattr(target, "put_archive"):
        _write(target, "/", archive)
        return
    client = target.client
    # A container that never runs: any image will do, and writing into it needs no process.
    carrier = client.api.create_container(
        _any_image(client),
        ["never-run"],
        host_config=client.api.create_host_config(binds=[f"{target.name}:{_FOLDER}"]),
    )
    try:
        _write(client.containers.get(carrier["Id"]), _FOLDER, archive)
    finally:
        client.api.remove_container(carrier["Id"], v=True)


def _write(container: Any, folder: str, archive: bytes) -> None:
    if not container.put_archive(folder, archive):
        raise DiskFullError(
            f"expected to write {len(archive)} bytes into {container.name!r}, found that the "
            "engine could not. Is its disk full? Try live.cleanup()."
        )


def _archive(files: Mapping[str, str | bytes | Path]) -> bytes:
    """Pack files, and the folders above them, into an archive as Docker takes it."""
    packed = io.BytesIO()
    folders: set[PurePosixPath] = {PurePosixPath(".")}
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in files.items():
            path = PurePosixPath(name.lstrip("/"))
            if ".." in path.parts or not path.parts:
                raise BadRequestError(
                    f"expected the path of a file below the root, found {name!r}. "
                    "Write it without '..'.",
                    object_name=name,
                )
            for folder in reversed(path.parents):
                if folder not in folders:
                    folders.add(folder)
                    tar.addfile(_entry(folder, 0o755, tarfile.DIRTYPE))
            mode = content.stat().st_mode & 0o777 if isinstance(content, Path) else 0o644
            data = content.read_bytes() if isinstance(content, Path) else content
            data = data.encode() if isinstance(data, str) else data
            entry = _entry(path, mode, tarfile.REGTYPE)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


def _entry(path: PurePosixPath, mode: int, kind: bytes) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(str(path))
    entry.mode, entry.type, entry.mtime = mode, kind, int(time.time())
    return entry


def _any_image(client: Any) -> str:
    """Give an image that the engine has; make an empty one if it has none."""
    for found in client.api.images(quiet=True):
        return str(found)
    empty = io.BytesIO()
    tarfile.open(fileobj=empty, mode="w").close()
    client.api.import_image_from_data(empty.getvalue(), repository="course/empty", tag="latest")
    return "course/empty:latest"
