"""Debian's slim image: the one that is there, the registry's, or one made from Debian's packages.

Where no registry can be reached, a mirror of Debian often can: then debootstrap makes the image,
slimmed as the official one is. A machine whose networks need a mirror or a certificate authority of
their own has told so to its apt, pip and OpenSSL; the image that is made here is told the same, so
that `binder/Dockerfile` knows nothing of it. What would give away a password is left out.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from docker.errors import APIError, ImageNotFound
from requests.exceptions import RequestException

from tests.engines import CannotStartError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import docker

SUITE = "bookworm"
TAG = f"debian:{SUITE}-slim"
MIRROR = "http://deb.debian.org/debian"

# What the official slim images leave out: github.com/debuerreotype, scripts/.slimify-excludes.
SLIM = """\
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/info/*
path-exclude /usr/share/lintian/*
path-exclude /usr/share/locale/*
path-include /usr/share/locale/locale.alias
path-exclude /usr/share/man/*
"""
_SLIMMED = ("doc", "info", "lintian", "locale", "man")
_KEPT = ("copyright", "locale.alias")

_SOURCES = """\
Types: deb
URIs: {mirror}
Suites: {suite} {suite}-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: {mirror}-security
Suites: {suite}-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""

#: What tells programs in the image whom to trust, and where Python's packages come from.
_CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
_AUTHORITIES = "usr/local/share/ca-certificates"
_PIP = "etc/pip.conf"
_VARIABLES = re.compile(r"(PIP|UV)_\w+|SSL_CERT_FILE|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE")
_PASSWORD = re.compile(r"://[^/\s@]+@|password|token", re.IGNORECASE)


def provide(client: docker.DockerClient, say: Callable[[str], None]) -> None:
    """Have an engine have the image, under its official name.

    Args:
        client: of the engine.
        say: is told where it came from.

    Raises:
        CannotStartError: it is nowhere to be had.
    """
    with contextlib.suppress(ImageNotFound):
        client.images.get(TAG)
        say(f"{TAG} is there")
        return
    try:
        client.images.pull("debian", TAG.partition(":")[2])
        say(f"{TAG} was pulled")
    except (APIError, RequestException) as error:
        say(f"{TAG} cannot be pulled ({str(error)[:100]} ...): making it by debootstrap")
        make(client, os.environ)
        say(f"{TAG} was made from Debian's packages")


def make(client: docker.DockerClient, environment: Mapping[str, str], tag: str = TAG) -> None:
    """Make the image from Debian's packages, and import it into an engine.

    Args:
        client: of the engine.
        environment: what this machine's programs are told.
        tag: what it is called.

    Raises:
        CannotStartError: debootstrap is missing, or fails.
    """
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        raise CannotStartError(
            f"expected a registry that has {TAG}, or root and debootstrap to make it; found neither"
        )
    with tempfile.TemporaryDirectory(prefix="course-base-") as folder:
        root, archive = Path(folder, "root"), Path(folder, "root.tar")
        machine = Path("/")
        mirror = _mirror(machine)
        # What it mounts goes with it, however it ends.
        _run("unshare", "--mount", "debootstrap", "--variant=minbase", SUITE, str(root), mirror)
        _slim(root)
        _furnish(root, machine, mirror)
        _run("tar", "--numeric-owner", "-C", str(root), "-cf", str(archive), ".")
        told = told_to_programs(environment)
        changes = ['CMD ["bash"]', *(f"ENV {name}={value}" for name, value in told.items())]
        repository, _, version = tag.partition(":")
        client.api.import_image_from_file(
            str(archive), repository=repository, tag=version, changes=changes
        )


def told_to_programs(environment: Mapping[str, str]) -> dict[str, str]:
    """Choose what the image's programs are told of this machine's environment.

    Paths are left out but those of certificates: nothing else of this machine is in the image.

    >>> told_to_programs({"PIP_CERT": "/etc/ssl/ca.crt", "PIP_FIND_LINKS": "/wheels", "HOME": "/"})
    {'PIP_CERT': '/etc/ssl/ca.crt'}
    >>> told_to_programs({"PIP_INDEX_URL": "https://me:secret@pypi.example.org/simple"})
    {}
    >>> told_to_programs({"PIP_INDEX_URL": "https://pypi.example.org/simple"})["UV_DEFAULT_INDEX"]
    'https://pypi.example.org/simple'
    """
    told = {
        name: value
        for name, value in sorted(environment.items())
        if _VARIABLES.fullmatch(name)
        and not _PASSWORD.search(f"{name}={value}")
        and (not value.startswith("/") or value.startswith("/etc/ssl/"))
    }
    if index := told.get("PIP_INDEX_URL"):  # uv does not read what pip is told
        told.setdefault("UV_DEFAULT_INDEX", index)
    return told


def mirror_in(sources: str) -> str:
    """Find the mirror of Debian that a machine's apt uses.

    >>> mirror_in("deb [arch=amd64] http://mirror.example.org/debian bookworm main")
    'http://mirror.example.org/debian'
    >>> mirror_in("URIs: http://archive.ubuntu.com/ubuntu")
    'http://deb.debian.org/debian'
    """
    found = re.search(r"^(?!#).*?(https?://\S+/debian)/?\s", f"{sources}\n", re.MULTILINE)
    return found[1] if found and not _PASSWORD.search(found[1]) else MIRROR


def _mirror(machine: Path) -> str:
    apt = machine / "etc/apt"
    lists = (*sorted(apt.glob("sources.list.d/*.sources")), *sorted(apt.glob("sources.list")))
    return mirror_in("\n".join(path.read_text() for path in lists))


def _slim(root: Path) -> None:
    """Leave out what the official slim image leaves out, also of packages installed later."""
    (root / "etc/dpkg/dpkg.cfg.d/docker").write_text(SLIM)
    slimmed = [path for name in _SLIMMED for path in (root / "usr/share" / name).rglob("*")]
    for path in slimmed:
        if not path.is_dir() and path.name not in _KEPT:
            path.unlink()
    for cache in ("var/cache/apt", "var/lib/apt/lists", "var/log"):
        for path in (root / cache).rglob("*"):
            if path.is_file():
                path.unlink()


def _furnish(root: Path, machine: Path, mirror: str) -> None:
    """Give the image what this machine's programs know of its networks."""
    (root / "etc/apt/sources.list").unlink(missing_ok=True)
    (root / "etc/apt/sources.list.d/debian.sources").write_text(
        _SOURCES.format(mirror=mirror, suite=SUITE)
    )
    pip = machine / _PIP
    if pip.is_file() and not _PASSWORD.search(pip.read_text()):
        shutil.copy(pip, root / _PIP)
    if (machine / _CERTIFICATES).is_file():
        (root / _CERTIFICATES).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(machine / _CERTIFICATES, root / _CERTIFICATES)
    if (machine / _AUTHORITIES).is_dir():  # from which Debian's ca-certificates makes that bundle
        shutil.copytree(machine / _AUTHORITIES, root / _AUTHORITIES, dirs_exist_ok=True)


def _run(*command: str) -> None:
    """Run a command; if that is interrupted, it and all that it has started are ended."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as process:
        try:
            said, _ = process.communicate()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
    if process.returncode:
        last = "\n".join(said.splitlines()[-20:])
        raise CannotStartError(f"{' '.join(command)} has failed:\n{last}")
