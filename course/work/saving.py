"""Save all of a workspace as one archive."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from course.live.cache import writing
from course.work.archive import MANIFEST, MOST_BYTES, MOST_FILES, Entry, Manifest, add
from course.work.errors import WorkError
from course.work.tree import LARGE_BYTES, LeftOut, read_tree, size, workspace

__all__ = ["Saved", "save"]

#: How the archives are called that are not saved again.
ARCHIVES = "my-work-*.zip"


@dataclass(frozen=True)
class Saved:
    """An archive that was written.

    Attributes:
        file: the archive.
        size_bytes: its size.
        files: what it holds.
        left_out: what a learner might look for in vain.
    """

    file: Path
    size_bytes: int
    files: tuple[Entry, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def large(self) -> tuple[Entry, ...]:
        """The files that make it large, the largest first."""
        found = (entry for entry in self.files if entry.size_bytes >= LARGE_BYTES)
        return tuple(sorted(found, key=lambda entry: -entry.size_bytes))

    def __str__(self) -> str:
        count = len(self.files)
        lines = [
            f"{count} file{'s' * (count != 1)} saved in {self.file.name}, {size(self.size_bytes)}."
        ]
        lines += [f"large: {entry.name}, {size(entry.size_bytes)}" for entry in self.large]
        lines += [f"left out: {out.name} ({out.reason})" for out in self.left_out]
        return "\n".join(lines)


def save(file: Path | None = None, *, folder: Path | None = None) -> Saved:
    """Save all of a workspace as one archive, which is written as a whole or not at all.

    Hidden files, caches and earlier archives are left out; of notebooks the last saved state is
    taken, outputs included.

    Args:
        file: the archive; by default ``my-work-20261120-1503.zip`` in the workspace, by the time.
        folder: the workspace; by default that of the current folder.

    Raises:
        WorkError: there is nothing to save, too much of it, or the archive cannot be written.
    """
    work = workspace(folder)
    file = file or work / f"my-work-{datetime.now():%Y%m%d-%H%M}.zip"
    file = file.expanduser().absolute()
    tree = read_tree(work)
    wanted = {
        name: path
        for name, path in tree.files.items()
        if path.resolve() != file.resolve() and not Path(name).match(ARCHIVES)
    }
    if not wanted:
        raise WorkError(f"expected your work in {work}, found no file there. Nothing was saved.")
    _refuse_too_much(wanted)
    try:
        with writing(file) as stream, zipfile.ZipFile(stream, "w") as bundle:
            entries = [add(bundle, name, path) for name, path in wanted.items()]
            bundle.writestr(MANIFEST, Manifest.of(entries).as_json(), zipfile.ZIP_DEFLATED)
    except OSError as error:
        raise WorkError(
            f"{file} could not be written: {error.strerror or error} ({error.filename or file}). "
            "Nothing was saved; name another place."
        ) from error
    return Saved(file, file.stat().st_size, tuple(entries), tree.left_out)


def _refuse_too_much(wanted: dict[str, Path]) -> None:
    """Save nothing that could not be brought back."""
    if len(wanted) > MOST_FILES:
        raise WorkError(
            f"expected at most {MOST_FILES} files to save, found {len(wanted)}. Nothing was saved. "
            "Pack what you do not work on into one file, or move it elsewhere."
        )
    sizes = {name: path.stat().st_size for name, path in wanted.items()}
    total = sum(sizes.values())
    if total > MOST_BYTES:
        largest = sorted(sizes, key=lambda name: -sizes[name])[:5]
        named = ", ".join(f"{name} ({size(sizes[name])})" for name in largest)
        raise WorkError(
            f"expected at most {size(MOST_BYTES)} to save, found {size(total)}. Nothing was saved. "
            f"Move the largest files elsewhere: {named}."
        )
