"""What a build of the lab VM is made of, and whether it can be resumed here."""

from __future__ import annotations

import hashlib
import json
import shutil
import tomllib
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.live.errors import FingerprintMismatchError, LabVMNotBuiltError
from course.live.labvm import hardware, places
from course.live.labvm.hardware import Channels, Machine
from course.live.qemu import program as qemu

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "COMPRESSOR",
    "DISK",
    "FILES",
    "INITRAMFS",
    "KERNEL",
    "MANIFEST",
    "STATE",
    "Manifest",
    "digest",
    "recipe",
]

KERNEL, INITRAMFS, DISK, STATE = FILES = ("kernel", "initramfs", "disk.qcow2", "state")
MANIFEST = "manifest.json"
FORMAT = 2
#: The program that a snapshot is compressed with, where it is.
COMPRESSOR = "zstd"
BUILD = "course labvm build"


@dataclass(frozen=True)
class Manifest:
    """What a build is made of.

    Attributes:
        built_at: when, in UTC, as ISO 8601.
        machine: the machine on which the snapshot was taken, and on which alone it resumes.
        arguments: what QEMU was started with, paths and descriptors left out.
        qemu_version: QEMU's own words about its version.
        qemu_identity: see `qemu.identity`.
        compressed: the snapshot's file is compressed with zstd.
        recipe: the digest of what the course puts into the guest; see `recipe`.
        kernel_version: the guest kernel's.
        docker_version: the guest's Docker Engine's.
        docker_api_version: of its interface; a client that knows it need not ask.
        packages: Debian packages: name, version, release, and whether it is not the pinned one.
        images: the course's images: tag, id, size in bytes, sizes of their layers.
        size_bytes: the size of each file.
        sha256: the digest of each file.
        cold_boot_s: how long the first boot took until Docker answered, in seconds.
        build_s: how long all of it took, in seconds.
    """

    built_at: str
    machine: Machine
    arguments: tuple[str, ...]
    qemu_version: str
    qemu_identity: str
    compressed: bool
    recipe: str
    kernel_version: str
    docker_version: str
    docker_api_version: str
    packages: tuple[Mapping[str, Any], ...]
    images: tuple[Mapping[str, Any], ...]
    size_bytes: Mapping[str, int]
    sha256: Mapping[str, str]
    cold_boot_s: float
    build_s: float

    @classmethod
    def read(cls, folder: Path | None = None) -> Manifest:
        """Read the manifest of a build.

        Args:
            folder: the build's; by default the current one.

        Raises:
            LabVMNotBuiltError: nothing has been built there, or by another version of the course.
        """
        folder = places.built() if folder is None else folder
        try:
            stored = json.loads((folder / MANIFEST).read_text())
        except FileNotFoundError:
            raise LabVMNotBuiltError(
                f"expected a lab VM in {folder}, found none; build one (about three minutes, "
                f"100 MB to download): {BUILD}"
            ) from None
        except ValueError as error:
            raise LabVMNotBuiltError(
                f"expected a manifest in {folder / MANIFEST}, found what cannot be read ({error}); "
                f"build the lab VM anew: {BUILD}"
            ) from error
        names = {field.name for field in fields(cls)}
        if stored.pop("format", None) != FORMAT or set(stored) != names:
            raise FingerprintMismatchError(
                f"expected a lab VM of this version of the course in {folder}, found another's; "
                f"build it anew: {BUILD}"
            )
        stored["machine"] = Machine(**stored["machine"])
        for name in ("arguments", "packages", "images"):
            stored[name] = tuple(stored[name])
        return cls(**stored)

    def write(self, folder: Path) -> None:
        """Write it into the folder of a build."""
        content = {"format": FORMAT, **asdict(self)}
        (folder / MANIFEST).write_text(json.dumps(content, indent=1) + "\n")

    @property
    def fingerprint(self) -> str:
        """What must be equal where it is resumed: QEMU, the machine's arguments, the kernel."""
        parts = [self.qemu_version, *self.arguments, self.kernel_version]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]

    def require_resumable(self, program: str, folder: Path | None = None) -> None:
        """Make sure that this QEMU can resume the build, and that its files are whole.

        Digests are for `verify`: to read all files would take longer than to resume.

        Args:
            program: the QEMU at hand.
            folder: the build's; by default the current one.

        Raises:
            FingerprintMismatchError: it was built for something else, or is damaged.
            QemuMissingError: this QEMU cannot be run.
        """
        folder = places.built() if folder is None else folder
        expected: dict[str, tuple[object, object]] = {
            "the machine's arguments": (self.arguments, generic_arguments(self.machine)),
        }
        if recipe() != self.recipe:
            raise FingerprintMismatchError(
                f"expected a lab VM of this version of the course in {folder}, found one of "
                f"another; build it anew: {BUILD}"
            )
        if qemu.identity(program) != self.qemu_identity:  # the same file needs not be asked
            expected["QEMU"] = (self.qemu_version, qemu.version(program))
        for file in FILES:
            path = folder / file
            size = path.stat().st_size if path.exists() else 0
            expected[f"the size of {path}"] = (self.size_bytes[file], size)
        if self.compressed and not shutil.which(COMPRESSOR):
            raise FingerprintMismatchError(
                f"expected {COMPRESSOR}, which the snapshot in {folder} is compressed with, found "
                f"none on the PATH; install it (apt-get install {COMPRESSOR}), or build the lab VM "
                f"anew: {BUILD}"
            )
        for what, (then, now) in expected.items():
            if then != now:
                raise FingerprintMismatchError(
                    f"the lab VM in {folder} was frozen in another machine than this: expected "
                    f"{what} to be {then}, found {now}; build it anew: {BUILD}"
                )

    def verify(self, folder: Path | None = None) -> list[str]:
        """Return the files whose content is not what was built."""
        folder = places.built() if folder is None else folder
        return [file for file in FILES if digest(folder / file) != self.sha256[file]]


def generic_arguments(machine: Machine) -> tuple[str, ...]:
    """Return QEMU's arguments for a machine, with the same words for all paths and descriptors."""
    channels = Channels(agent=0, gate=0, shell=Path("shell"))
    return tuple(hardware.arguments(machine, channels, disk="disk", network="network"))


def recipe() -> str:
    """Return a digest of what the course puts into the guest: scripts, pins, images.

    A build of other scripts would start, and then not do what this version expects.
    """
    live = Path(__file__).parent.parent
    files = [live / "labvm/root.py"]
    for folder in ("kernel", "labvm/guest", "images"):
        files += [path for path in (live / folder).rglob("*") if "__pycache__" not in path.parts]
    content = hashlib.sha256()
    sets = {"guest"}
    for file in sorted(path for path in files if path.is_file()):
        content.update(f"{file.relative_to(live)}\0{file.stat().st_size}\0".encode())
        content.update(file.read_bytes())
        if file.name == "contents.toml":
            sets |= set(tomllib.loads(file.read_text(encoding="utf-8"))["packages"])
    # Packages of other sets are none of its business, so they are looked up one by one.
    pins = json.loads((live / "debian/pins.json").read_text(encoding="utf-8"))["sets"]
    for name in sorted(sets):
        content.update(json.dumps([name, pins[name]]).encode())
    return content.hexdigest()[:16]


def digest(file: Path) -> str:
    """Return a file's SHA-256; empty if there is no such file."""
    if not file.exists():
        return ""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
