"""Measurements on the machine in front of you, and real containers on every machine.

- `connect`, `engine`: a Docker SDK client, and which engine it reaches
- `cleanup`: remove what the lessons made
- `LabVM`: a Docker Engine of one's own, in a virtual machine that needs no privilege
- `forward`, `url`: from a browser to what a container serves
- `put`: files for containers
- `machine`: how busy this machine is
- `vm`: virtual machines
- `experiments`: measurements of processes, containers and machines, as tables
- `errors`: what can go wrong, in one tree

Importing this does no work: the Docker SDK and QEMU's parts are imported where they are used.
"""

from course.live.engine import EngineInfo, Removed, cleanup, connect, engine
from course.live.files import put
from course.live.label import LABEL
from course.live.labvm import LabVM
from course.live.reach import forward, url

__all__ = [
    "LABEL",
    "EngineInfo",
    "LabVM",
    "Removed",
    "cleanup",
    "connect",
    "engine",
    "forward",
    "put",
    "url",
]
