"""What an engine builds an image from, packed: the same bytes on every machine.

A context is a tar archive of the recipe's own files and of ``rootfs.tar``, which holds what is
taken from Debian's packages. Entries are sorted, belong to root and have one fixed time, so that
the same packages make the same layers.
"""

from __future__ import annotations

import contextlib
import io
import json
import tarfile
import time
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from course.live import cache, debian
from course.live.building import MODIFIED_S
from course.live.debian.errors import room
from course.live.debian.unpacking import MERGED

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from course.live.images.recipes import Contents, Recipe
    from course.live.progress import Reporter

__all__ = ["Context", "prepare"]

#: What is for this module to read; no Dockerfile copies it.
VERSIONS = "packages.json"
WORLD_WRITABLE = ("tmp",)
STALE_S = 7 * 24 * 60 * 60


@dataclass(frozen=True)
class Context:
    """A context that is ready to be sent.

    Attributes:
        file: the tar archive.
        versions: the version of each Debian package in it.
    """

    file: Path
    versions: dict[str, str]


def prepare(recipes: list[Recipe], *, progress: Reporter | None = None) -> list[Context]:
    """Return the contexts of recipes, from the cache or else made of Debian's packages.

    Args:
        recipes: for which images.
        progress: is told how far the download is.

    Raises:
        PackageError: a package could not be had.
        DiskFullError: there is no room in the cache.
    """
    files = {recipe: _file(recipe) for recipe in recipes}
    absent = [recipe for recipe in recipes if not files[recipe].exists()]
    packages = dict.fromkeys(package for recipe in absent for package in recipe.packages)
    debs = dict(zip(packages, debian.fetch(packages, progress=progress), strict=True))
    for recipe in absent:
        _write(recipe, [debs[package] for package in recipe.packages], files[recipe])
    return [Context(files[recipe], _versions(files[recipe])) for recipe in recipes]


def _file(recipe: Recipe) -> Path:
    folder = cache.folder() / "contexts"
    return folder / f"{recipe.folder_name}-{recipe.fingerprint[:16]}.tar"


def _write(recipe: Recipe, debs: list[debian.Deb], file: Path) -> None:
    versions: dict[str, str] = {}
    members = dict(recipe.files)
    if recipe.contents is not None:
        root, versions = _root(recipe.contents, debs, merged_links=recipe.base is None)
        members["rootfs.tar"] = root
    members[VERSIONS] = json.dumps(versions).encode()
    with (
        room(file.parent),
        cache.writing(file) as stream,
        tarfile.open(fileobj=stream, mode="w") as archive,
    ):
        # Folders too: without an entry the engine would give them the time of the build.
        for folder in _parents(members):
            archive.addfile(_entry(folder, tarfile.DIRTYPE, 0o755))
        for name, content in members.items():
            entry = _entry(name, tarfile.REGTYPE, 0o644)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    _sweep(recipe, file.parent)


def _sweep(recipe: Recipe, folder: Path) -> None:
    """Delete contexts of earlier versions of a recipe, but none that may be sent just now."""
    for context in folder.glob(f"{recipe.folder_name}-*.tar"):
        with contextlib.suppress(OSError):  # another process may be faster
            if time.time() - context.stat().st_mtime > STALE_S:
                context.unlink()


def _versions(file: Path) -> dict[str, str]:
    with tarfile.open(file) as archive:
        stream = archive.extractfile(VERSIONS)
        versions: dict[str, str] = json.load(stream) if stream is not None else {}
        return versions


def _root(
    contents: Contents, debs: list[debian.Deb], *, merged_links: bool
) -> tuple[bytes, dict[str, str]]:
    """Pack what an image takes from Debian, sorted by path; say of which packages that is."""
    entries: dict[str, tuple[tarfile.TarInfo, bytes]] = {}
    versions: dict[str, str] = {}
    for deb in debs:
        for member in debian.members(deb.file, keep=lambda path: _is_kept(path, contents)):
            if member.kind != "folder":
                versions[deb.package.name] = deb.package.version
            if member.kind == "file":
                entry = _entry(member.path, tarfile.REGTYPE, member.mode)
                entries[member.path] = entry, member.content.read() if member.content else b""
            elif member.kind == "link":
                entries[member.path] = _link(member.path, member.target), b""
    for name, others in contents.links:
        program = PurePosixPath(name)
        for other in others:
            beside = program.with_name(other).as_posix()
            entries[beside] = _link(beside, program.name), b""
    if merged_links:
        entries |= {name: (_link(name, f"usr/{name}"), b"") for name in MERGED}
    empty = [*contents.folders, *(f"usr/{name}" for name in MERGED if merged_links)]
    for folder in sorted({*_parents([*entries, *empty]), *empty}):
        mode = 0o1777 if folder in WORLD_WRITABLE else 0o755
        entries[folder] = _entry(folder, tarfile.DIRTYPE, mode), b""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path in sorted(entries):
            entry, content = entries[path]
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue(), versions


def _is_kept(path: str, contents: Contents) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in contents.keep) and not any(
        fnmatchcase(path, pattern) for pattern in contents.leave_out
    )


def _parents(paths: Iterable[str]) -> list[str]:
    """Return all folders on the way to paths, each after the one that it is in."""
    found = {parent.as_posix() for path in paths for parent in PurePosixPath(path).parents}
    return sorted(found - {"."})


def _entry(path: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(path)
    entry.type, entry.mode, entry.mtime = kind, mode, MODIFIED_S
    entry.uname = entry.gname = "root"
    return entry


def _link(path: str, target: str) -> tarfile.TarInfo:
    entry = _entry(path, tarfile.SYMTYPE, 0o777)
    entry.linkname = target
    return entry
