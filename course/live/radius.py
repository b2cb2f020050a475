"""Ask a RADIUS server whether a name and a password belong together.

The packets are RFC 2865's, with the Message-Authenticator of RFC 3579; over TCP as RFC 6613 has it.

- `request`: a question, with random bytes of its own
- `read`: what a server answered to it, if it is signed by who knows the secret
- `answers`: whether a server lets the course's one user in
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import socket
import struct
from dataclasses import dataclass

__all__ = ["PORT", "Reply", "Request", "answers", "read", "request"]

PORT = 1812
#: What the course's servers and their clients both know, as their configuration says.
SECRET = b"testing123"
#: The one user that the course's servers know.
USER, PASSWORD = "learner", "measured"

_ACCESS_REQUEST, _ACCEPT, _REJECT = 1, 2, 3
_USER_NAME, _USER_PASSWORD, _REPLY_MESSAGE, _MESSAGE_AUTHENTICATOR = 1, 2, 18, 80
_HEADER = struct.Struct("!BBH16s")  # code, identifier, length, authenticator
_BLOCK = 16  # bytes of a password that are hidden at once


@dataclass(frozen=True)
class Request:
    """A question.

    Attributes:
        packet: its bytes.
        identifier: what its answer has to name.
        authenticator: the random bytes that its answer's signature covers.
    """

    packet: bytes
    identifier: int
    authenticator: bytes


@dataclass(frozen=True)
class Reply:
    """What a server answered.

    Attributes:
        accepted: whether it let the user in; None if nothing that is signed rightly came back.
        message: what it said to the user.
    """

    accepted: bool | None
    message: str = ""


def request(user: str, password: str) -> Request:
    """Return a question whether a name and a password belong together.

    Args:
        user: the name, of at most 253 bytes.
        password: the password, of at most 128 bytes.
    """
    identifier, authenticator = secrets.randbelow(256), secrets.token_bytes(16)
    attributes = _attribute(_USER_NAME, user.encode())
    attributes += _attribute(_USER_PASSWORD, _hidden(password.encode(), authenticator))
    length = _HEADER.size + len(attributes) + 18
    header = _HEADER.pack(_ACCESS_REQUEST, identifier, length, authenticator)
    unsigned = header + attributes + _attribute(_MESSAGE_AUTHENTICATOR, bytes(16))
    signature = hmac.digest(SECRET, unsigned, "md5")
    return Request(unsigned[:-16] + signature, identifier, authenticator)


def read(answer: bytes, asked: Request) -> Reply:
    """Return what a server answered; one that is not signed rightly is no answer.

    Args:
        answer: the packet that came back, or nothing.
        asked: the question.
    """
    if len(answer) < _HEADER.size:
        return Reply(None)
    code, identifier, length, proof = _HEADER.unpack_from(answer)
    attributes = answer[_HEADER.size : length]
    signed = answer[:4] + asked.authenticator + attributes + SECRET
    expected = hashlib.md5(signed).digest()  # noqa: S324 (RFC 2865, section 3)
    known = code in (_ACCEPT, _REJECT) and identifier == asked.identifier
    if not known or not hmac.compare_digest(expected, proof):
        return Reply(None)
    messages = b""
    while len(attributes) >= 2 and attributes[1] >= 2:
        if attributes[0] == _REPLY_MESSAGE:
            messages += attributes[2 : attributes[1]]
        attributes = attributes[attributes[1] :]
    return Reply(code == _ACCEPT, messages.decode(errors="replace"))


def answers(port: int, *, timeout_s: float = 5) -> bool:
    """Tell whether a server on a port of this machine lets the course's one user in.

    Args:
        port: the TCP port of the loopback.
        timeout_s: how long to wait for an answer, in seconds.
    """
    asked = request(USER, PASSWORD)
    try:
        with socket.create_connection(("127.0.0.1", port), timeout_s) as connection:
            connection.settimeout(timeout_s)
            connection.sendall(asked.packet)
            with connection.makefile("rb") as stream:
                header = stream.read(_HEADER.size)
                if len(header) < _HEADER.size:
                    return False
                rest = stream.read(_HEADER.unpack(header)[2] - _HEADER.size)
    except OSError:
        return False
    return read(header + rest, asked).accepted is True


def _hidden(password: bytes, authenticator: bytes) -> bytes:
    """Hide a password, block by block; RFC 2865, section 5.2."""
    padded = password.ljust(max(1, -(-len(password) // _BLOCK)) * _BLOCK, b"\0")
    before, hidden = authenticator, b""
    for place in range(0, len(padded), _BLOCK):
        key = hashlib.md5(SECRET + before).digest()  # noqa: S324
        before = bytes(a ^ b for a, b in zip(padded[place : place + _BLOCK], key, strict=True))
        hidden += before
    return hidden


def _attribute(kind: int, value: bytes) -> bytes:
    return bytes((kind, len(value) + 2)) + value
