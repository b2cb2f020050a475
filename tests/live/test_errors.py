"""Every error of Docker, requests and the system is translated, and is still what it was."""

from __future__ import annotations

import errno
import inspect
import pickle
import re
from typing import Any

import docker.errors
import pytest
import requests
import requests.exceptions
import urllib3.exceptions

from course.live import errors, translation
from course.live.translation import translate


def kinds(module: Any, root: type = Exception) -> list[type[Exception]]:
    """List the exceptions that a module defines, without warnings."""
    return [
        kind
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, root) and not issubclass(kind, Warning)
    ]


def made(kind: type[Exception]) -> Exception:
    """Make an error of a class, whatever its constructor wants."""
    special: dict[type, tuple[Any, ...]] = {
        docker.errors.ContainerError: ("box", 3, ["sh", "-c", "exit 3"], "busybox", b"no luck\n"),
        docker.errors.BuildError: ("no luck", iter([{"stream": "Step 1/1 : RUN false\n"}])),
        requests.exceptions.JSONDecodeError: ("no value", "x", 0),
    }
    if kind in special:
        return kind(*special[kind])
    try:
        return kind("no luck")
    except TypeError:
        count = len(inspect.signature(kind).parameters)
        return kind(*["no luck"] * count)


def refusal(status: int, explanation: str) -> docker.errors.APIError:
    """Make the SDK's error for an answer of the engine."""
    response = requests.Response()
    response.status_code = status
    response._content = b'{"message": %s}' % pickle_free(explanation)
    try:
        response.raise_for_status()
    except requests.HTTPError as error:
        with pytest.raises(docker.errors.APIError) as caught:
            docker.errors.create_api_error_from_http_exception(error)
        return caught.value
    raise AssertionError(status)


def pickle_free(text: str) -> bytes:
    """Write a text as JSON."""
    import json

    return json.dumps(text).encode()


@pytest.mark.parametrize(
    "kind",
    [
        *kinds(docker.errors),
        *kinds(requests.exceptions, requests.exceptions.RequestException),
    ],
)
def test_every_error_is_translated(kind: type[Exception]) -> None:
    """What is made is ours and theirs, keeps its fields, and says something of its own."""
    error = made(kind)
    ours = translate(error)
    assert isinstance(ours, errors.LiveError)
    assert isinstance(ours, kind)
    assert type(ours).__mro__[1] is not errors.LiveError, "it is of no particular kind"
    assert str(ours) == ours.message
    assert re.match("expected .*, (found|but)", ours.message)
    assert ours.__cause__ is error
    assert {k: v for k, v in vars(ours).items() if k in vars(error)}.keys() == vars(error).keys()


@pytest.mark.parametrize("kind", kinds(urllib3.exceptions, urllib3.exceptions.HTTPError))
def test_errors_below_requests_are_translated(kind: type[Exception]) -> None:
    """An error of urllib3 that comes up by itself is translated, too."""
    error = kind.__new__(kind)  # each has a constructor of its own
    Exception.__init__(error, "no luck")
    vars(error).update(partial=0, expected=1, length=b"")  # which two of them show
    assert isinstance(translate(error), kind)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), errors.NoEngineError),
        (ConnectionResetError(errno.ECONNRESET, "reset"), errors.EngineGoneError),
        (BrokenPipeError(errno.EPIPE, "broken"), errors.EngineGoneError),
        (TimeoutError("timed out"), errors.EngineNotAnsweringError),
        (OSError(errno.ENOSPC, "full"), errors.DiskFullError),
        (OSError(errno.EADDRINUSE, "in use"), errors.PortInUseError),
    ],
)
def test_errors_of_the_system(error: OSError, kind: type[errors.LiveError]) -> None:
    """An error of the system is translated by its number, and keeps it."""
    ours = translate(error)
    assert isinstance(ours, kind)
    assert isinstance(ours, type(error))
    assert isinstance(ours, OSError)
    assert ours.errno == error.errno


@pytest.mark.parametrize("error", [TypeError(), KeyError(), FileNotFoundError(2, "no"), OSError()])
def test_other_errors_are_left_alone(error: Exception) -> None:
    """What has nothing to do with an engine is not translated."""
    assert translate(error) is None


@pytest.mark.parametrize(
    ("inner", "kind"),
    [
        (FileNotFoundError(errno.ENOENT, "no"), errors.NoEngineError),
        (PermissionError(errno.EACCES, "no"), errors.EngineForbiddenError),
        (ConnectionResetError(errno.ECONNRESET, "no"), errors.EngineGoneError),
    ],
)
def test_the_innermost_error_decides(inner: OSError, kind: type[errors.LiveError]) -> None:
    """What requests and urllib3 wrap is looked for, and the address is named."""
    wrapped = requests.ConnectionError(urllib3.exceptions.ProtocolError("aborted", inner))
    ours = translate(wrapped, address="unix:///here.sock")
    assert isinstance(ours, kind)
    assert "unix:///here.sock" in str(ours)
    gone = translate(wrapped, answered=True)
    assert isinstance(gone, errors.EngineForbiddenError | errors.EngineGoneError)


@pytest.mark.parametrize(
    ("status", "said", "kind", "name"),
    [
        (404, "No such container: web", errors.ObjectNotFoundError, "web"),
        (404, "network back not found", errors.ObjectNotFoundError, "back"),
        (404, "get data: no such volume", errors.ObjectNotFoundError, "data"),
        (404, "No such image: course/web:1", errors.ImageNotPresentError, "course/web:1"),
        (404, "manifest for t:1 not found: manifest unknown", errors.ImageNotPresentError, "t:1"),
        (
            500,
            'Get "https://registry.example/v2/": dial tcp: lookup registry.example: no such host',
            errors.ImageNotPresentError,
            "",
        ),
        (
            409,
            'Conflict. The container name "/web" is already in use by container "8a0c".',
            errors.NameConflictError,
            "web",
        ),
        (409, "network with name back already exists", errors.NameConflictError, "back"),
        (409, "Container 8a0c is paused", errors.ConflictError, ""),
        (
            500,
            "driver failed programming external connectivity on endpoint web: "
            "Bind for 0.0.0.0:8080 failed: port is already allocated",
            errors.PortInUseError,
            "8080",
        ),
        (
            500,
            "Error starting userland proxy: listen tcp4 0.0.0.0:81: bind: address already in use",
            errors.PortInUseError,
            "81",
        ),
        (500, "write /var/lib/x: no space left on device", errors.DiskFullError, ""),
        (400, "invalid reference format", errors.BadRequestError, ""),
        (501, "not implemented", errors.UnsupportedError, ""),
        (500, "something else", errors.EngineFaultError, ""),
    ],
)
def test_what_an_engine_says(
    status: int, said: str, kind: type[errors.LiveError], name: str
) -> None:
    """The engine's words decide, and stay in the message and in the fields."""
    error = refusal(status, said)
    ours = translate(error)
    assert isinstance(ours, kind)
    assert isinstance(ours, type(error))
    assert (ours.status_code, ours.explanation, ours.object_name) == (status, said, name)
    assert ours.is_client_error() == (status < 500)
    assert said in str(ours) or name in str(ours)


@pytest.mark.parametrize(
    ("code", "known", "words"),
    [
        (1, None, "reported a failure"),
        (126, None, "cannot be executed"),
        (127, None, "not in the image"),
        (137, True, "more memory than its limit"),
        (137, None, "most likely"),
        (137, False, "not for its memory"),
        (139, None, "signal 11"),
    ],
)
def test_exit_codes_are_explained(code: int, known: bool | None, words: str) -> None:
    """A container's exit code means something, and the message says what."""
    error = docker.errors.ContainerError("box", code, ["run", "me"], "course/x", b"last words\n")
    vars(error)["out_of_memory"] = known
    ours = translate(error)
    assert words in str(ours)
    assert "last words" in str(ours)
    assert (ours.exit_code, ours.out_of_memory) == (code, known)


def test_a_build_names_its_instruction() -> None:
    """The instruction that failed is named, with what it printed, and not what others did."""
    log = [
        {"stream": "Step 1/3 : FROM x\n"},
        {"stream": " ---> 0123\n"},
        {"stream": "Step 2/3 : RUN echo one\n"},
        {"stream": "one\n"},
        {"stream": "Step 3/3 : RUN make\n"},
        {"stream": "make: no rule\n"},
        {"error": "The command returned a non-zero code: 2"},
    ]
    ours = translate(docker.errors.BuildError("a non-zero code: 2", iter(log)))
    assert isinstance(ours, errors.BuildFailedError)
    assert (ours.instruction, ours.output) == ("RUN make", "make: no rule")
    assert ours.build_log == log
    assert "`RUN make`" in str(ours)


def test_a_missing_base_image_names_provide() -> None:
    """A build that begins with an image that is nowhere says how to have the course's own."""
    error = docker.errors.BuildError("pull access denied for nope, or ...", iter([]))
    assert "live.images.provide" in str(translate(error))


def test_ours_pass_through() -> None:
    """One of ours is returned as it is, also where the SDK has wrapped it."""
    ours = errors.GuestDiedError("it died", console_tail="kernel panic")
    assert translate(ours) is ours
    wrapped = docker.errors.DockerException("wrapped")
    wrapped.__cause__ = ours
    assert translate(wrapped) is ours


def test_classes_are_combined_once() -> None:
    """Two errors of one kind have one class."""
    first, second = (translate(docker.errors.NullResource("x")) for _ in range(2))
    assert type(first) is type(second)
    assert translation.translate(first) is first


@pytest.mark.parametrize("name", errors.__all__)
def test_every_class_can_be_raised_shown_and_sent(name: str) -> None:
    """Each class takes a message, shows only it in a notebook, and survives being sent."""
    error = getattr(errors, name)("expected this, found that", object_name="web")
    assert isinstance(error, RuntimeError)
    assert str(error) == "expected this, found that"
    assert error._render_traceback_() == [f"{name}: expected this, found that"]
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - it was made here
    assert (type(again), str(again), again.object_name) == (type(error), str(error), "web")


def test_a_translated_error_is_sent_as_ours() -> None:
    """Between processes the class of Docker is lost, and nothing else that can be sent."""
    error = translate(refusal(404, "No such container: web"))
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - it was made here
    assert type(again) is errors.ObjectNotFoundError
    assert (str(again), again.object_name) == (str(error), "web")
    assert again.status_code == 404


def test_the_console_is_shown() -> None:
    """A guest's death comes with its last lines."""
    error = errors.GuestDiedError("expected a guest, found none", console_tail="a\nkernel panic")
    assert str(error).endswith("    a\n    kernel panic")


def test_the_tree_is_as_drawn() -> None:
    """The picture in the module's docstring names every class, below its parent."""
    pattern = r"^    ([│├└─ ]*)(\w+Error)(?: \((?:also )?an? (\w+)\))?"
    found = re.findall(pattern, errors.__doc__, re.MULTILINE)
    drawn = [(len(branches) // 4, name, builtin) for branches, name, builtin in found]
    assert {name for _, name, _ in drawn} - {"PackageError"} == set(errors.__all__)
    parents: dict[int, str] = {}
    for depth, name, builtin in drawn:
        parents[depth] = name
        if name == "PackageError":
            continue
        kind = getattr(errors, name)
        if depth:
            assert kind.__bases__[0].__name__ == parents[depth - 1]
        if builtin:
            assert builtin in [base.__name__ for base in kind.__mro__]


def test_ipython_shows_only_the_message() -> None:
    """In a notebook there is no traceback."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shown: list[Any] = []
    shell._showtraceback = lambda kind, value, lines: shown.append(lines)
    shell.run_cell("from course.live.errors import NoEngineError; raise NoEngineError('no luck')")
    assert shown == [["NoEngineError: no luck"]]
