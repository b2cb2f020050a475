"""Which Debian packages the course is made of, to the byte.

``sets.toml`` says what is wanted, for people to read and change; ``pins.json`` says which files
that was on one day, for programs to fetch. ``python -m course.live.debian`` makes the second from
the first.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

__all__ = [
    "TIMESTAMP",
    "Deb",
    "Definition",
    "Package",
    "definitions",
    "pinned",
    "pinned_at",
    "write_pins",
]

PINS = "pins.json"
DEFINITIONS = "sets.toml"
TIMESTAMP = "%Y%m%dT%H%M%SZ"  # as snapshot.debian.org writes it


@dataclass(frozen=True)
class Package:
    """One file of the Debian archive.

    Attributes:
        name: the package's name.
        version: its full version, with the epoch.
        release: where it was found, such as ``bookworm`` or ``bookworm-security``.
        architecture: ``amd64`` or ``all``.
        path: where it is in its archive, such as ``pool/main/t/tini/tini_0.19.0-1+b3_amd64.deb``.
        sha256: the file's digest, in hexadecimal.
        size_bytes: the file's size.
    """

    name: str
    version: str
    release: str
    architecture: str
    path: str
    sha256: str
    size_bytes: int

    @property
    def archive(self) -> str:
        """Which of Debian's archives holds it: ``debian`` or ``debian-security``."""
        return archive(self.release)

    @property
    def file_name(self) -> str:
        """The file's name, without folders."""
        return Path(self.path).name


@dataclass(frozen=True)
class Deb:
    """A package that is on this machine.

    Attributes:
        package: what it is; for a drifted one, what was taken in place of the pinned one.
        file: the ``.deb`` file.
        drifted: it is a newer version, since the pinned one could not be had any more.
    """

    package: Package
    file: Path
    drifted: bool = False


@dataclass(frozen=True)
class Definition:
    """What a set of packages is to hold.

    Attributes:
        releases: where packages are looked for; the newest version of all of them counts.
        roots: names or patterns of the packages that are wanted themselves; of a pattern's
            matches, the one with the newest version.
        exclude: names or patterns of dependencies that are left out.
        priorities: with these, such as ``required``, a package is wanted by itself.
    """

    releases: tuple[str, ...]
    roots: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()


def archive(release: str) -> str:
    """Return the archive that holds a release, as named in every mirror's addresses."""
    return "debian-security" if release.endswith("-security") else "debian"


@cache
def definitions() -> dict[str, Definition]:
    """Read what each set is to hold."""
    table = tomllib.loads(_resource(DEFINITIONS))
    never = tuple(table.pop("never"))
    return {
        name: Definition(
            tuple(entry["releases"]),
            tuple(entry["roots"]),
            (*(() if entry.get("complete") else never), *entry.get("exclude", ())),
            tuple(entry.get("priorities", ())),
        )
        for name, entry in table.items()
    }


def pinned(name: str) -> tuple[Package, ...]:
    """Return the packages of a set, as they were pinned.

    Args:
        name: the set, such as ``"guest"``.

    Raises:
        KeyError: there is no such set.
    """
    sets = _pins()["sets"]
    if name not in sets:
        raise KeyError(f"expected one of the sets {', '.join(sorted(sets))}, found {name!r}")
    return tuple(Package(**entry) for entry in sets[name])


def pinned_at() -> str:
    """Return when the packages were pinned, as snapshot.debian.org writes it."""
    return str(_pins()["pinned_at"])


def write_pins(pinned_at: str, sets: dict[str, tuple[Package, ...]], file: Path) -> None:
    """Write pins so that a difference between two of them can be read line by line.

    Args:
        pinned_at: when, as snapshot.debian.org writes it.
        sets: the packages of each set.
        file: what to write.
    """
    lines = [
        f'    "{name}": [\n'
        + ",\n".join(f"      {json.dumps(asdict(package))}" for package in packages)
        + "\n    ]"
        for name, packages in sets.items()
    ]
    file.write_text(
        f'{{\n  "pinned_at": "{pinned_at}",\n  "sets": {{\n' + ",\n".join(lines) + "\n  }\n}\n",
        encoding="utf-8",
    )
    _pins.cache_clear()


@cache
def _pins() -> dict[str, Any]:
    pins: dict[str, Any] = json.loads(_resource(PINS))
    return pins


def _resource(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
