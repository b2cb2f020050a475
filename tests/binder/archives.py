"""Every file of an image, of every layer, also those that a later layer hides or deletes.

- `layers`: the layers in an archive that `docker save` writes
- `unpacked`: a file, and what is in it where it is itself an archive, to any depth
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEEPEST = 6  # archives in archives; more is a bomb
LARGEST_BYTES = 2**30  # of what is unpacked from one stream


@dataclass(frozen=True)
class Layer:
    """A layer of an image: its number from the bottom, and its files as a tar archive."""

    number: int
    archive: IO[bytes]


@dataclass(frozen=True)
class File:
    """A file of an image.

    Attributes:
        path: where it is; for one inside another, both paths with `!` between them.
        content: what is in it.
    """

    path: str
    content: bytes


def configuration(saved: Path) -> str:
    """Return an image's configuration, with environment, labels and history, as JSON."""
    with tarfile.open(saved) as image:
        return _read(image, _manifest(image)["Config"]).read().decode()


def layers(saved: Path) -> Iterator[Layer]:
    """Go through the layers of an image, from the bottom.

    Args:
        saved: the archive that `docker save` has written, of one image.
    """
    with tarfile.open(saved) as image:
        for number, name in enumerate(_manifest(image)["Layers"], 1):
            yield Layer(number, _read(image, name))


def files(layer: Layer) -> Iterator[File]:
    """Go through a layer's files; names of folders and links come too, without content."""
    with tarfile.open(fileobj=layer.archive) as archive:
        yield from _members(archive)


def unpacked(file: File, depth: int = DEEPEST) -> Iterator[File]:
    """Give a file, and after it every file that is packed in it."""
    yield file
    if depth == 0:
        return
    for inner in _inside(file.content):
        yield from unpacked(File(f"{file.path}!{inner.path}", inner.content), depth - 1)


def _inside(content: bytes) -> Iterator[File]:
    """Give what is packed in a file; what is damaged, or only looks like an archive, is empty."""
    try:
        if content.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                for name in archive.namelist():
                    yield File(name, archive.read(name))
        elif content[257:262] == b"ustar":
            with tarfile.open(fileobj=io.BytesIO(content)) as archive:
                yield from _members(archive)
        else:
            for magic, opened in _COMPRESSED.items():
                if content.startswith(magic):
                    with opened(io.BytesIO(content)) as stream:
                        yield File("", stream.read(LARGEST_BYTES))
    except (OSError, EOFError, zipfile.BadZipFile, tarfile.TarError, lzma.LZMAError, zlib.error,
            RuntimeError, NotImplementedError):  # fmt: skip
        return


def _members(archive: tarfile.TarFile) -> Iterator[File]:
    for member in archive:
        stream = archive.extractfile(member) if member.isreg() else None
        yield File(member.name, stream.read() if stream else b"")


_COMPRESSED = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
}


def _manifest(image: tarfile.TarFile) -> dict[str, Any]:
    (only,) = json.load(_read(image, "manifest.json"))
    return only


def _read(image: tarfile.TarFile, name: str) -> IO[bytes]:
    found = image.extractfile(name)
    assert found is not None, f"the image's archive has no file {name}"
    return found
