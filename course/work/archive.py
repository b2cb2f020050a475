"""The archive that work is saved in: a zip file that says what it holds.

::

    work/01-one-server-many-tenants/01-one-server-many-tenants.ipynb
    work/measurements.jsonl
    my-work.json       the manifest: format, course, when, and each file's size and digest

Any program for zip files opens it. What comes back has been through a learner's disk, a browser
and perhaps other hands, so `opened` believes nothing: it checks names, kinds and sizes before a
byte is unpacked, and `Opened.unpack` checks each digest.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import lzma
import stat
import time
import zipfile
import zlib
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import course
from course.work.errors import WorkError
from course.work.tree import size

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "FORMAT",
    "MANIFEST",
    "MOST_BYTES",
    "MOST_FILES",
    "Entry",
    "Manifest",
    "Opened",
    "add",
    "opened",
]

FORMAT = 1
MANIFEST = "my-work.json"
PREFIX = "work/"
MOST_BYTES = 2 * 10**9  # a small archive may unpack to a full disk
MOST_FILES = 20_000
_MANIFEST_BYTES = 10**8
_CHUNK_BYTES = 2**20
_ZLIB = (zlib.error, lzma.LZMAError)  # what damaged bytes raise


@dataclass(frozen=True)
class Entry:
    """One file in an archive.

    Attributes:
        name: where it belongs, with slashes, from the workspace on.
        size_bytes: its size.
        sha256: its digest.
        modified: when it was changed last, in UTC.
    """

    name: str
    size_bytes: int
    sha256: str
    modified: str


@dataclass(frozen=True)
class Manifest:
    """What an archive says of itself.

    Attributes:
        format: the version of the archive's form.
        course: the version of the course that wrote it.
        saved: when it was written, in UTC.
        files: what it holds.
    """

    format: int
    course: str
    saved: str
    files: tuple[Entry, ...]

    def as_json(self) -> str:
        """Return it as a file's text."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def of(cls, files: list[Entry]) -> Manifest:
        """Describe files that are saved now."""
        now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        return cls(FORMAT, course.__version__, now, tuple(files))


def add(bundle: zipfile.ZipFile, name: str, path: Path) -> Entry:
    """Add a file to an archive that is being written, and describe what was read of it.

    Args:
        bundle: the archive.
        name: where the file belongs, with slashes.
        path: the file.
    """
    modified = path.stat().st_mtime
    # The form knows neither zones nor years before 1980; the manifest has the exact time.
    moment = max(time.gmtime(modified)[:6], (1980, 1, 1, 0, 0, 0))
    info = zipfile.ZipInfo(PREFIX + name, date_time=moment)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    with path.open("rb") as source, bundle.open(info, "w", force_zip64=True) as target:
        count, digest = _copy(source, target)
    return Entry(name, count, digest, datetime.fromtimestamp(modified, UTC).isoformat())


class Opened:
    """An archive whose names, kinds and sizes are in order.

    Attributes:
        manifest: what it says of itself.
    """

    def __init__(self, bundle: zipfile.ZipFile, manifest: Manifest) -> None:
        self._bundle = bundle
        self.manifest = manifest

    def unpack(self, entry: Entry, path: Path) -> None:
        """Write one of its files.

        Args:
            entry: which one.
            path: where to; the file must not exist.

        Raises:
            WorkError: its bytes are not those that were saved.
        """
        try:
            with self._bundle.open(PREFIX + entry.name) as source, path.open("xb") as target:
                count, digest = _copy(source, target)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, *_ZLIB) as error:
            raise WorkError(f"{entry.name} is damaged in the archive: {error}. {_AGAIN}") from None
        if (count, digest) != (entry.size_bytes, entry.sha256):
            raise WorkError(
                f"{entry.name} in the archive is not what was saved: its digest differs. {_AGAIN}"
            )


_AGAIN = "Nothing was changed. Try the copy that you have downloaded, or an earlier one."


@contextlib.contextmanager
def opened(file: Path) -> Iterator[Opened]:
    """Open an archive and check all of it that can be checked without unpacking.

    Args:
        file: the archive.

    Raises:
        WorkError: it is none of ours, or it is damaged, or made to do harm.
    """
    if not file.is_file():
        raise WorkError(f"expected a saved archive at {file}, found no file there.")
    with contextlib.ExitStack() as stack:
        try:
            bundle = stack.enter_context(zipfile.ZipFile(file))
            manifest = _checked(bundle, file.name)
        except (zipfile.BadZipFile, EOFError, OSError) as error:
            raise WorkError(
                f"{file.name} is no zip archive, or only a part of one ({error}). {_AGAIN}"
            ) from None
        yield Opened(bundle, manifest)


def _checked(bundle: zipfile.ZipFile, name: str) -> Manifest:
    manifest = _manifest(bundle, name)
    infos = [info for info in bundle.infolist() if not info.is_dir()]
    names = [info.filename for info in infos]
    refuse = f"{name} was not written by this course's save, or was changed since: "
    if len(names) > MOST_FILES:
        raise WorkError(f"{refuse}it holds {len(names)} files, expected at most {MOST_FILES}.")
    listed = [entry.name for entry in manifest.files]
    twice = [n for every in (names, listed) for n, count in Counter(every).items() if count > 1]
    if twice:
        raise WorkError(f"{refuse}it holds {twice[0]!r} twice. {_AGAIN}")
    expected = {PREFIX + entry.name: entry for entry in manifest.files}
    for entry in manifest.files:
        if problem := _unsafe(entry.name):
            raise WorkError(f"{refuse}the name {entry.name!r} {problem}. {_AGAIN}")
    if odd := sorted(set(names) ^ {*expected, MANIFEST}):
        raise WorkError(f"{refuse}{odd[0]!r} is not both in it and in its list. {_AGAIN}")
    for info in infos:
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise WorkError(f"{refuse}{info.filename!r} is a link or a device, no file. {_AGAIN}")
        if info.flag_bits & 1:
            raise WorkError(f"{refuse}{info.filename!r} is locked by a password. {_AGAIN}")
        if info.filename != MANIFEST and info.file_size != expected[info.filename].size_bytes:
            raise WorkError(f"{refuse}{info.filename!r} has not the size in its list. {_AGAIN}")
    total = sum(entry.size_bytes for entry in manifest.files)
    if total > MOST_BYTES:
        raise WorkError(f"{refuse}it unpacks to {size(total)}, at most {size(MOST_BYTES)} may.")
    return manifest


def _manifest(bundle: zipfile.ZipFile, name: str) -> Manifest:
    ours = f"expected an archive that `course save` has written, found {name}, "
    try:
        info = bundle.getinfo(MANIFEST)
    except KeyError:
        raise WorkError(f"{ours}which has no {MANIFEST}. Choose your my-work file.") from None
    if info.file_size > _MANIFEST_BYTES:
        raise WorkError(f"{ours}whose {MANIFEST} has {size(info.file_size)}.")
    try:
        said = json.loads(bundle.read(info))
        if _is_newer(said):
            raise WorkError(
                f"{name} was written by course {said.get('course')}, in format {said['format']}; "
                f"this is course {course.__version__}, which reads format {FORMAT}. "
                "Update the course, or open the archive by hand: it is an ordinary zip file."
            )
        files = tuple(_entry(entry) for entry in said["files"])
        return Manifest(said["format"], str(said["course"]), str(said["saved"]), files)
    except WorkError:
        raise
    except (ValueError, TypeError, LookupError, ArithmeticError, RuntimeError, *_ZLIB) as error:
        raise WorkError(f"{ours}whose {MANIFEST} cannot be read: {error}.") from None


def _is_newer(said: Any) -> bool:
    found = said["format"]
    if not isinstance(found, int) or found < 1:
        raise ValueError(f"format {found!r}")
    return found > FORMAT


def _entry(said: dict[str, Any]) -> Entry:
    entry = Entry(said["name"], said["size_bytes"], said["sha256"], said["modified"])
    for value, kind in ((entry.name, str), (entry.size_bytes, int), (entry.sha256, str)):
        if not isinstance(value, kind):
            raise TypeError(f"{value!r} is no {kind.__name__}")
    if entry.size_bytes < 0:
        raise ValueError(f"a size of {entry.size_bytes}")
    datetime.fromisoformat(entry.modified).timestamp()
    return entry


def _unsafe(name: str) -> str:
    parts = name.split("/")
    # A backslash and a drive lead elsewhere on Windows only, where someone may bring work back.
    if name.startswith("/") or ".." in parts or "\\" in name or Path(name).drive:
        return "leads outside of the workspace"
    if any(part in ("", ".") or part.startswith(".") for part in parts):
        return "is not a file of yours"
    return "is not a file of yours" if any(ord(character) < 32 for character in name) else ""


def _copy(source: IO[bytes], target: IO[bytes]) -> tuple[int, str]:
    count, digest = 0, hashlib.sha256()
    while chunk := source.read(_CHUNK_BYTES):
        target.write(chunk)
        digest.update(chunk)
        count += len(chunk)
    return count, digest.hexdigest()
