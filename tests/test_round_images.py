"""The instructor's round on assignment 04: real nbgrader, real submissions, a real engine.

An experiment is right if the engine holds it. So each submission makes its own objects while it is
graded, and one that only prints, or renames what is there, earns nothing by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from autograders.answers.images_and_layers.quantities import (
    layer_bytes,
    quantities,
    rebuilt_steps,
)
from course.exercise import problem
from tests.nbgrader_course import IMAGES_ASSIGNMENT, Course
from tests.rounds import Case, EngineTests, Round, RoundTests, on_the_lab_vm, untouched
from tests.submissions_images import COMMITTED, EXPERIMENTS, PYTHONS, answered

if TYPE_CHECKING:
    from pathlib import Path

    from nbformat import NotebookNode

pytestmark = pytest.mark.nbgrader

EXPERIMENT_CELLS = ("secret", "contract", "committed", "pinned", "tills", "pythons")


PRINTS = """
secret, secret_layer = "123456789012", 5
contract_dockerfile = None
pinned = "sha256:" + 64 * "0"
for name in ("contract", "committed"):
    client.images.get("course/busybox:1.35").tag(task.image(name))
for name in ("till-1", "till-2", "till-3", "python-3.11", "python-3.13"):
    client.containers.create("course/busybox:1.35", ["true"], name=bench.fresh(name))
print("6 of 6 points. The engine holds what was asked for.")
"""

CARELESS_CONTRACT = '''
c = task.contract
contract_dockerfile = f"""FROM course/busybox:1.35
COPY . /srv/shop/
RUN mv /srv/shop/app/* /srv/shop/ && rm -r /srv/shop/secrets.env /srv/shop/photos
WORKDIR /srv/shop
ENV SHOP_MODE={c.environment["SHOP_MODE"]} SHOP_PORT=80
LABEL shop.owner={c.labels["shop.owner"]}
"""
'''
CARELESS_PYTHONS = """
client.containers.run(
    "course/python:3.11", ["python3", "prices.py"], detach=True, name=bench.fresh("python-3.11"),
    volumes={task.name("script"): {"bind": "/work", "mode": "rw"}}, working_dir="/work",
).wait()
client.containers.run(
    "course/python:3.13", ["python3", "-c", "print('Python 3.13')"], detach=True,
    name=bench.fresh("python-3.13"),
    volumes={task.name("script"): {"bind": "/work", "mode": "ro"}}, working_dir="/work",
).wait()
"""
CARELESS_TILLS = """
for n in "123":
    client.containers.run(
        task.image("shop:1"), ["sleep", "900"], detach=True, name=bench.fresh(f"till-{n}")
    )
"""
CARELESS_FIND = """
files = [layer.files.get("srv/token.txt") for layer in leaky.layers]
secret = next(content for content in files if content).decode().strip()[6:]
secret_layer = [bool(content) for content in files].index(True)
"""


def prints(released: NotebookNode) -> NotebookNode:
    """Nothing done, everything claimed."""
    cells = dict.fromkeys((f"{item}-answer" for item in EXPERIMENT_CELLS), PRINTS)
    return answered(released, "prints", cells=cells)


def careless(released: NotebookNode) -> NotebookNode:
    """Every experiment done, each with its usual mistake."""
    asked = quantities(problem(IMAGES_ASSIGNMENT, "careless"))["pushed_bytes"]
    oops = "box.exec_run('touch /srv/oops')\nbox.commit"
    return answered(
        released,
        "careless",
        {"pushed_bytes": asked.mistakes["whole_image"].value},
        {
            "secret-answer": CARELESS_FIND,
            "contract-answer": CARELESS_CONTRACT,
            "committed-answer": COMMITTED.replace("box.commit", oops),
            "pinned-answer": 'pinned = "menu"',
            "tills-answer": CARELESS_TILLS,
            "pythons-answer": CARELESS_PYTHONS,
        },
    )


def clumsy(released: NotebookNode) -> NotebookNode:
    """Other mistakes, some of which leave nothing to be looked at."""
    renamed = 'client.images.get(task.image("shop:1")).tag(task.image("committed"))'
    return answered(
        released,
        "clumsy",
        {"order": "ABCDEFG", "minutes_saved": 0},
        {
            "contract-answer": 'contract_dockerfile = "FROM course/busybox:1.35\\nUSER 1"',
            "committed-answer": renamed,
            "pinned-answer": 'pinned = client.images.get(task.image("committed")).id',
            "pythons-answer": PYTHONS.replace("prices.py", "price.py"),
            "tills-answer": EXPERIMENTS["tills-answer"].replace("(1, 2, 3)", "(1, 2)"),
        },
    )


def carries_on(released: NotebookNode) -> NotebookNode:
    """One early mistake, and what follows reckoned rightly from there."""
    task = problem(IMAGES_ASSIGNMENT, "carries-on")
    sizes, reached = layer_bytes(task), rebuilt_steps(task)[0]
    too_early = max(line for line in sizes if line < reached)
    steps = list(range(too_early, len(task.shop.lines) + 1))
    sent = sum(size for line, size in sizes.items() if line in steps)
    return answered(released, "carries-on", {"rebuilt_steps": steps, "pushed_bytes": sent})


CASES: dict[str, Case] = {
    "right": Case(
        said={"contract-check": "The engine holds", "rebuilt-check": "5 of 5 points"},
    ),
    "prints": Case(
        {"secret-check": 3, "contract-check": 6, "committed-check": 4, "pinned-check": 3,
         "tills-check": 2, "pythons-check": 4},
        {"contract-check": "is missing", "pinned-check": "nothing of this digest",
         "tills-check": "of another image", "pythons-check": "is not of the image"},
        make=prints,
    ),
    "careless": Case(
        {"secret-check": 2.5, "contract-check": 5, "committed-check": 1, "pushed_bytes-check": 1.5,
         "pinned-check": 3, "tills-check": 1, "pythons-check": 2.5},
        {"secret-check": "was replaced by another", "contract-check": "hides it",
         "committed-check": "srv/oops", "pushed_bytes-check": "every layer of your own",
         "pinned-check": "is no digest", "tills-check": "has written 0 bytes",
         "pythons-check": "can be written to"},
        make=careless,
    ),
    "clumsy": Case(
        {"plan-check": 2, "contract-check": 6, "committed-check": 4, "pinned-check": 3,
         "tills-check": 2, "pythons-check": 4},
        {"contract-check": "is missing", "committed-check": "nothing was committed",
         "pinned-check": "the id of the image", "pythons-check": "does not run prices.py",
         "tills-check": "till-3", "plan-check": "saves nothing"},
        make=clumsy,
    ),
    "carries-on": Case(
        {"rebuilt_steps-check": 2}, {"pushed_bytes-check": "follows from your own"},
        make=carries_on,
    ),
    "untouched": Case(make=untouched),
}  # fmt: skip


@pytest.mark.docker
class TestRound(RoundTests, EngineTests):
    """Lesson 04's round."""

    round = Round(
        IMAGES_ASSIGNMENT,
        points=44,  # 4 more are given by hand
        cases=CASES,
        answered=answered,
        feedback=("layer_bytes is right, line by line.", '<img alt="One bar for each'),
        charts=5,
        leaves=("images", ""),
    )


@pytest.mark.labvm
def test_a_right_submission_on_the_lab_vm(root: Path, tmp_path: Path) -> None:
    """The lab VM serves the lesson as a host's engine does: a right submission earns everything."""
    course = Course.copy_of(root, tmp_path, IMAGES_ASSIGNMENT).generated()
    student = "right"
    course.submit(student, answered(course.notebook("release"), student))
    with on_the_lab_vm():
        course.run("autograde", IMAGES_ASSIGNMENT)
    scores = course.scores(student)
    del scores["written-answer"]
    assert scores == course.possible_points(), course.messages(student)
