"""What machines boot: the files of the current build, and whether they are there.

=====================  ==========================================================================
``kernel``             Debian's kernel, unpacked, for both guests
``tiny.cpio.gz``       the initramfs that every machine begins with: busybox and two scripts
``virtio.cpio.gz``     drivers of paravirtual devices
``emulated.cpio.gz``   drivers of devices that imitate hardware
``disk.cpio.gz``       what is needed to find a disk's file system
``freeradius.cpio.gz`` the service that the texts name, as the course's image of it holds it
``full.qcow2``         the disk of the full guest
``tools/``             the programs that measure, for this machine as for guests
``freeradius/``        the service's files, for this machine
=====================  ==========================================================================

An initramfs may be several archives one after the other, so each machine begins with those that it
needs and with no more.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from course.live import cache
from course.live.errors import FingerprintMismatchError, GuestsNotBuiltError, QemuMissingError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ARCHIVES",
    "BUILD",
    "DISK",
    "KERNEL",
    "SERVICE",
    "TOOLS",
    "GuestsReadiness",
    "Manifest",
    "built",
    "readiness",
    "recipe",
    "service_files",
    "sizes",
    "tools",
]

KERNEL, DISK, TOOLS, SERVICE = "kernel", "full.qcow2", "tools", "freeradius"
#: The archives that an initramfs is put together from.
ARCHIVES = ("tiny", "virtio", "emulated", "disk", "freeradius", "tools")
MANIFEST = "manifest.json"
FORMAT = 1
BUILD = "course labvm build"


@dataclass(frozen=True)
class Manifest:
    """What a build of the guests is made of.

    Attributes:
        built_at: when, in UTC, as ISO 8601.
        recipe: the digest of what the course puts into the guests; see `recipe`.
        kernel_version: the kernel's.
        packages: Debian packages of all guests: name, version, and whether it is not the pinned
            one.
        size_bytes: the size of each file.
        kernel_packed_bytes: what the kernel takes as Debian packs it.
        full_virtual_bytes: what the full guest takes for its disk's size.
        full_used_bytes: what its files and their file system take of it.
        build_s: how long the build took, in seconds.
    """

    built_at: str
    recipe: str
    kernel_version: str
    packages: tuple[Mapping[str, Any], ...]
    size_bytes: Mapping[str, int]
    kernel_packed_bytes: int
    full_virtual_bytes: int
    full_used_bytes: int
    build_s: float

    @classmethod
    def read(cls, folder: Path | None = None) -> Manifest:
        """Read the manifest of a build.

        Args:
            folder: the build's; by default the current one.

        Raises:
            GuestsNotBuiltError: nothing has been built there, or it is damaged.
            FingerprintMismatchError: it was built by another version of the course.
        """
        folder = built() if folder is None else folder
        try:
            stored = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise GuestsNotBuiltError(
                f"expected guests for virtual machines in {folder}, found none; build them (about "
                f"three minutes, 140 MB to download): {BUILD}"
            ) from None
        except ValueError as error:
            raise GuestsNotBuiltError(
                f"expected a manifest in {folder / MANIFEST}, found what cannot be read ({error}); "
                f"build the guests anew: {BUILD}"
            ) from error
        names = {field.name for field in fields(cls)}
        if stored.pop("format", None) != FORMAT or set(stored) != names:
            raise FingerprintMismatchError(
                f"expected guests of this version of the course in {folder}, found another's; "
                f"build them anew: {BUILD}"
            )
        return cls(**stored | {"packages": tuple(stored["packages"])})

    def write(self, folder: Path) -> None:
        """Write it into the folder of a build."""
        content = {"format": FORMAT, **asdict(self)}
        (folder / MANIFEST).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")

    def require_usable(self, folder: Path | None = None) -> None:
        """Make sure that the build is this version's, and that its files are whole.

        Raises:
            FingerprintMismatchError: it is another's.
            GuestsNotBuiltError: a file is missing or cut off.
        """
        folder = built() if folder is None else folder
        if recipe() != self.recipe:
            raise FingerprintMismatchError(
                f"expected guests of this version of the course in {folder}, found those of "
                f"another; build them anew: {BUILD}"
            )
        for name, size in self.size_bytes.items():
            path = folder / name
            found = path.stat().st_size if path.exists() else 0
            if found != size:
                raise GuestsNotBuiltError(
                    f"expected {path} to have {size} bytes, found {found}; build the guests anew: "
                    f"{BUILD}"
                )


@dataclass(frozen=True)
class GuestsReadiness:
    """Whether a virtual machine can be booted.

    Attributes:
        state: `built` (it can), `unbuilt` (guests can be built first), or `impossible`.
        reason: why.
        remedy: what to do; empty when nothing is to be done.
    """

    state: Literal["built", "unbuilt", "impossible"]
    reason: str
    remedy: str = ""


def built() -> Path:
    """Return the folder of the current build; it need not exist."""
    return cache.folder() / "guests" / cache.CURRENT


def readiness() -> GuestsReadiness:
    """Tell whether virtual machines can be booted here, without starting anything."""
    from course.live.qemu import program as qemu

    try:
        qemu.find()
    except QemuMissingError as error:
        reason, _, remedy = error.message.partition("; ")
        return GuestsReadiness("impossible", reason, remedy)
    try:
        manifest = Manifest.read()
        manifest.require_usable()
    except GuestsNotBuiltError:
        return GuestsReadiness("unbuilt", "the guests have not been built yet", BUILD)
    except FingerprintMismatchError:
        other = "the guests were built by another version of the course"
        return GuestsReadiness("unbuilt", other, BUILD)
    reason = f"built {manifest.built_at[:10]}, Linux {manifest.kernel_version}"
    return GuestsReadiness("built", reason)


def sizes() -> dict[str, int]:
    """Return what the guests take, in bytes.

    The kernel's file is unpacked, since a machine under emulation would take seconds to do it at
    each boot; ``"kernel, packed"`` is what it takes as Debian ships it.

    ``"full disk, virtual"`` is what the guest takes for its disk's size, ``"full disk, used"`` what
    files and file system take of it, and ``"full disk"`` the compressed file that is shipped.

    Raises:
        GuestsNotBuiltError: there are none.
        FingerprintMismatchError: they were built by another version of the course.
    """
    manifest = Manifest.read()
    files = manifest.size_bytes
    archives = {f"{name} initramfs": files[f"{name}.cpio.gz"] for name in ARCHIVES}
    return {
        "kernel": files[KERNEL],
        "kernel, packed": manifest.kernel_packed_bytes,
        **archives,
        "full disk": files[DISK],
        "full disk, virtual": manifest.full_virtual_bytes,
        "full disk, used": manifest.full_used_bytes,
    }


def tools() -> Path:
    """Return the folder with the programs that measure, the same as in a guest's ``/tools``.

    ``busybox`` is static; ``ioping`` is run by its own loader: ``ld.so --library-path lib ioping``.

    Raises:
        GuestsNotBuiltError: they have not been built.
    """
    Manifest.read()
    return built() / TOOLS


def service_files() -> Path:
    """Return the folder with the service's files: what the course's image of it holds.

    Raises:
        GuestsNotBuiltError: they have not been built.
    """
    Manifest.read()
    return built() / SERVICE


def recipe() -> str:
    """Return a digest of what the course puts into the guests: scripts, pins, the service."""
    live = Path(__file__).parent.parent
    folders = ("kernel", "vm/guest", "images/freeradius", "images/busybox")
    files = [path for folder in folders for path in (live / folder).rglob("*")]
    files += [live / "vm" / name for name in ("archives.py", "installing.py")]
    content = hashlib.sha256()
    for file in sorted(path for path in files if path.is_file()):
        if "__pycache__" not in file.parts:
            content.update(f"{file.relative_to(live)}\0{file.stat().st_size}\0".encode())
            content.update(file.read_bytes())
    pins = json.loads((live / "debian/pins.json").read_text(encoding="utf-8"))["sets"]
    for name in ("busybox", "freeradius", "full", "kernel", "tools"):
        content.update(json.dumps([name, pins[name]]).encode())
    return content.hexdigest()[:16]
