"""What became of the learner's disk in other formats, read from the files beside the notebook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from course.exercise.findings import Finding, NotThereError
from course.exercise.hypervisors.reading import UnreadableImageError, read

if TYPE_CHECKING:
    from course.exercise.hypervisors.disk import Disk

__all__ = ["converted"]


def converted(disk: Disk, folder: Path | None = None) -> tuple[Finding, ...]:
    """Look at the three images, each in the file that was asked for.

    Args:
        disk: the learner's disk.
        folder: where the files are; by default the current folder, which is the notebook's.

    Returns:
        A finding for each of the three formats.

    Raises:
        NotThereError: there is none of the three files.
    """
    folder = Path() if folder is None else folder
    if not any((folder / file).exists() for file in disk.files.values()):
        raise NotThereError(f"there is no {', '.join(disk.files.values())} beside the notebook")
    return tuple(_look(disk, name, folder / file) for name, file in disk.files.items())


def _look(disk: Disk, name: str, path: Path) -> Finding:
    try:
        image = read(path)
    except FileNotFoundError:
        return Finding(name, False, f"There is no {path.name} here.")
    except (OSError, UnreadableImageError) as error:
        return Finding(name, False, f"{path.name} cannot be read: {error}.")
    if image.format != name:
        return Finding(
            name,
            False,
            f"{path.name} is of the format {image.format} inside: a file's name does not convert "
            "it.",
        )
    content, found = disk.content, image.content
    if found[: len(content)] == content and not found[len(content) :].strip(b"\0"):
        return Finding(name, True, f"{path.name} holds your disk.")
    if len(found) < len(content):
        return Finding(name, False, f"{path.name} describes a smaller disk than yours.")
    if not found.strip(b"\0"):
        return Finding(name, False, f"The disk in {path.name} is empty.")
    if not found.startswith(content[:32]):
        return Finding(name, False, f"The disk in {path.name} is not yours.")
    return Finding(name, False, f"The disk in {path.name} begins like yours and goes on else.")
