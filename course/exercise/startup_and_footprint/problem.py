"""The personal problem of lesson 05: many tenants, a download, and an image under a limit."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from course.exercise.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from course.exercise.draw import Draw

__all__ = ["Download", "Radius", "StartupProblem", "Tenants", "pose"]

#: A limit that a server and its libraries keep, and a distribution around them does not, in MB.
#: The course's own image of the server holds 13.7 MB.
_LIMITS_MB = (14.2, 15.4)


@dataclass(frozen=True)
class Tenants:
    """Customers who get one instance each, and what the ways to give it them take.

    Attributes:
        count: how many customers.
        machine_mb: the disk of one virtual machine, in MB.
        clone_mb: what a machine writes to an overlay of its own upon a shared disk, in MB.
        applications: how many different applications they use.
        base_mb: the layers that all applications' images have in common, in MB.
        own_mb: the layers that each application's image adds, in MB.
        written_mb: what each container writes, in MB.
    """

    count: int
    machine_mb: int
    clone_mb: int
    applications: int
    base_mb: int
    own_mb: int
    written_mb: int

    def terms(self) -> Table:
        """Return the figures as a table."""
        rows = (
            ("customers, one instance each", self.count, "", "tenants.count"),
            ("disk of one virtual machine", self.machine_mb, "MB", "tenants.machine_mb"),
            ("written by a machine upon a shared disk", self.clone_mb, "MB", "tenants.clone_mb"),
            ("different applications", self.applications, "", "tenants.applications"),
            ("layers that all images share", self.base_mb, "MB", "tenants.base_mb"),
            ("layers that each application adds", self.own_mb, "MB", "tenants.own_mb"),
            ("written by each container", self.written_mb, "MB", "tenants.written_mb"),
        )
        headings = ("what", "value", "unit", "in Python")
        return Table("Your customers (invented)", headings, rows)


@dataclass(frozen=True)
class Download:
    """A disk that is sent through a network.

    Attributes:
        disk_gib: its size as the tools for disks write it, in GiB of 2**30 bytes.
        rate_mbit_per_s: what the network carries, in Mbit/s of 10**6 bits a second.
    """

    disk_gib: float
    rate_mbit_per_s: int


@dataclass(frozen=True)
class Radius:
    """What an image of a RADIUS server has to do, and how large it may be.

    Attributes:
        user: whom it has to let in.
        password: with which password.
        reply: what it then answers.
        most_bytes: how many bytes all of its layers may hold together.
        context: the files at hand, contents by path.
        fat_dockerfile: the Dockerfile of somebody who had no limit.
    """

    user: str
    password: str
    reply: str
    most_bytes: int
    context: Mapping[str, bytes]
    fat_dockerfile: str

    @property
    def users_file(self) -> str:
        """The text of the file `users`, as the server reads it."""
        return self.context["users"].decode()

    def terms(self) -> Table:
        """Return what is asked of the image as a table."""
        rows = (
            ("user", self.user),
            ("password", self.password),
            ("is let in with the reply", self.reply),
            ("anybody with another password", "is turned away"),
            ("all layers together, bytes", f"at most {self.most_bytes}"),
            ("the file of the context with all this", "users, for /etc/freeradius/users"),
        )
        return Table("What your image has to do", ("what", "has to be"), rows)


@dataclass(frozen=True)
class StartupProblem:
    """What one learner is given.

    Attributes:
        student_id: whose problem it is, normalised.
        prefix: what the names of this learner's images and containers begin with.
        tenants: customers and the disks that they take.
        download: a disk to be sent.
        radius: the image that is to be made.
        budget_gib: the memory that is there for machines of one task each, in GiB.
    """

    student_id: str
    prefix: str
    tenants: Tenants
    download: Download
    radius: Radius
    budget_gib: int

    def image(self, name: str) -> str:
        """Return the full name of one of this learner's images."""
        return f"{self.prefix}/{name}"

    def name(self, short: str) -> str:
        """Return the full name of one of this learner's containers."""
        return f"{self.prefix}-{short}"


def pose(student_id: str, draw: Draw) -> StartupProblem:
    """Return the problem of the learner whose draws these are."""
    # An id may hold what no name in an engine may, so the names are made from a digest of it.
    short = hashlib.sha256(student_id.encode()).hexdigest()[:8]
    return StartupProblem(
        student_id=student_id,
        prefix=f"lesson05-{short}",
        tenants=_draw_tenants(draw),
        download=Download(
            disk_gib=draw.integer(5, 30) / 2, rate_mbit_per_s=10 * draw.integer(5, 90)
        ),
        radius=_draw_radius(draw),
        budget_gib=draw.choice((8, 12, 16, 24, 32, 48, 64)),
    )


def _draw_tenants(draw: Draw) -> Tenants:
    while True:
        tenants = Tenants(
            count=draw.integer(12, 60),
            machine_mb=10 * draw.integer(80, 350),
            clone_mb=draw.integer(25, 90),
            applications=draw.integer(3, 7),
            base_mb=draw.integer(40, 130),
            own_mb=draw.integer(6, 35),
            written_mb=draw.integer(2, 20),
        )
        if _tells_mistakes_apart(tenants):
            return tenants


def _tells_mistakes_apart(t: Tenants) -> bool:
    """Return whether no two usual mistakes lead to about the same number."""
    written = t.count * t.written_mb
    groups = (
        (t.count * t.clone_mb, t.machine_mb + t.clone_mb),
        (
            t.count * (t.base_mb + t.own_mb) + written,
            t.applications * (t.base_mb + t.own_mb) + written,
            t.base_mb + t.applications * t.own_mb + t.written_mb,
            written,
        ),
    )
    return all(max(pair) > 1.02 * min(pair) for group in groups for pair in combinations(group, 2))


def _draw_radius(draw: Draw) -> Radius:
    user = draw.choice(("aiko", "bruno", "chidi", "dalia", "emeka", "farah", "goran", "hanne"))
    place = draw.choice(("library", "workshop", "harbour", "greenhouse", "archive", "canteen"))
    password = f"{place}-{draw.integer(1000, 9999)}"
    reply = f"Welcome to the {place}, {draw.choice(('floor', 'gate', 'hall'))} {draw.integer(1, 9)}"
    users = f'{user} Cleartext-Password := "{password}"\n     Reply-Message = "{reply}"\n'
    low, high = (round(10 * limit) for limit in _LIMITS_MB)
    manual = b"".join(
        f"Chapter {chapter}, page {page}: {place} {draw.integer(0, 10**9)}\n".encode()
        for chapter in range(1, 9)
        for page in range(1, 200)
    )
    return Radius(
        user=user,
        password=password,
        reply=reply,
        most_bytes=100_000 * draw.integer(low, high) + draw.integer(1, 99) * 1000,
        context={"users": users.encode(), "manual/radius.txt": manual},
        fat_dockerfile=_FAT,
    )


#: What comes of "install it where everything is": a Python, a shell, a manual, and the server.
_FAT = """FROM course/python:3.11
COPY --from=course/freeradius:3.2 /usr/ /usr/
COPY --from=course/freeradius:3.2 /etc/freeradius/ /etc/freeradius/
COPY manual/ /usr/share/doc/freeradius/
COPY users /etc/freeradius/users
CMD ["/usr/sbin/freeradius", "-f", "-l", "stdout", "-d", "/etc/freeradius"]
"""
