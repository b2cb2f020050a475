"""Look into images: their history, and the files in each of their layers.

- `history`: the instructions that made an image, each with the bytes that it added
- `unpack`: an image as the standard archive that an engine saves, opened
- `Archive`, `LayerContents`: what is in it

An engine saves an image as a tar archive: `manifest.json` names a configuration and the layers, and
each layer is a tar archive of the files that it adds or changes. A file that a layer deletes is in
it as an empty one of the name `.wh.` and its own, a *whiteout* (Open Container Initiative, *Image
Layer Filesystem Changeset*, github.com/opencontainers/image-spec).
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import tarfile
import tempfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from course.model import Layer

if TYPE_CHECKING:
    from collections.abc import Mapping

    import docker

__all__ = ["Archive", "LayerContents", "history", "unpack"]

_WHITEOUT, _OPAQUE = ".wh.", ".wh..wh..opq"
_IN_MEMORY_BYTES = 32 * 2**20  # a larger archive goes through a temporary file
_GZIP = b"\x1f\x8b"


def history(client: docker.DockerClient, reference: str) -> tuple[Layer, ...]:
    """Return what an image's history tells, from the lowest instruction to the topmost.

    Args:
        client: the engine.
        reference: the image's name or id.
    """
    entries = client.images.get(reference).history()
    return tuple(
        Layer(_readable(str(entry["CreatedBy"])), int(entry["Size"])) for entry in reversed(entries)
    )


def _readable(created_by: str) -> str:
    """Return an instruction as a learner wrote it, as far as the history has kept it.

    >>> _readable("/bin/sh -c #(nop) COPY file:8a32b1e067b29b4f in /srv/ ")
    'COPY … /srv/'
    >>> _readable("/bin/sh -c rm /srv/a")
    'RUN rm /srv/a'
    """
    text = created_by.removesuffix("# buildkit").strip()
    if "#(nop)" in text:
        text = text.split("#(nop)")[1].strip()
    elif text.startswith("/bin/sh -c "):
        text = f"RUN {text.removeprefix('/bin/sh -c ')}"
    return re.sub(r"^(COPY|ADD) \w+:[0-9a-f]+ in ", r"\1 … ", text)


@dataclass(frozen=True)
class LayerContents:
    """The files of one layer.

    Attributes:
        digest: the layer's name: `sha256:` and the digest of its archive.
        archive_bytes: the size of that archive, in bytes.
        files: the files that it adds or changes, contents by path without a slash in front.
        links: the symbolic and hard links that it adds or changes, by path.
        deleted: the paths of lower layers that it deletes.
        opaque: folders of lower layers whose contents it deletes.
    """

    digest: str
    archive_bytes: int
    files: Mapping[str, bytes]
    links: Mapping[str, str]
    deleted: frozenset[str]
    opaque: frozenset[str]

    @property
    def size_bytes(self) -> int:
        """The bytes of its files."""
        return sum(len(content) for content in self.files.values())

    def __repr__(self) -> str:
        said = [f"{len(self.files)} files, {self.size_bytes:,} bytes"]
        said += [f"deletes {path}" for path in sorted(self.deleted)]
        return f"<layer {self.digest[7:19]}: {'; '.join(said)}>"


@dataclass(frozen=True)
class Archive:
    """An image as it was saved.

    Attributes:
        members: every entry of the archive with its size in bytes.
        configuration: what `docker inspect` shows of it: environment, user, command, history ...
        configuration_digest: `sha256:` and the digest of the configuration's text.
        layers: from the lowest to the topmost.
    """

    members: Mapping[str, int]
    configuration: Mapping[str, Any]
    configuration_digest: str
    layers: tuple[LayerContents, ...]

    def files(self) -> dict[str, bytes]:
        """Return the files that a container of this image sees, contents by path."""
        seen: dict[str, bytes] = {}
        for layer in self.layers:
            for path in layer.deleted:
                seen = {p: c for p, c in seen.items() if p != path and not p.startswith(f"{path}/")}
            for folder in layer.opaque:
                seen = {p: c for p, c in seen.items() if not p.startswith(f"{folder}/")}
            seen |= layer.files
        return seen


def unpack(client: docker.DockerClient, reference: str) -> Archive:
    """Save an image and open the archive.

    Args:
        client: the engine.
        reference: the image's name or id. The whole image goes over the wire and into memory, so
            let it be a small one.
    """
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as spool:
        for chunk in client.api.get_image(str(client.images.get(reference).id)):
            spool.write(chunk)
        spool.seek(0)
        with tarfile.open(fileobj=spool) as archive:
            members = {member.name: member.size for member in archive if member.isfile()}
            manifest = json.loads(_read(archive, "manifest.json"))[0]
            configuration = _read(archive, manifest["Config"])
            layers = tuple(_layer(_read(archive, name)) for name in manifest["Layers"])
    return Archive(members, json.loads(configuration), _digest(configuration), layers)


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    file: IO[bytes] | None = archive.extractfile(name)
    return b"" if file is None else file.read()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _layer(content: bytes) -> LayerContents:
    plain = gzip.decompress(content) if content.startswith(_GZIP) else content
    files: dict[str, bytes] = {}
    links: dict[str, str] = {}
    deleted, opaque = set(), set()
    with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
        for member in archive:
            path = member.name.removeprefix("./").strip("/")
            folder, _, name = path.rpartition("/")
            if name == _OPAQUE:
                opaque.add(folder)
            elif name.startswith(_WHITEOUT):
                deleted.add("/".join(filter(None, (folder, name.removeprefix(_WHITEOUT)))))
            elif member.isreg():
                files[path] = _read(archive, member.name)
            elif member.issym() or member.islnk():
                links[path] = member.linkname
    return LayerContents(
        _digest(plain), len(plain), files, links, frozenset(deleted), frozenset(opaque)
    )
