"""The seam to Debian's mirrors: one request, its answer or an error that says what to try."""

from __future__ import annotations

import hashlib
import os
from typing import IO, TYPE_CHECKING

from course.live.debian.errors import MirrorUnreachableError, PackageDamagedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import requests

__all__ = ["ENVIRONMENT", "GoneError", "Mirror", "address", "digest_of"]

ENVIRONMENT = "COURSE_DEBIAN_MIRROR"
DEFAULT = "https://deb.debian.org"
CHUNK_BYTES = 2**18
ATTEMPTS = 3
CONNECT_TIMEOUT_S = 10
READ_TIMEOUT_S = 30  # the longest silence, not the longest download


class GoneError(Exception):
    """The mirror answers, but has no such file; the caller knows what that means."""


def address() -> str:
    """Return the mirror's address: ``$COURSE_DEBIAN_MIRROR``, else deb.debian.org.

    Below it are ``debian`` and ``debian-security``.
    """
    return (os.environ.get(ENVIRONMENT) or DEFAULT).rstrip("/")


def digest_of(file: Path) -> str:
    """Return a file's SHA-256 digest, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class Mirror:
    """Downloads files; may be used by several threads at once."""

    def __init__(self) -> None:
        import requests
        from requests.adapters import HTTPAdapter
        from urllib3.util import Retry

        # A mirror that is busy or starting says so with these; it is asked again, ever later.
        retry = Retry(
            total=ATTEMPTS - 1,
            backoff_factor=0.3,
            status_forcelist=(429, 500, 502, 503, 504),
            allowed_methods=("GET",),
            raise_on_status=False,
        )
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry))

    def __enter__(self) -> Mirror:
        return self

    def __exit__(self, *exception: object) -> None:
        self._session.close()

    def download(
        self,
        url: str,
        stream: IO[bytes],
        *,
        sha256: str,
        received: Callable[[int], None] = lambda count: None,
    ) -> None:
        """Write a file into a stream.

        Args:
            url: what to fetch.
            stream: where it goes; it can be rewound, for a transfer that broke off starts again.
            sha256: the file's digest, in hexadecimal; empty if it is not known.
            received: called with the count of bytes that came, negative when they came in vain;
                an exception of it ends the transfer.

        Raises:
            GoneError: the mirror has no such file.
            MirrorUnreachableError: the mirror does not answer, fails, or breaks off.
            PackageDamagedError: the whole file came, but it is another one.
        """
        import requests

        for attempt in range(1, ATTEMPTS + 1):
            digest, count = hashlib.sha256(), 0
            try:
                with self._session.get(
                    url, stream=True, timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S)
                ) as response:
                    _check_status(url, response)
                    for chunk in response.iter_content(CHUNK_BYTES):
                        stream.write(chunk)
                        digest.update(chunk)
                        count += len(chunk)
                        received(len(chunk))
                break
            except (requests.ConnectionError, requests.Timeout) as error:
                # These are retried by the session already, with ever longer pauses.
                if count == 0:
                    raise MirrorUnreachableError(_unreachable(url, error)) from error
                broken: Exception = error
            except requests.exceptions.ChunkedEncodingError as error:
                broken = error
            except requests.RequestException as error:
                raise MirrorUnreachableError(_unreachable(url, error)) from error
            if attempt == ATTEMPTS:
                raise MirrorUnreachableError(
                    f"expected the whole of {url}, found that the connection broke off "
                    f"{ATTEMPTS} times, at last after {count:,} bytes; try again, or set "
                    f"{ENVIRONMENT} to a nearer mirror"
                ) from broken
            received(-count)
            stream.seek(0)
            stream.truncate()
        if sha256 and digest.hexdigest() != sha256:
            received(-count)
            raise PackageDamagedError(
                f"expected {url} to have the SHA-256 digest {sha256}, found {digest.hexdigest()} "
                f"({count:,} bytes); something between here and Debian changes files: try again, "
                f"try another network, or set {ENVIRONMENT} to another mirror"
            )


def _check_status(url: str, response: requests.Response) -> None:
    if response.status_code in (404, 410):
        raise GoneError(url)
    if not response.ok:
        raise MirrorUnreachableError(
            f"expected {url}, found the answer {response.status_code} {response.reason}; "
            f"try again later, or set {ENVIRONMENT} to another mirror"
        )


def _unreachable(url: str, error: Exception) -> str:
    return (
        f"expected an answer from {url}, found {_reason(error)}; check the network "
        f"(behind a proxy, set https_proxy), or set {ENVIRONMENT} to a mirror that can be reached"
    )


def _reason(error: BaseException) -> str:
    """Return the innermost cause in words: the outer ones repeat addresses and object ids."""
    import urllib3

    arguments = [argument for argument in error.args if isinstance(argument, BaseException)]
    if isinstance(error, urllib3.exceptions.MaxRetryError) and error.reason is not None:
        arguments = [error.reason]
    inner = arguments[0] if arguments else error.__cause__
    if inner is not None:
        return _reason(inner)
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
