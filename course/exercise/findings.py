"""What was asked of something that a learner made, and whether it is so.

- `Finding`: one thing that was asked, and what was found
- `NotThereError`: an object that an exercise asks for does not exist
- `find_image`, `find_container`: objects of an engine, or that error
- `findings_notes`: what findings in the notebook's own engine say to its learner

What is asked is public, so nothing here is an answer. The notes in a notebook and the marks of a
grader go by the same findings; each looks into its own engine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from course.exercise.notes import Kind, Note

if TYPE_CHECKING:
    import docker

__all__ = ["Finding", "NotThereError", "find_container", "find_image", "findings_notes"]


class NotThereError(LookupError):
    """An object that an exercise asks for is not in the engine."""


@dataclass(frozen=True)
class Finding:
    """One thing that was asked, and whether the engine holds it.

    Attributes:
        aspect: which one, in a word.
        met: whether it is as it was asked.
        text: what was found, in a sentence.
    """

    aspect: str
    met: bool
    text: str


def find_image(client: docker.DockerClient, reference: str) -> Any:
    """Return an image of an engine.

    Args:
        client: the engine.
        reference: the image's name.

    Raises:
        NotThereError: there is no such image.
    """
    import docker.errors

    try:
        return client.images.get(reference)
    except docker.errors.NotFound:
        raise NotThereError(f"the engine has no image {reference}") from None


def find_container(client: docker.DockerClient, name: str) -> Any:
    """Return a container of an engine.

    Args:
        client: the engine.
        name: the container's name.

    Raises:
        NotThereError: there is no such container.
    """
    import docker.errors

    try:
        return client.containers.get(name)
    except docker.errors.NotFound:
        raise NotThereError(f"the engine has no container {name}") from None


def findings_notes(
    task: Any, experiment: Callable[[docker.DockerClient, Any], tuple[Finding, ...]]
) -> list[Note]:
    """Return the notes of an experiment: it looks into the engine that the notebook uses.

    Args:
        task: the learner's problem.
        experiment: what looks at the exercise's objects.
    """
    from course import live
    from course.live.errors import LiveError

    try:
        findings = experiment(live.connect(), task)
    except NotThereError as error:
        return [Note(Kind.UNANSWERED, f"This is not answered yet: {error}.")]
    except LiveError as error:
        return [Note(Kind.UNANSWERED, f"This is not answered yet: no engine answers. {error}")]
    texts = dict.fromkeys(finding.text for finding in findings if not finding.met)
    return [Note.mistake(text) for text in texts]
