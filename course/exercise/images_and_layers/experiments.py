"""What an engine holds, beside what the exercises of lesson 04 ask for.

Each function looks at one exercise's objects and returns findings, one for each thing that was
asked. What is asked is public, so nothing here is an answer. The notes in a notebook and the marks
of a grader go by the same findings; each looks into its own engine.

- `contract`: the image that keeps the contract
- `committed`: the image that was committed
- `pinned`: the digest that the registry knows
- `tills`: three containers of one image
- `pythons`: one script, two Pythons
- `leaks`: the tokens in the layers of the planted image
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from course.exercise.findings import Finding, NotThereError, find_container, find_image
from course.exercise.images_and_layers.orders import PYTHONS
from course.exercise.images_and_layers.shop import BASE
from course.live import disk, layers

if TYPE_CHECKING:
    import docker

    from course.exercise.images_and_layers.problem import ImagesProblem

__all__ = ["Experiment", "Finding", "Leak", "NotThereError", "committed", "contract", "leaks",
           "pinned", "pythons", "tills"]  # fmt: skip

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_TOKEN = re.compile(rb"token=(\d+)")


#: What looks at one exercise's objects.
Experiment = Callable[["docker.DockerClient", "ImagesProblem"], tuple[Finding, ...]]


def contract(client: docker.DockerClient, task: ImagesProblem) -> tuple[Finding, ...]:
    """Return what the learner's image has of what the contract asks.

    Args:
        client: the engine.
        task: the learner's problem.

    Raises:
        NotThereError: there is no such image.
    """
    asked, reference = task.contract, task.image("contract")
    find_image(client, reference)
    archive = layers.unpack(client, reference)
    below = len(client.images.get(BASE).attrs["RootFS"]["Layers"])
    own = archive.layers[below:]
    sizes = [layer.size_bytes for layer in own]
    return (
        _contract_files(task, archive),
        *_contract_settings(task, archive.configuration.get("config") or {}),
        Finding(
            "size",
            sum(sizes) <= asked.most_bytes,
            f"Its own layers hold {sum(sizes)} bytes; at most {asked.most_bytes} were agreed.",
        ),
        Finding(
            "layers",
            sum(size > 0 for size in sizes) <= asked.most_layers,
            f"{sum(size > 0 for size in sizes)} of its own layers have a size; at most "
            f"{asked.most_layers} was agreed. One COPY may name several files.",
        ),
        _contract_secret(asked.secret, own, archive.configuration),
    )


def _contract_files(task: ImagesProblem, archive: layers.Archive) -> Finding:
    seen, wrong = archive.files(), []
    for inside, path in task.contract.files.items():
        found = seen.get(inside.strip("/"))
        if found != task.contract.context[path]:
            wrong.append(f"{inside} is {'missing' if found is None else 'another file'}")
    return Finding(
        "files", not wrong, "; ".join(wrong) + "." if wrong else "Its files are as agreed."
    )


def _contract_settings(task: ImagesProblem, found: dict[str, Any]) -> tuple[Finding, ...]:
    asked = task.contract
    variables = dict(line.split("=", 1) for line in found.get("Env") or [])
    wrong = [n for n, value in asked.environment.items() if variables.get(n) != value]
    place = (found.get("WorkingDir") or "/").rstrip("/")
    if place != asked.working_folder:
        wrong.append("the working directory")
    labels = found.get("Labels") or {}
    foreign = [n for n, value in asked.labels.items() if labels.get(n) != value]
    user = str(found.get("User") or "").split(":")[0]
    if user != asked.user:
        foreign.append("the user" + (", who is root now" if user in ("", "0", "root") else ""))
    return (
        Finding(
            "settings",
            not wrong,
            f"Not as agreed: {', '.join(wrong)}." if wrong else "Variables and folder are right.",
        ),
        Finding(
            "owner",
            not foreign,
            f"Not as agreed: {', '.join(foreign)}." if foreign else "User and label are right.",
        ),
    )


def _contract_secret(
    secret: str, own: tuple[layers.LayerContents, ...], configuration: Any
) -> Finding:
    for number, layer in enumerate(own, 1):
        for path, content in layer.files.items():
            if secret.encode() in content:
                gone = any(path in upper.deleted for upper in own[number:])
                return Finding(
                    "secret",
                    False,
                    f"The token is in /{path} of its own layer {number}."
                    + (" A later layer hides it and does not remove it." if gone else ""),
                )
    if secret in repr(configuration):
        return Finding("secret", False, "The token is in the image's configuration or history.")
    return Finding("secret", True, "The token is nowhere in the image.")


def committed(client: docker.DockerClient, task: ImagesProblem) -> tuple[Finding, ...]:
    """Return how the topmost layer of the committed image differs from what was asked.

    Args:
        client: the engine.
        task: the learner's problem.

    Raises:
        NotThereError: there is no such image, or not the shop's.
    """
    asked, reference = task.difference, task.image("committed")
    found = find_image(client, reference).attrs["RootFS"]["Layers"]
    shop = find_image(client, task.image("shop:1")).attrs["RootFS"]["Layers"]
    if found == shop:
        return tuple(
            Finding(aspect, False, "It is the shop's image: nothing was committed.")
            for aspect in ("added", "appended", "deleted", "only")
        )
    top = layers.unpack(client, reference).layers[-1]
    on_shop = found[:-1] == shop
    menu = task.shop.menu + asked.line
    wanted = {asked.added, asked.appended}
    more = sorted((top.files.keys() | top.links.keys()) - wanted)
    more += sorted(f"{path} (deleted)" for path in top.deleted - {asked.deleted})
    return (
        Finding(
            "added",
            top.files.get(asked.added) == asked.added_text.encode(),
            f"/{asked.added}: {_state(top.files.get(asked.added), asked.added_text)}.",
        ),
        Finding(
            "appended",
            top.files.get(asked.appended) == menu.encode(),
            f"/{asked.appended}: {_state(top.files.get(asked.appended), menu)}.",
        ),
        Finding(
            "deleted",
            asked.deleted in top.deleted,
            f"/{asked.deleted}: " + ("deleted" if asked.deleted in top.deleted else "still there"),
        ),
        Finding(
            "only",
            on_shop and not more,
            f"Besides, its layer changes {', '.join(more)}."
            if more
            else "It is one layer upon the shop's first image."
            if on_shop
            else f"It is not one layer upon {task.image('shop:1')}: "
            f"{len(found)} layers, where that has {len(shop)}.",
        ),
    )


def _state(found: bytes | None, wanted: str) -> str:
    if found is None:
        return "not in the topmost layer"
    if found == wanted.encode():
        return "as asked"
    if found.split() == wanted.encode().split():
        return "differs in blanks or line ends only"
    return "there, with another content"


def pinned(client: docker.DockerClient, task: ImagesProblem, digest: Any) -> tuple[Finding, ...]:
    """Return what the registry knows of a digest, and where the tag leads.

    Args:
        client: the engine.
        task: the learner's problem.
        digest: what the learner noted.

    Raises:
        NotThereError: there is no registry, or no committed image.
    """
    import docker.errors

    container = find_container(client, task.name("registry"))
    ports = container.ports.get("5000/tcp") or []
    if not ports:
        raise NotThereError(f"the container {task.name('registry')} is no registry that runs")
    repository = f"127.0.0.1:{ports[0]['HostPort']}/{task.image('shop')}"
    image = find_image(client, task.image("committed"))

    def leads_to(reference: str) -> str:
        try:
            return str(client.images.get_registry_data(reference).id)
        except docker.errors.APIError:
            return ""

    now = leads_to(f"{repository}:menu")
    text = digest if isinstance(digest, str) else repr(digest)
    known = bool(_DIGEST.fullmatch(text)) and leads_to(f"{repository}@{text}") == text
    of_image = f"{repository}@{text}" in (image.attrs.get("RepoDigests") or [])
    return (
        Finding("digest", known and of_image, _digest_text(text, known, of_image, now, image.id)),
        Finding(
            "moved",
            bool(now) and known and now != text,
            f"In the registry there is no tag menu of {task.image('shop')}."
            if not now
            else "The tag menu leads to another image by now."
            if now != text
            else "The tag menu still leads to the same image: nothing has moved it.",
        ),
    )


def _digest_text(text: str, known: bool, of_image: bool, now: str, image_id: str) -> str:
    if known and of_image:
        return "By this digest the registry gives the committed image."
    if not _DIGEST.fullmatch(text):
        return (
            f"{text[:40]!r} is no digest. A tag is a name that can be moved; "
            'a digest begins with "sha256:" and has 64 hexadecimal digits.'
        )
    if text == image_id:
        return (
            "This is the id of the image, the digest of its configuration. "
            "A registry keeps an image under the digest of its manifest."
        )
    if text == now:
        return "This is where the tag leads now. What was pushed under it first?"
    if known:
        return "The registry has something of this digest, but not the committed image."
    return (
        "The registry has nothing of this digest. Was it typed in from an earlier run? "
        "Every run makes images anew, so let Python fill it in."
    )


def tills(client: docker.DockerClient, task: ImagesProblem) -> tuple[Finding, ...]:
    """Return whether three containers of the shop run, and what each has written.

    Args:
        client: the engine.
        task: the learner's problem.

    Raises:
        NotThereError: one of them does not exist.
    """
    image = find_image(client, task.image("shop:1")).id
    names = [task.name(f"till-{number}") for number in "123"]
    containers = [find_container(client, name) for name in names]
    foreign = [c.name for c in containers if c.attrs["Image"] != image]
    idle = [c.name for c in containers if c.status != "running"]
    wrong = [
        f"{found.name} has written {found.written_bytes} bytes"
        for found in disk.written(client, names)
        if found.written_bytes != task.orders_bytes
    ]
    problems = [f"{name} is of another image" for name in foreign]
    problems += [f"{name} does not run" for name in idle]
    return (
        Finding(
            "running",
            not problems,
            "; ".join(problems) + "." if problems else "Three containers of one image run.",
        ),
        Finding(
            "written",
            not wrong and not foreign,
            f"{'; '.join(wrong)}; asked for are {task.orders_bytes} each."
            if wrong
            else f"Each has written {task.orders_bytes} bytes.",
        ),
    )


def pythons(client: docker.DockerClient, task: ImagesProblem) -> tuple[Finding, ...]:
    """Return whether both Pythons have run the script from one read-only mount.

    Args:
        client: the engine.
        task: the learner's problem.

    Raises:
        NotThereError: neither container exists.
    """
    findings, mounts = [], []
    missing = []
    for version in PYTHONS:
        try:
            container = find_container(client, task.name(f"python-{version}"))
        except NotThereError as error:
            missing.append(error)
            findings.append(Finding(version, False, f"{error}."))
            continue
        mount = _script_mount(task, container)
        mounts.append(mount)
        findings.append(_python_run(client, task, version, container, mount))
    if len(missing) == len(PYTHONS):
        raise missing[0]
    volume = task.name("script")
    shared = len(mounts) == len(PYTHONS) and all(
        mount and mount.get("Name") == volume for mount in mounts
    )
    writable = [mount for mount in mounts if mount and mount.get("RW", True)]
    findings.append(
        Finding(
            "read-only",
            shared and not writable,
            'The mount can be written to: what does "mode" say?'
            if writable
            else "Both have the volume, and neither can write to it."
            if shared
            else f"Not both have the volume {volume}.",
        )
    )
    return tuple(findings)


def _script_mount(task: ImagesProblem, container: Any) -> dict[str, Any] | None:
    """Return the mount that a container took the script from."""
    configuration = container.attrs["Config"]
    words = [*(configuration.get("Entrypoint") or []), *(configuration.get("Cmd") or [])]
    folder = configuration.get("WorkingDir") or "/"
    scripts = [word for word in words if str(word).rpartition("/")[2] == task.script.name]
    if not scripts:
        return None
    path = scripts[0] if scripts[0].startswith("/") else f"{folder.rstrip('/')}/{scripts[0]}"
    for mount in container.attrs["Mounts"]:
        if path == f"{mount['Destination'].rstrip('/')}/{task.script.name}":
            return dict(mount)
    return None


def _python_run(
    client: docker.DockerClient,
    task: ImagesProblem,
    version: str,
    container: Any,
    mount: dict[str, Any] | None,
) -> Finding:
    name, state = container.name, container.attrs["State"]
    if container.attrs["Image"] != find_image(client, f"course/python:{version}").id:
        return Finding(version, False, f"{name} is not of the image course/python:{version}.")
    if mount is None:
        return Finding(
            version, False, f"{name} does not run {task.script.name} from a folder that is mounted."
        )
    if state["Running"] or state["ExitCode"] != 0:
        return Finding(
            version,
            False,
            f"{name} still runs." if state["Running"] else
            f"{name} ended with exit code {state['ExitCode']}: its logs say why.",
        )  # fmt: skip
    if (
        container.logs(stdout=True, stderr=False).decode(errors="replace")
        != task.script.output[version]
    ):
        return Finding(version, False, f"{name} has printed something else than the script would.")
    return Finding(version, True, f"{name} has run the script.")


@dataclass(frozen=True)
class Leak:
    """A token in a layer.

    Attributes:
        layer: the layer's number, the lowest is 1.
        token: the token.
        deleted: whether a later layer deletes the file.
        replaced: whether a later layer writes the file anew.
    """

    layer: int
    token: str
    deleted: bool
    replaced: bool


def leaks(client: docker.DockerClient, task: ImagesProblem) -> tuple[Leak, ...]:
    """Return the tokens in the layers of the planted image, from the lowest layer up.

    Args:
        client: the engine.
        task: the learner's problem.

    Raises:
        NotThereError: there is no such image.
    """
    reference = task.image("leaky")
    find_image(client, reference)
    found = layers.unpack(client, reference).layers
    return tuple(
        Leak(
            number,
            match[1].decode(),
            any(path in upper.deleted for upper in found[number:]),
            any(path in upper.files for upper in found[number:]),
        )
        for number, layer in enumerate(found, 1)
        for path, content in layer.files.items()
        if path.startswith("srv/") and (match := _TOKEN.search(content))
    )
