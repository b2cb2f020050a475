"""Unpack a kernel ahead of time: a guest under emulation takes seconds to do it itself.

A distribution's kernel is a small program that unpacks the large one in it. QEMU can start the
large one directly, by the entry that Xen's PVH guests use.
Sources: Documentation/arch/x86/boot.rst of the Linux kernel; elf(5).
"""

from __future__ import annotations

import lzma
import struct
import zlib

__all__ = ["unpacked"]

_SETUP_SECTORS = 0x1F1
_PAYLOAD = 0x248  # its offset and its length, as two words
_SECTOR = 512
_ELF = b"\x7fELF"
_PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")
_LOAD = 1


def unpacked(kernel: bytes) -> bytes | None:
    """Return the kernel that is packed in a bzImage, without what only debuggers read.

    Args:
        kernel: the content of a `vmlinuz` file.

    Returns:
        An ELF file, or None if it is packed by a method that is not known here.
    """
    sectors = kernel[_SETUP_SECTORS] or 4
    offset, length = struct.unpack_from("<II", kernel, _PAYLOAD)
    start = (sectors + 1) * _SECTOR + offset
    packed = kernel[start : start + length]
    if packed.startswith(b"\xfd7zXZ\0"):
        whole = lzma.LZMADecompressor().decompress(packed)
    elif packed.startswith(b"\x1f\x8b"):
        whole = zlib.decompressobj(wbits=31).decompress(packed)
    else:
        return None
    return _bare(whole) if whole.startswith(_ELF) else None


def _bare(program: bytes) -> bytes:
    """Return an ELF file that has what is loaded, without sections and without zeros at its end."""
    headers, size, count = (
        struct.unpack_from("<Q", program, 32)[0],
        *struct.unpack_from("<HH", program, 54),
    )
    places = [headers + size * number for number in range(count)]
    segments = [_PROGRAM_HEADER.unpack_from(program, place) for place in places]
    # type, flags, offset, virtual address, physical address, bytes in the file, bytes in memory
    last = max((s for s in segments if s[0] == _LOAD), key=lambda segment: segment[2])
    content = program[last[2] : last[2] + last[5]].rstrip(b"\0")
    found = bytearray(program[: last[2]] + content)
    place = places[segments.index(last)]
    _PROGRAM_HEADER.pack_into(found, place, *last[:5], len(content), *last[6:])
    struct.pack_into("<Q", found, 40, 0)  # no section headers
    struct.pack_into("<HHH", found, 58, 0, 0, 0)
    return bytes(found)
