"""Pinned packages of Debian, as parts to build from: on any system, without root, apt or dpkg.

::

    pins       which files, to the byte: sets.toml for people, pins.json for programs
    mirror     the seam to Debian's mirrors
    index      what a release holds now, verified
    fetching   packages into the cache
    unpacking  packages into folders
    pinning    new pins
    licences   copyright notices, for who hands on what was built
    errors     what can go wrong
"""

from course.live.debian.fetching import fetch
from course.live.debian.pins import Deb, Package, definitions, pinned
from course.live.debian.unpacking import Member, members, unpack

__all__ = ["Deb", "Member", "Package", "definitions", "fetch", "members", "pinned", "unpack"]
