"""Translate errors of the Docker SDK, of requests, of urllib3 and of the system into ours.

What is made is an instance of the translated error's class, too: ``except docker.errors.NotFound``
goes on working, here and inside the SDK.  `course.live.client` calls this, at one place.

Docker says what went wrong in words, and with few status codes: a port in use is a 500.  So the
words are read; each pattern stands below a line that it matches.
"""

from __future__ import annotations

import errno
import re
import shlex
import textwrap
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from course.live import errors
from course.live.errors import TAIL_LINES, LiveError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["made_from", "translate"]

_combinations: dict[tuple[type[BaseException], type[BaseException]], type[LiveError]] = {}


def translate(
    error: BaseException, *, address: str = "", answered: bool = False
) -> LiveError | None:
    """Make an error of this tree from one of Docker's, of requests', of urllib3's or the system's.

    Args:
        error: what was raised.
        address: where the engine is, for the message.
        answered: whether the engine has answered before: then one that does not listen went away.

    Returns:
        A `LiveError` that is an instance of the error's own class too and has its attributes;
        the error itself if it is one of ours, or was caused by one of ours; None for what has
        nothing to do with an engine, such as a TypeError.

    Example:
        >>> import docker.errors
        >>> error = translate(docker.errors.NullResource("Resource ID was not provided"))
        >>> isinstance(error, errors.BadRequestError), isinstance(error, docker.errors.NullResource)
        (True, True)
        >>> translate(TypeError("a mistake in Python")) is None
        True
    """
    for cause in _causes(error):
        if isinstance(cause, LiveError):
            return cause
    import docker.errors
    import requests.exceptions
    import urllib3.exceptions

    if isinstance(error, docker.errors.ContainerError):
        verdict = _container_failed(error)
    elif isinstance(error, docker.errors.BuildError):
        verdict = _build_failed(error)
    elif isinstance(error, docker.errors.APIError):
        verdict = _refused(error)
    elif isinstance(error, (docker.errors.DockerException, docker.errors.StreamParseError)):
        verdict = _sdk(error)
    elif isinstance(
        error,
        (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError),
    ):
        found = _transport(error, address, answered)
        if found is None:
            return None
        verdict = found
    else:
        return None
    return made_from(error, verdict.kind, verdict.message, **verdict.fields)


class _Verdict(NamedTuple):
    kind: type[LiveError]
    message: str
    fields: dict[str, Any]


def made_from(error: BaseException, own: type[LiveError], message: str, **fields: Any) -> LiveError:
    """Make an error of one of our kinds that is of a foreign error's kind, too.

    Args:
        error: the foreign error; what is made has its attributes, and has it as its cause.
        own: the kind of ours.
        message: what was expected, what was found, what to try.
        fields: the other arguments of ``own``.
    """
    kind = _combine(own, type(error))
    made = kind.__new__(kind)
    # Both sides' fields, and none of the foreign constructors: their signatures all differ.
    own.__init__(made, message, **fields)
    for name, value in vars(error).items():
        vars(made).setdefault(name, value)
    if isinstance(made, OSError) and isinstance(error, OSError):
        made.errno, made.strerror = error.errno, error.strerror
    made.__cause__ = error
    return made


def _combine(own: type[LiveError], foreign: type[BaseException]) -> type[LiveError]:
    """Make the class that is both, under our name; one only, for each pair."""
    if issubclass(own, foreign):
        return own
    if (own, foreign) in _combinations:
        return _combinations[own, foreign]
    body = {"__module__": own.__module__, "__doc__": own.__doc__, "combined": True}
    return _combinations.setdefault((own, foreign), type(own.__name__, (own, foreign), body))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Go through an error, what caused it, and what urllib3 and requests packed into it."""
    seen: set[int] = set()
    waiting = deque([error])
    while waiting:
        found = waiting.popleft()
        if not isinstance(found, BaseException) or id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        waiting += [found.__cause__, found.__context__, getattr(found, "reason", None)]
        waiting += [argument for argument in found.args if isinstance(argument, BaseException)]


def _container_failed(error: Any) -> _Verdict:
    code = int(error.exit_status)
    printed = error.stderr
    if isinstance(printed, bytes):
        printed = printed.decode("utf-8", "replace")
    printed = errors.tail(printed or "")
    known = getattr(error, "out_of_memory", None)
    if code == 137:
        ended = {
            True: "was killed since it used more memory than its limit (OOMKilled). "
            "Try a larger mem_limit, or let it use less",
            False: "was killed by a signal (SIGKILL), not for its memory: did something stop it?",
            None: "was killed (137 = 128 + signal 9, SIGKILL). Where it has a memory limit, it has "
            "most likely used more: container.attrs['State']['OOMKilled'] tells. "
            "Try a larger mem_limit",
        }[known]
    elif code == 126:
        ended = "has a command that cannot be executed. Look at the file's mode and first line"
    elif code == 127:
        ended = "has a command that is not in the image. Look at its spelling and its PATH"
    elif code > 128:
        ended = f"was ended by signal {code - 128} ({code} = 128 + {code - 128}). Look at its logs"
    else:
        ended = "reported a failure. Look at what it printed"
    message = (
        f"expected exit code 0 of {_command(error.command)} in {error.image!r}, found {code}: "
        f"the container {ended}."
    )
    if printed:
        message += f"\nThe last lines that it printed:\n{errors.indented(printed)}"
    return _Verdict(
        errors.ContainerFailedError,
        message,
        {"exit_code": code, "out_of_memory": known, "object_name": _name_of(error.container)},
    )


def _build_failed(error: Any) -> _Verdict:
    entries = list(error.build_log)
    error.build_log = entries  # an iterator, which has been read now
    instruction, lines = "", deque[str](maxlen=TAIL_LINES)
    for entry in entries:
        for line in str(entry.get("stream", "") if isinstance(entry, dict) else "").splitlines():
            # Step 2/3 : RUN false
            if step := re.match(r"Step \d+/\d+ : (.*)", line):
                instruction = step[1]
                lines.clear()
            elif line.strip() and not line.startswith((" ---> ", "Removing intermediate")):
                lines.append(line)
    reason, output = str(error.msg).strip(), "\n".join(lines)
    at = f" at `{instruction}`" if instruction else ""
    message = f"expected an image, but its build failed{at}: {reason}."
    if _registry_is_out_of_reach(reason):
        message += f" {_provide(instruction.partition(' ')[2])}"
    elif "no space left on device" in reason:
        message += " The engine's disk is full: try live.cleanup()."
    else:
        message += " Correct that instruction and build again; what came before it is cached."
    if output:
        message += f"\nThe last lines that it printed:\n{errors.indented(output)}"
    fields = {"instruction": instruction, "output": output, "explanation": reason}
    return _Verdict(errors.BuildFailedError, message, fields)


def _refused(error: Any) -> _Verdict:
    """Read an HTTP error of the engine: its status and its words."""
    status, said = error.status_code, str(error.explanation or error.args[0] or "").strip()
    fields: dict[str, Any] = {
        "status_code": status,
        "explanation": said,
        "object_name": _object_in(said),
    }
    lower = said.lower()
    import docker.errors

    if "no space left on device" in lower:
        message = f"expected room on the engine's disk, found none: {said}. Try live.cleanup()."
        return _Verdict(errors.DiskFullError, message, fields)
    # Bind for 0.0.0.0:8080 failed: port is already allocated
    # listen tcp4 0.0.0.0:8080: bind: address already in use
    if "port is already allocated" in lower or "address already in use" in lower:
        ports = re.findall(r":(\d+)(?: failed|: bind)", said)
        fields["object_name"] = ports[-1] if ports else ""
        message = (
            f"expected a free port, found port {fields['object_name'] or '?'} in use. Publish "
            "another one, or let the engine choose: ports={'80/tcp': None}."
        )
        return _Verdict(errors.PortInUseError, message, fields)
    if isinstance(error, docker.errors.ImageNotFound) or _registry_is_out_of_reach(said):
        image = fields["object_name"]
        message = f"expected an image that the engine has, found none: {said}. {_provide(image)}"
        return _Verdict(errors.ImageNotPresentError, message, fields)
    if status == 404:
        message = f"expected an object that there is, found: {said}. {_listing(said)}"
        return _Verdict(errors.ObjectNotFoundError, message, fields)
    # Conflict. The container name "/web" is already in use by container "8a0c..."
    # network with name back already exists
    if status == 409 and re.search(r"name .* already (in use|exists)", said):
        message = (
            f"expected a name that is free, found: {said}. Remove or rename the other one, "
            "or give another name."
        )
        return _Verdict(errors.NameConflictError, message, fields)
    if status == 409:
        message = f"expected nothing in the way, found: {said}. Stop or remove that first."
        return _Verdict(errors.ConflictError, message, fields)
    if status in (501, 505):
        message = f"expected an engine that can do this, found: {said}. Try a newer one."
        return _Verdict(errors.UnsupportedError, message, fields)
    if status is not None and 400 <= status < 500:
        message = f"expected parameters that the engine can use, found: {said}. Correct them."
        return _Verdict(errors.BadRequestError, message, fields)
    message = (
        f"expected the engine to do what it was asked, found that it failed: {said}. Try again; "
        "if it fails again, restart the engine."
    )
    return _Verdict(errors.EngineFaultError, message, fields)


def _sdk(error: Any) -> _Verdict:
    """Read an error that the SDK raises by itself, without an answer of the engine."""
    import docker.errors as sdk

    said = str(error).strip() or str(getattr(error, "msg", ""))
    where = (
        sdk.TLSParameterError, sdk.InvalidConfigFile, sdk.MissingContextParameter,
        sdk.ContextException, sdk.ContextNotFound, sdk.ContextAlreadyExists,
    )  # fmt: skip
    # Invalid bind address protocol: foo://bar
    if isinstance(error, where) or "bind address" in said:
        message = (
            f"expected settings that lead to an engine, found: {said}. Look at DOCKER_HOST, "
            "DOCKER_CONTEXT and ~/.docker/config.json; COURSE_ENGINE=labvm does without them."
        )
        return _Verdict(errors.EngineChoiceError, message, {"explanation": said})
    if isinstance(error, (sdk.InvalidVersion, sdk.DeprecatedMethod)):
        message = f"expected what this engine and SDK can do, found: {said}. Do it another way."
        return _Verdict(errors.UnsupportedError, message, {"explanation": said})
    usage = (sdk.InvalidRepository, sdk.InvalidArgument, sdk.NullResource, sdk.ImageLoadError)
    if isinstance(error, usage):
        message = f"expected parameters that can be used, found: {said}. Correct them."
        return _Verdict(errors.BadRequestError, message, {"explanation": said})
    message = (
        f"expected an answer of the engine, found none that can be understood: {said}. "
        "Try again; live.engine() tells which engine it is."
    )
    return _Verdict(errors.EngineFaultError, message, {"explanation": said})


def _transport(error: BaseException, address: str, answered: bool) -> _Verdict | None:
    """Read an error of the connection; the system's own error, deep inside, tells the most."""
    import requests.exceptions as http
    import urllib3.exceptions as wire

    at = f" at {address}" if address else ""
    causes = tuple(_causes(error))
    fields = {"explanation": str(error)}
    bare = type(error).__module__ == "builtins"
    numbers = {cause.errno for cause in causes if isinstance(cause, OSError)}

    if errno.ENOSPC in numbers or errno.EDQUOT in numbers:
        message = "expected room on this machine's disk, found none. Delete what is not needed."
        return _Verdict(errors.DiskFullError, message, fields)
    if errno.EADDRINUSE in numbers:
        message = f"expected a free port, found it in use: {error}. Use another one."
        return _Verdict(errors.PortInUseError, message, fields)
    if bare and isinstance(error, (FileNotFoundError, PermissionError)):
        return None  # of a learner's own file as likely as of a socket; the one who opens it knows
    if errno.EACCES in numbers or errno.EPERM in numbers:
        message = (
            f"expected an engine{at} that this user may use, found that permission is denied. "
            "Try: sudo usermod -aG docker $USER, then log in again; or COURSE_ENGINE=labvm."
        )
        return _Verdict(errors.EngineForbiddenError, message, fields)
    if {errno.ECONNREFUSED, errno.ENOENT, errno.EHOSTUNREACH, errno.ENETUNREACH} & numbers:
        if answered:
            return _gone(at, fields)
        message = (
            f"expected an engine{at}, found that none listens. Start it (sudo systemctl start "
            "docker, or open Docker Desktop), or use the lab VM: COURSE_ENGINE=labvm."
        )
        return _Verdict(errors.NoEngineError, message, fields)
    if isinstance(error, (http.SSLError, wire.SSLError)):
        message = (
            f"expected an engine{at} that speaks TLS as DOCKER_CERT_PATH and DOCKER_TLS_VERIFY "
            f"say, found: {error}. Correct them, or try COURSE_ENGINE=labvm."
        )
        return _Verdict(errors.EngineChoiceError, message, fields)
    addresses = (http.URLRequired, http.MissingSchema, http.InvalidSchema, http.InvalidURL,
                 http.InvalidHeader, wire.LocationValueError)  # fmt: skip
    if isinstance(error, addresses):
        message = (
            f"expected the address of an engine, such as unix:///var/run/docker.sock, found: "
            f"{error}. Correct DOCKER_HOST or the docker context."
        )
        return _Verdict(errors.EngineChoiceError, message, fields)
    late = (http.Timeout, wire.TimeoutError, TimeoutError)
    if any(isinstance(cause, late) for cause in causes):
        message = (
            f"expected an answer of the engine{at} in time, found none. An emulated engine is "
            "about ten times slower: try again, or give a longer timeout."
        )
        return _Verdict(errors.EngineNotAnsweringError, message, fields)
    broken = (ConnectionError, http.ConnectionError, http.ChunkedEncodingError, wire.ProtocolError,
              wire.PoolError)  # fmt: skip
    if any(isinstance(cause, broken) for cause in causes):
        return _gone(at, fields)
    if bare:
        return None
    message = (
        f"expected an answer of the engine{at}, found what cannot be understood: {error}. "
        "Is it a Docker Engine? live.engine() tells."
    )
    return _Verdict(errors.EngineFaultError, message, fields)


def _gone(at: str, fields: dict[str, Any]) -> _Verdict:
    message = (
        f"expected the engine{at} to go on answering, found that it went away. "
        "Call live.connect() again, which finds or starts one; what it ran may be gone."
    )
    return _Verdict(errors.EngineGoneError, message, fields)


def _registry_is_out_of_reach(said: str) -> bool:
    # Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host
    # pull access denied for nope, repository does not exist or may require 'docker login'
    return bool(
        re.search(r'Get "?https?://[^ ]*/v\d', said)
        or "pull access denied" in said
        or "manifest unknown" in said
    )


def _provide(image: str) -> str:
    return (
        f"No registry is needed: live.images.provide(client, {image or 'name'!r}) makes the "
        "course's own images, live.images.IMAGES; a Dockerfile may begin with one of them."
    )


def _listing(said: str) -> str:
    # No such container: web / network back not found / get data: no such volume
    for what in ("container", "network", "volume", "exec", "image"):
        if what in said.lower():
            listing = (
                "containers.list(all=True)" if what in ("container", "exec") else f"{what}s.list()"
            )
            return f"client.{listing} shows what there is."
    return "Look at its spelling."


def _object_in(said: str) -> str:
    """Find the name of what an explanation is about."""
    patterns = (
        r"[Nn]o such [\w ]+: (\S+)",
        r'name "?/?([^" ]+)"? (?:is )?already',
        r"pull access denied for ([^, ]+)",
        r"manifest for (\S+) not found",
        r"network (\S+) not found",
        r"get (\S+): no such volume",
    )
    for pattern in patterns:
        if match := re.search(pattern, said):
            return match[1].rstrip(".,")
    return ""


def _command(command: Any) -> str:
    """Write a command as one would type it, if it is short."""
    if isinstance(command, (list, tuple)):
        command = shlex.join(map(str, command))
    return f"`{textwrap.shorten(command, 80)}`" if command else "its command"


def _name_of(container: Any) -> str:
    return str(getattr(container, "name", None) or container or "")
