"""Find out which files of Debian a set of packages is made of now."""

from __future__ import annotations

import time
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from course.live.debian.errors import PackageMissingError
from course.live.debian.index import Index, newest
from course.live.debian.mirror import Mirror
from course.live.debian.pins import TIMESTAMP, Definition, Package, definitions, write_pins
from course.live.progress import report

if TYPE_CHECKING:
    from pathlib import Path

    from course.live.progress import Reporter

__all__ = ["closure", "repin"]


def repin(file: Path, *, progress: Reporter | None = None) -> dict[str, tuple[Package, ...]]:
    """Pin all sets anew to what Debian has now.

    Args:
        file: the pins to write.
        progress: is told what is being done.

    Returns:
        The packages of each set.

    Raises:
        PackageError: an index or a package could not be had, or is not Debian's.
    """
    pinned_at = time.strftime(TIMESTAMP, time.gmtime())
    releases = sorted({name for wanted in definitions().values() for name in wanted.releases})
    indexes = {}
    with Mirror() as mirror:
        for release in releases:
            report(progress, None, f"reading the index of {release}")
            index = indexes[release] = Index(release, mirror)
            checked = "signed by Debian" if index.signed else "trusted over HTTPS, without gpgv"
            report(progress, None, f"{release} of {index.date}, {checked}", lasting=True)
    sets = {}
    for name, definition in definitions().items():
        report(progress, None, f"resolving {name}")
        sets[name] = closure(definition, [indexes[release] for release in definition.releases])
    write_pins(pinned_at, sets, file)
    return sets


def closure(definition: Definition, indexes: list[Index]) -> tuple[Package, ...]:
    """Return the packages that are wanted and all that they depend on, sorted by name.

    Of alternatives the first one that there is counts, unless one is chosen already.

    Args:
        definition: what is wanted and what is left out.
        indexes: what there is; the newest version of all counts.

    Raises:
        PackageMissingError: a package that is wanted or depended upon is in no index.
    """
    chosen: dict[str, Package] = {}
    by_release = {index.release: index for index in indexes}
    waiting = []
    by_priority = {
        name
        for index in indexes
        for priority in definition.priorities
        for name in index.of_priority(priority)
    }
    for root in (*definition.roots, *sorted(by_priority)):
        package = newest(root, indexes)
        if package is None:
            raise PackageMissingError(
                f"expected {root} in {', '.join(by_release)}, found none; correct sets.toml"
            )
        if package.name not in chosen:
            chosen[package.name] = package
            waiting.append(package)
    while waiting:
        package = waiting.pop(0)
        paragraph = by_release[package.release].paragraph(package.name)
        for field in ("pre-depends", "depends"):
            for alternatives in paragraph.relations[field] or ():
                names = [str(alternative["name"]) for alternative in alternatives]
                if needed := _needed(names, definition, indexes, chosen, package):
                    chosen[needed.name] = needed
                    waiting.append(needed)
    return tuple(sorted(chosen.values(), key=lambda package: package.name))


def _needed(
    names: list[str],
    definition: Definition,
    indexes: list[Index],
    chosen: dict[str, Package],
    dependent: Package,
) -> Package | None:
    """Return what a dependency adds, or None if it is met or left out."""
    if any(name in chosen for name in names):
        return None
    for name in names:
        if any(fnmatchcase(name, pattern) for pattern in definition.exclude):
            return None
        if package := newest(name, indexes):
            return package
        providers = [other for index in indexes for other in index.providers.get(name, ())]
        if any(provider in chosen for provider in providers):
            return None
        if providers and (package := newest(sorted(providers)[0], indexes)):
            return package
    raise PackageMissingError(
        f"expected {' or '.join(names)}, which {dependent.name} depends on, in "
        f"{', '.join(index.release for index in indexes)}, found none; correct sets.toml"
    )
