"""Fetch packages into the cache: in parallel, verified, elsewhere when a mirror has moved on."""

from __future__ import annotations

import contextlib
import json
import threading
from concurrent.futures import FIRST_EXCEPTION, CancelledError, Future, ThreadPoolExecutor, wait
from dataclasses import asdict
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from course.live import cache
from course.live.debian.errors import MirrorUnreachableError, PackageMissingError, room
from course.live.debian.index import Index, newest, related
from course.live.debian.mirror import ENVIRONMENT, GoneError, Mirror, address, digest_of
from course.live.debian.pins import TIMESTAMP, Deb, Package, definitions, pinned_at
from course.live.progress import report

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from course.live.progress import Reporter

__all__ = ["SNAPSHOT", "fetch", "folder"]

SNAPSHOT = "https://snapshot.debian.org"
PARALLEL = 4
REPORT_INTERVAL_S = 0.2


def folder() -> Path:
    """Return where packages are kept."""
    return cache.folder() / "packages"


def fetch(
    packages: Iterable[Package], *, progress: Reporter | None = None, strict: bool = False
) -> list[Deb]:
    """Return packages as files, from the cache or else from a mirror.

    The mirror is ``$COURSE_DEBIAN_MIRROR`` or deb.debian.org. It keeps only the newest version of
    each package, so a pinned one may be gone; then snapshot.debian.org, which keeps all, is asked.
    An interrupted fetch goes on where it was when it is called again: each file is there as a whole
    or not at all.

    Args:
        packages: what to fetch.
        progress: is told how far the download is, in the thread of the caller.
        strict: accept nothing but the pinned versions. Otherwise one that is nowhere to be had is
            replaced by the newest version in the same release, with a lasting word to ``progress``.

    Returns:
        The files, in the order of the packages.

    Raises:
        MirrorUnreachableError: the mirror does not answer.
        PackageMissingError: a package is nowhere to be had.
        PackageDamagedError: what came is not what was pinned.
        SignatureError: the index of newer versions is not signed by Debian.
        DiskFullError: there is no room for the download.
    """
    packages = tuple(packages)
    found = {package: deb for package in packages if (deb := _cached(package, strict))}
    absent = [package for package in dict.fromkeys(packages) if package not in found]
    if absent:
        needed_bytes = sum(package.size_bytes for package in absent)
        with room(folder(), needed_bytes):
            folder().mkdir(parents=True, exist_ok=True)
        with Mirror() as mirror:
            found |= _Download(mirror, needed_bytes, strict, progress).run(absent)
    return [found[package] for package in packages]


class _Download:
    """One call's downloads, which end together when one of them fails or the user interrupts."""

    def __init__(
        self, mirror: Mirror, needed_bytes: int, strict: bool, progress: Reporter | None
    ) -> None:
        self._mirror = mirror
        self._needed_bytes = needed_bytes
        self._strict = strict
        self._progress = progress
        self._lock = threading.Lock()
        self._received_bytes = 0
        self._stopped = threading.Event()
        self._indexes: dict[str, Index] = {}
        self._index_lock = threading.Lock()
        self._remarks: list[str] = []
        self._snapshot_is_out_of_reach = False

    def run(self, packages: list[Package]) -> dict[Package, Deb]:
        count = f"{len(packages)} Debian package{'s' if len(packages) > 1 else ''}"
        text = f"downloading {count}, {self._needed_bytes / 1e6:.0f} MB"
        # The largest first, so that it is not the last one, which all wait for.
        largest_first = sorted(packages, key=lambda package: -package.size_bytes)
        with ThreadPoolExecutor(PARALLEL, thread_name_prefix="debian") as pool:
            futures = {package: pool.submit(self._one, package) for package in largest_first}
            try:
                self._await(list(futures.values()), text)
            finally:
                # Also upon Ctrl-C: the threads see it at their next piece, and delete their halves.
                self._stopped.set()
                pool.shutdown(wait=True, cancel_futures=True)
        found = {package: future.result() for package, future in futures.items()}
        self._say_remarks()
        report(self._progress, 1.0, f"downloaded {count}, {self._received_bytes / 1e6:.0f} MB")
        return found

    def _await(self, futures: list[Future[Deb]], text: str) -> None:
        """Report until all are done; raise the first error."""
        pending = set(futures)
        while pending:
            done, pending = wait(pending, REPORT_INTERVAL_S, FIRST_EXCEPTION)
            for future in done:
                future.result()
            fraction = self._received_bytes / max(self._needed_bytes, 1)
            self._say_remarks()
            report(self._progress, min(fraction, 0.99), text)

    def _say_remarks(self) -> None:
        while self._remarks:
            report(self._progress, None, self._remarks.pop(0), lasting=True)

    def _received(self, count: int) -> None:
        if self._stopped.is_set():
            raise CancelledError
        with self._lock:
            self._received_bytes += count

    def _one(self, package: Package) -> Deb:
        file = folder() / package.file_name
        with contextlib.suppress(GoneError):
            self._download(f"{address()}/{package.archive}/{package.path}", package, file)
            return Deb(package, file)
        if not self._snapshot_is_out_of_reach:
            with contextlib.suppress(GoneError):
                try:
                    self._download(_snapshot_url(package), package, file)
                    return Deb(package, file)
                except MirrorUnreachableError:
                    # The other packages need not find out anew, which may take half a minute.
                    self._snapshot_is_out_of_reach = True
        if self._strict:
            found = "out of reach" if self._snapshot_is_out_of_reach else "without it too"
            raise PackageMissingError(
                f"expected {package.file_name} at {address()}, found it gone, and {SNAPSHOT}, "
                f"which keeps all versions, {found}; set {ENVIRONMENT} to a mirror that still has "
                "it, or let newer versions be taken"
            )
        return self._drifted(package)

    def _download(self, url: str, package: Package, file: Path) -> None:
        with room(file.parent, self._needed_bytes), cache.writing(file) as stream:
            self._mirror.download(url, stream, sha256=package.sha256, received=self._received)

    def _drifted(self, package: Package) -> Deb:
        """Take the newest version of a package that is nowhere to be had as it was pinned."""
        with self._index_lock:
            indexes = [self._index(release) for release in related(package.release)]
        newer = newest(package.name, indexes)
        if newer is None and (pattern := _pattern(package.name)):
            # The name of a kernel's package holds its version.
            newer = newest(pattern, indexes)
        if newer is None:
            raise PackageMissingError(
                f"expected the package {package.name} in Debian's {package.release} at "
                f"{address()}, found none of that name; install a newer version of the course, "
                "which names others"
            )
        file = folder() / newer.file_name
        try:
            if not _is(newer, file):
                self._download(f"{address()}/{newer.archive}/{newer.path}", newer, file)
        except GoneError as error:
            raise PackageMissingError(
                f"expected {newer.file_name}, which the index of {address()} names, found it "
                f"missing there; try again later, or set {ENVIRONMENT} to another mirror"
            ) from error
        with room(folder()), cache.writing(_drift_note(package)) as stream:
            stream.write(json.dumps(asdict(newer), indent=2).encode())
        self._remarks.append(
            f"{package.name} {package.version} is gone from Debian's mirrors: "
            f"took {newer.name} {newer.version} in its place"
        )
        return Deb(newer, file, drifted=True)

    def _index(self, release: str) -> Index:
        if release not in self._indexes:
            index = self._indexes[release] = Index(release, self._mirror)
            if not index.signed:
                self._remarks.append(
                    f"the signature of {release} was not checked, since gpgv or Debian's keys are "
                    f"not installed; {address()} was trusted over HTTPS"
                )
        return self._indexes[release]


def _snapshot_url(package: Package) -> str:
    """Return where the snapshot archive has a package.

    It takes a copy of Debian a few times a day and answers with the last one before a given time.
    What was pinned had perhaps not been copied yet; half a day later it had, and was not gone yet.
    """
    pinned = datetime.strptime(pinned_at(), TIMESTAMP)
    copied = (pinned + timedelta(hours=12)).strftime(TIMESTAMP)
    return f"{SNAPSHOT}/archive/{package.archive}/{copied}/{package.path}"


def _cached(package: Package, strict: bool) -> Deb | None:
    """Return what an earlier fetch left, if it is whole."""
    file = folder() / package.file_name
    if _is(package, file):
        return Deb(package, file)
    if strict:
        return None
    with contextlib.suppress(OSError, ValueError, TypeError):
        newer = Package(**json.loads(_drift_note(package).read_bytes()))
        file = folder() / newer.file_name
        if _is(newer, file):
            return Deb(newer, file, drifted=True)
    return None


def _drift_note(package: Package) -> Path:
    """Return the file that says what was taken in place of a package, for later fetches."""
    return folder() / f"{package.file_name}.drifted.json"


def _is(package: Package, file: Path) -> bool:
    try:
        return file.stat().st_size == package.size_bytes and digest_of(file) == package.sha256
    except FileNotFoundError:
        return False


def _pattern(name: str) -> str | None:
    """Return the pattern in the sets' definitions that a package was pinned by, or None."""
    roots = {root for definition in definitions().values() for root in definition.roots}
    return next((root for root in sorted(roots) if fnmatchcase(name, root)), None)
