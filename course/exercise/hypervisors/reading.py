"""What a disk image holds, read without the program that made it.

- `read`: the bytes of the disk that an image file describes, and its format

Four formats are known besides plain bytes: qcow2 (QEMU), vmdk (VMware), vdi (VirtualBox) and vpc
(Microsoft, files named ``.vhd``). All four are alike: a header, a table that says for each piece of
the disk where in the file it lies, and the pieces; a piece that the table does not have is zeros.
An image that refers to other files is refused: what it holds is not in it.

The layouts are those of QEMU's documentation of qcow2, VMware's *Virtual Disk Format 1.1*,
VirtualBox's ``VDICore.h`` and Microsoft's *Virtual Hard Disk Image Format Specification*.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["FORMATS", "DiskImage", "UnreadableImageError", "read"]

SECTOR_BYTES = 512
#: Larger files and disks are not read: those of the lesson are a hundredth of it.
MOST_BYTES = 64 * 2**20

_QCOW2, _VMDK, _VPC = b"QFI\xfb", b"KDMV", b"conectix"
_VDI_AT, _VDI = 64, struct.pack("<I", 0xBEDA107F)
_HOLE = b""


class UnreadableImageError(ValueError):
    """Report an image that cannot be read here."""


@dataclass(frozen=True)
class DiskImage:
    """A disk, as an image file describes it.

    Attributes:
        format: ``raw``, ``qcow2``, ``vmdk``, ``vdi`` or ``vpc``, by the file's own header.
        content: the bytes of the disk.
        file_bytes: how long the file is.
    """

    format: str
    content: bytes
    file_bytes: int


def read(path: Path) -> DiskImage:
    """Return the disk that an image file describes.

    Args:
        path: the file.

    Raises:
        OSError: there is no such file, or it cannot be read.
        UnreadableImageError: it is too large, broken, compressed, encrypted or split.
    """
    if path.exists() and not path.is_file():
        raise UnreadableImageError(f"{path.name} is no file")
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise UnreadableImageError(
            f"{path.name} has {size / 2**20:.0f} MiB; expected an image of the lesson's small disk"
        )
    data = path.read_bytes()
    name = _format(data)
    try:
        content = _READERS[name](data)
    except (struct.error, IndexError, OverflowError, ZeroDivisionError) as error:
        raise UnreadableImageError(f"{path.name} begins like {name} and breaks off") from error
    except UnreadableImageError as error:
        raise UnreadableImageError(f"{path.name}: {error}") from error
    return DiskImage(name, content, size)


def _format(data: bytes) -> str:
    """Return the format that the first bytes of a file say."""
    if data.startswith(_QCOW2):
        return "qcow2"
    if data.startswith(_VMDK):
        return "vmdk"
    if data.startswith(_VPC):
        return "vpc"
    if data[_VDI_AT : _VDI_AT + len(_VDI)] == _VDI:
        return "vdi"
    return "raw"


def _fields(form: str, data: bytes, offset: int) -> tuple[int, ...]:
    return struct.unpack_from(form, data, offset)


def _together(pieces: Iterator[bytes], piece_bytes: int, disk_bytes: int) -> bytes:
    """Return the disk that pieces make, one after the other; an empty one is a hole."""
    if not 0 <= disk_bytes <= MOST_BYTES or not 0 < piece_bytes <= MOST_BYTES:
        raise UnreadableImageError(f"it says that its disk has {disk_bytes} bytes")
    result = bytearray()
    while len(result) < disk_bytes:
        piece = next(pieces)
        result += piece.ljust(piece_bytes, b"\0")
    return bytes(result[:disk_bytes])


def _raw(data: bytes) -> bytes:
    return data


def _qcow2(data: bytes) -> bytes:
    (version,) = _fields(">I", data, 4)
    (backing,) = _fields(">Q", data, 8)
    cluster_bits, disk_bytes, encrypted = _fields(">IQI", data, 20)
    (table,) = _fields(">Q", data, 40)
    features = _fields(">Q", data, 72)[0] if version >= 3 else 0
    if backing:
        raise UnreadableImageError("it is only what differs from another file, and that one counts")
    # The lowest bit says that the image was not closed; the others change the layout.
    if encrypted or features & ~1:
        raise UnreadableImageError("it is encrypted, or keeps its clusters in another file")
    if not 9 <= cluster_bits <= 21:
        raise UnreadableImageError(f"it says that its clusters have 2**{cluster_bits} bytes")
    cluster = 1 << cluster_bits
    inner = cluster // 8  # entries of one second-level table
    where = 0x00FF_FFFF_FFFF_FE00

    def pieces() -> Iterator[bytes]:
        for number in range(-(-disk_bytes // cluster)):
            (upper,) = _fields(">Q", data, table + 8 * (number // inner))
            if not upper & where:
                yield _HOLE
                continue
            (entry,) = _fields(">Q", data, (upper & where) + 8 * (number % inner))
            if entry >> 62 & 1:
                raise UnreadableImageError("it is compressed; convert it again without that")
            offset = entry & where
            yield _HOLE if entry & 1 or not offset else data[offset : offset + cluster]

    return _together(pieces(), cluster, disk_bytes)


def _vmdk(data: bytes) -> bytes:
    capacity, grain_sectors = _fields("<QQ", data, 12)
    (entries,) = _fields("<I", data, 44)
    (directory,) = _fields("<Q", data, 56)
    (compression,) = _fields("<H", data, 77)
    if compression:
        raise UnreadableImageError("it is compressed; convert it again without that")
    if not 0 < grain_sectors <= MOST_BYTES // SECTOR_BYTES:
        raise UnreadableImageError(f"it says that its grains have {grain_sectors} sectors")
    grain = grain_sectors * SECTOR_BYTES

    def pieces() -> Iterator[bytes]:
        for number in range(-(-capacity // grain_sectors)):
            (table,) = _fields("<I", data, directory * SECTOR_BYTES + 4 * (number // entries))
            sector = (
                _fields("<I", data, table * SECTOR_BYTES + 4 * (number % entries))[0]
                if table
                else 0
            )
            offset = sector * SECTOR_BYTES
            # Sector 1 is never a grain's: there it means zeros.
            yield _HOLE if sector <= 1 else data[offset : offset + grain]

    return _together(pieces(), grain, capacity * SECTOR_BYTES)


def _vdi(data: bytes) -> bytes:
    map_at, data_at = _fields("<II", data, 0x154)
    disk_bytes, block, extra, blocks = _fields("<QIII", data, 0x170)
    if extra:
        raise UnreadableImageError("its blocks carry something besides the disk's bytes")
    absent = 0xFFFF_FFFE  # and the next: never written, or zeros

    def pieces() -> Iterator[bytes]:
        for number in range(blocks):
            (place,) = _fields("<I", data, map_at + 4 * number)
            offset = data_at + place * block
            yield _HOLE if place >= absent else data[offset : offset + block]

    if blocks * block < disk_bytes:
        raise UnreadableImageError("its table does not reach to the end of the disk")
    return _together(pieces(), block, disk_bytes)


def _vpc(data: bytes) -> bytes:
    (header,) = _fields(">Q", data, 16)
    (disk_bytes,) = _fields(">Q", data, 48)
    (kind,) = _fields(">I", data, 60)
    if kind != 3:
        raise UnreadableImageError(f"it is of the kind {kind}; only growing images are read here")
    (table,) = _fields(">Q", data, header + 16)
    blocks, block = _fields(">II", data, header + 28)
    if not SECTOR_BYTES <= block <= MOST_BYTES or blocks * block < disk_bytes:
        raise UnreadableImageError("its table does not reach to the end of the disk")
    sectors = block // SECTOR_BYTES
    # Before each block stands a bit for each of its sectors, filled up to whole sectors.
    bitmap = -(-sectors // (8 * SECTOR_BYTES)) * SECTOR_BYTES

    def pieces() -> Iterator[bytes]:
        for number in range(blocks):
            (place,) = _fields(">I", data, table + 4 * number)
            if place == 0xFFFF_FFFF:
                yield _HOLE
                continue
            at = place * SECTOR_BYTES
            bits, begin = data[at : at + bitmap], at + bitmap
            yield b"".join(
                data[begin + s * SECTOR_BYTES : begin + (s + 1) * SECTOR_BYTES]
                if bits[s // 8] >> (7 - s % 8) & 1
                else bytes(SECTOR_BYTES)
                for s in range(sectors)
            )

    return _together(pieces(), block, disk_bytes)


_READERS: dict[str, Callable[[bytes], bytes]] = {
    "raw": _raw,
    "qcow2": _qcow2,
    "vmdk": _vmdk,
    "vdi": _vdi,
    "vpc": _vpc,
}

#: The formats that are read, as `qemu-img` calls them.
FORMATS = tuple(_READERS)
