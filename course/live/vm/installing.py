"""A Debian system, unpacked as dpkg would: by any user, and still to be configured.

What `dpkg --unpack` does beside unpacking is to write down what it has unpacked. With that record
the system's own dpkg goes on from there, in the guest, where it is root.
Source: deb-control(5), dpkg(1) and the files below /var/lib/dpkg of a Debian system.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from course.live import debian

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["unpack_system"]


def unpack_system(
    debs: Sequence[debian.Deb], root: Path, progress: Callable[[float], None]
) -> list[str]:
    """Unpack packages below a folder, with dpkg's record of them.

    Args:
        debs: the packages.
        root: an empty folder.
        progress: called with the fraction that is done.

    Returns:
        What only the system's own root can do: lines of mode, owner and path.
    """
    info = root / "var/lib/dpkg/info"
    status, owners = [], []
    for number, deb in enumerate(debs, 1):
        debian.unpack(deb.file, root)
        info.mkdir(parents=True, exist_ok=True)
        paragraph, special = _record(deb.file, root, info)
        status.append(paragraph)
        owners += special
        progress(number / len(debs))
    (root / "var/lib/dpkg/status").write_text("\n".join(status), encoding="utf-8")
    (root / "var/lib/dpkg/available").touch()
    (info / "format").write_text("1\n")
    return owners


def _record(file: Path, root: Path, info: Path) -> tuple[str, list[str]]:
    """Write down what a package is; return its paragraph and its files with owners of their own."""
    from debian.debfile import DebFile

    with DebFile(str(file)) as deb:
        control = deb.debcontrol()
        stem = control["Package"]
        if control.get("Multi-Arch") == "same":
            stem += f":{control['Architecture']}"
        settings: list[str] = []
        with deb.control.tgz() as archive:
            for entry in archive:
                name = Path(entry.name).name
                stream = archive.extractfile(entry)
                if stream is None or name == "control":
                    continue
                content = stream.read()
                target = info / f"{stem}.{name}"
                target.write_bytes(content)
                target.chmod(entry.mode & 0o777)
                if name == "conffiles":
                    settings = _settings(content.decode(), root)
        paths, owners = [], []
        with deb.data.tgz() as archive:
            for entry in archive:
                path = "/" + entry.name.removeprefix("./").rstrip("/")
                paths.append("/." if path in ("/", "/.") else path)
                if (entry.uid or entry.gid or entry.mode & 0o6000) and not entry.issym():
                    owners.append(f"{entry.mode & 0o7777:o} {entry.uname}:{entry.gname} {path}")
        (info / f"{stem}.list").write_text("\n".join(paths) + "\n", encoding="utf-8")
    lines = [f"{field}: {value}" for field, value in control.items()]
    lines.insert(1, "Status: install ok unpacked")
    if settings:
        lines += ["Conffiles:", *settings]
    return "\n".join(lines) + "\n", owners


def _settings(listed: str, root: Path) -> list[str]:
    """Return the lines of a package's settings: each file with the digest that it comes with."""
    found = []
    for line in listed.splitlines():
        path = line.split()[-1] if line.strip() else ""  # "/etc/x", or "remove-on-upgrade /etc/x"
        file = root / path.lstrip("/")
        if path and file.is_file():
            digest = hashlib.md5(file.read_bytes()).hexdigest()  # noqa: S324 (dpkg's own choice)
            found.append(f" {path} {digest}")
    return found
