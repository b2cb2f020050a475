"""What a release of Debian holds now, verified from its signature down to each package.

``InRelease`` is signed and holds the digest of ``Packages.xz``, which holds that of each package.
"""

from __future__ import annotations

import io
import lzma
import re
import shutil
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from course.live.debian.errors import MirrorUnreachableError, SignatureError
from course.live.debian.mirror import ENVIRONMENT, GoneError, Mirror, address
from course.live.debian.pins import Package, archive

if TYPE_CHECKING:
    from debian import deb822

__all__ = ["ARCHITECTURE", "Index", "newest", "related"]

ARCHITECTURE = "amd64"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
PACKAGES = f"main/binary-{ARCHITECTURE}/Packages.xz"


def related(release: str) -> tuple[str, ...]:
    """Return the releases between which a package moves: a fix in one is taken over by the other.

    >>> related("bookworm-security")
    ('bookworm', 'bookworm-security')
    """
    base = release.removesuffix("-security")
    return base, f"{base}-security"


class Index:
    """The packages of one release, for one architecture.

    Attributes:
        release: which.
        date: when the archive was signed, in its own words.
        signed: its signature was checked; otherwise it was fetched over HTTPS and trusted.
    """

    def __init__(self, release: str, mirror: Mirror) -> None:
        """Download and verify.

        Args:
            release: such as ``bookworm`` or ``bookworm-security``.
            mirror: what downloads.

        Raises:
            MirrorUnreachableError: the mirror does not answer, or has no such release.
            SignatureError: the release is not signed by Debian.
            PackageDamagedError: the index is not the one that was signed.
        """
        from debian import deb822

        self.release = release
        folder = f"{address()}/{archive(release)}/dists/{release}"
        in_release = _download(mirror, f"{folder}/InRelease").decode()
        self.signed = _verify(in_release, folder)
        described = deb822.Release(in_release)
        self.date = str(described["Date"])
        digests = {entry["name"]: entry["sha256"] for entry in described["SHA256"]}
        packed = _download(mirror, f"{folder}/{PACKAGES}", digests[PACKAGES])
        self._text = lzma.decompress(packed).decode()

    def paragraph(self, name: str) -> deb822.Packages:
        """Return what the index says of a package, of its newest version.

        Args:
            name: a package that is in the index.
        """
        from debian import deb822
        from debian.debian_support import Version

        # The security archive keeps older versions of a package beside the newest.
        versions = [deb822.Packages(text.splitlines()) for text in self._texts[name]]
        return max(versions, key=lambda paragraph: Version(paragraph["Version"]))

    @cached_property
    def _texts(self) -> dict[str, list[str]]:
        """The paragraphs of each package, unread: reading all 60,000 takes half a minute."""
        found: dict[str, list[str]] = {}
        names = re.compile(r"^Package: (\S+)$", re.MULTILINE)
        for text in self._text.split("\n\n"):
            if name := names.search(text):
                found.setdefault(name[1], []).append(text)
        return found

    @cached_property
    def providers(self) -> dict[str, list[str]]:
        """The packages that provide each virtual one."""
        found: dict[str, list[str]] = {}
        package = re.compile(r"^(Package|Provides): (.*)$", re.MULTILINE)
        name = ""
        for field, value in package.findall(self._text):
            if field == "Package":
                name = value
            else:
                for virtual in value.split(","):
                    found.setdefault(virtual.split()[0], []).append(name)
        return found

    def of_priority(self, priority: str) -> list[str]:
        """Return the names of the packages of one priority, such as ``required``."""
        wanted = f"\nPriority: {priority}\n"
        return [name for name, texts in self._texts.items() if wanted in f"{texts[0]}\n"]

    def find(self, name: str) -> Package | None:
        """Return a package, or the newest one whose name fits a pattern, or None.

        Args:
            name: a name, or a pattern such as ``linux-image-6.1.0-*-cloud-amd64``.
        """
        from debian.debian_support import Version

        if name in self._texts:
            return self._package(name)
        fitting = [other for other in self._texts if fnmatchcase(other, name)]
        packages = [self._package(other) for other in fitting]
        return max(packages, key=lambda package: Version(package.version), default=None)

    def _package(self, name: str) -> Package:
        paragraph = self.paragraph(name)
        return Package(
            name=name,
            version=paragraph["Version"],
            release=self.release,
            architecture=paragraph["Architecture"],
            path=paragraph["Filename"],
            sha256=paragraph["SHA256"],
            size_bytes=int(paragraph["Size"]),
        )


def newest(name: str, indexes: list[Index]) -> Package | None:
    """Return the newest package of a name or pattern in several releases, or None."""
    from debian.debian_support import Version

    found = [package for index in indexes if (package := index.find(name)) is not None]
    # The first of equals: a package of the security archive moves on into the release itself.
    return max(found, key=lambda package: Version(package.version), default=None)


def _download(mirror: Mirror, url: str, sha256: str = "") -> bytes:
    stream = io.BytesIO()
    try:
        mirror.download(url, stream, sha256=sha256)
    except GoneError as error:
        raise MirrorUnreachableError(
            f"expected a Debian archive with {url}, found none; "
            f"set {ENVIRONMENT} to a complete mirror"
        ) from error
    return stream.getvalue()


def _verify(in_release: str, folder: str) -> bool:
    """Check a signature where that can be done; return whether it was."""
    from debian import deb822

    gpgv = shutil.which("gpgv")
    if gpgv is None or not KEYRING.exists():
        if folder.startswith("https://"):
            return False
        raise SignatureError(
            f"expected gpgv and {KEYRING} to check the signature of {folder}, which comes over an "
            "open connection, found neither or only one; install gpgv and debian-archive-keyring, "
            f"or set {ENVIRONMENT} to a mirror with an https address"
        )
    signature = deb822.GpgInfo.from_sequence(
        in_release.encode(), keyrings=[str(KEYRING)], executable=[gpgv]
    )
    # What stands before the signed part is not signed.
    whole = in_release.startswith("-----BEGIN PGP SIGNED MESSAGE-----")
    if not (whole and signature.valid()) or "BADSIG" in signature:
        raise SignatureError(
            f"expected {folder}/InRelease to be signed by Debian, found a signature that is not "
            f"in {KEYRING}; install a newer debian-archive-keyring, or set {ENVIRONMENT} to "
            "another mirror"
        )
    return True
