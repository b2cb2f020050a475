"""What must not be in an image that anybody can pull: answers, grades, and what opens doors.

Lines of solutions are found however they are dressed: indented, commented out, or quoted in JSON.
One of them is one too many in a notebook; elsewhere a single line may be there by chance, as
`words = line.split()` is. What betrays an answer or a secret by itself is looked for in all bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import nbformat

from tests.answers import LEAST_CHARACTERS, hidden_lines, shown, telling
from tests.binder.archives import File, configuration, files, layers, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

#: Words by which a file betrays that it is the instructor's.
MARKERS = {
    b"### BEGIN " + b"SOLUTION": "a solution",
    b"### BEGIN " + b"HIDDEN TESTS": "a hidden test",
    b"### BEGIN " + b"MARK SCHEME": "a marking scheme",
    b"import " + b"autograders": "the instructor's package",
    b"from " + b"autograders": "the instructor's package",
    b"autograders" + b".grade": "the instructor's package",
}

#: Names of files and folders that are the instructor's, or a person's own.
PATHS = {
    r"(^|/)autograders($|/|-|\.pyc?$)": "the instructor's package",
    r"(^|/)source/([^/]+)/\2\.ipynb$": "a source notebook",
    r"(^|/)gradebook\.db": "a gradebook",
    r"(^|/)\.autograders-secret": "the course's secret",
    r"(^|/)\.git(/|$)": "a Git repository",
    r"(^|/)(\.netrc|\.pypirc|\.git-credentials|\.npmrc)$": "a password file",
    r"(^|/)(\.aws|\.kube|\.gnupg|\.docker)/": "a person's keys",
    r"(^|/)\.ssh/|(^|/)id_(rsa|dsa|ecdsa|ed25519)$": "an SSH key",
    r"(^|/)etc/ssh/ssh_host_.*_key$": "a host's key",
}

#: What opens a door wherever it stands.
_KEY = rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+(?:[A-Za-z0-9+/=:, -]{16,}\s+){2}"
_SECRETS = {
    re.compile(_KEY): "a private key",
    re.compile(rb"gh[ops]_[A-Za-z0-9]{36}\b"): "a GitHub token",
    re.compile(rb"github_pat_\w{60}"): "a GitHub token",
    re.compile(rb"glpat-[\w-]{20}\b"): "a GitLab token",
    re.compile(rb"AKIA[0-9A-Z]{16}\b"): "an AWS key",
    re.compile(rb"pypi-AgEIcHlwaS5vcmc[\w-]{50}"): "a PyPI token",
}

#: A password in an address; elsewhere than in settings it is documentation.
_PASSWORD = re.compile(rb"[a-z]://[^/\s:@\"'<>]*:[^/\s:@\"'<>]+@[a-z0-9]", re.IGNORECASE)
_SETTINGS = re.compile(r"^(etc|root|home|config|run|srv)(/|$)")


@dataclass(frozen=True, order=True)
class Leak:
    """Something that must not be there: in which file, and what it is."""

    path: str
    what: str


def answers_in(root: Path) -> set[str]:
    """Return the lines of a checkout that tell an answer, in its notebooks and in `autograders`."""
    sources = [nbformat.read(p, as_version=4) for p in sorted(root.glob("source/*/*.ipynb"))]
    lines: set[str] = set().union(*map(hidden_lines, sources))
    for path in sorted(root.glob("autograders/answers/**/*.py")):
        own = {line.strip() for line in path.read_text().splitlines()}
        lines |= {line for line in own if not line.startswith(("from ", "import "))}
    package = [path.read_text() for path in sorted(root.glob("course/**/*.py"))]
    return telling(lines, "\n".join([*package, *map(shown, sources)]))


def scan(saved: Path, scanner: Scanner) -> Iterator[Leak]:
    """Look at all that is in an image: its configuration, and every file of every layer.

    Args:
        saved: the archive that `docker save` has written.
        scanner: what looks.

    Yields:
        What must not be there; a path begins with its layer's number.
    """
    yield from scanner.leaks(File("config", configuration(saved).encode()))
    for layer in layers(saved):
        for file in files(layer):
            for one in unpacked(file):
                for leak in scanner.leaks(one):
                    yield Leak(f"{layer.number}: {leak.path}", leak.what)


class Scanner:
    """Finds what must not be there.

    Args:
        answers: lines of solutions.
        secrets: what else must not be there, by what it is; the values are never shown.
        allowed: which leaks are none, as patterns of ``PATH: WHAT``, each with the reason why.
    """

    def __init__(
        self,
        answers: set[str],
        secrets: Mapping[str, bytes] | None = None,
        allowed: Mapping[str, str] | None = None,
    ) -> None:
        self._answers = {
            line
            for answer in answers
            for line in _lines(answer.encode())
            if len(line) >= LEAST_CHARACTERS
        }
        self._secrets = {value: what for what, value in (secrets or {}).items()}
        self._allowed = [re.compile(pattern) for pattern in allowed or ()]
        self._paths = {re.compile(pattern): what for pattern, what in PATHS.items()}

    def leaks(self, file: File) -> Iterator[Leak]:
        """Give what a file has that it must not have, each thing once."""
        for what in sorted(set(self._found(file))):
            leak = Leak(file.path, what)
            if not any(allowed.search(f"{leak.path}: {leak.what}") for allowed in self._allowed):
                yield leak

    def _found(self, file: File) -> Iterator[str]:
        own = file.path.rpartition("!")[2]
        # a deleted file: ".wh." before its name
        named = own.replace(".wh.", "")
        yield from (what for pattern, what in self._paths.items() if pattern.search(named))
        content = file.content
        for words in (MARKERS, self._secrets):
            yield from (what for word, what in words.items() if word in content)
        yield from (what for pattern, what in _SECRETS.items() if pattern.search(content))
        if _SETTINGS.match(own) and _PASSWORD.search(content):
            yield "a password in an address"
        if b"\0" not in content[:8192]:
            yield from self._answers_in(file)

    def _answers_in(self, file: File) -> Iterator[str]:
        found = self._answers.intersection(_lines(file.content))
        if len(found) >= (1 if file.path.endswith(".ipynb") else 2):
            yield f"a line of a solution: {min(found).decode(errors='replace')}"


def _lines(content: bytes) -> Iterator[bytes]:
    r"""Give the lines of a text, of Python as of JSON, as both write them: without their dress.

    >>> list(_lines(b'  # print("hello")')), list(_lines(b'"def f():\\n  print(\\"hello\\")\\n",'))
    ([b'print("hello")'], [b'def f():', b'print("hello")', b''])
    """
    for line in content.replace(b"\\n", b"\n").split(b"\n"):
        yield line.replace(b'\\"', b'"').strip(b' \t\r",#\\')
