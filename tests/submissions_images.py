"""Submissions of assignment 04: a released notebook with answers and experiments filled in."""

from __future__ import annotations

from typing import Any

from autograders.answers.images_and_layers import reference
from course.exercise import problem
from tests.nbgrader_course import IMAGES_ASSIGNMENT
from tests.submissions import Answers

#: Which answers each answer cell defines that holds values.
ANSWER_CELLS = {
    "layer_bytes-answer": ("layer_bytes",),
    "rebuilt_steps-answer": ("rebuilt_steps",),
    "plan-answer": ("order", "minutes_saved"),
    "pushed_bytes-answer": ("pushed_bytes",),
    "disk-answer": ("three_disks_mb",),
    "quiz-answer": ("quiz",),
}

REBUILT = """
def rebuilt(instructions, change):
    last = len(instructions)
    first = change if isinstance(change, int) else None
    for number, line in reversed(list(enumerate(instructions, 1))):
        words = line.split()
        sources = [w for w in words[1:-1] if not w.startswith("--")] if words[0] == "COPY" else []
        for source in sources:
            folder = source.rstrip("/") + "/"
            if first is None or not isinstance(change, int):
                if source == "." or source == change or str(change).startswith(folder):
                    first = number
    return list(range(first, last + 1)) if first else []
"""

FIND = """
(secret_layer, secret), = [
    (number, layer.files["srv/token.txt"].decode().strip()[6:])
    for number, layer in enumerate(leaky.layers, 1)
    if "srv/token.txt" in layer.files
][-1:]
"""

CONTRACT = '''
c = task.contract
contract_dockerfile = f"""FROM course/busybox:1.35
USER {c.user}
COPY app/prices.csv app/serve.sh /srv/shop/
WORKDIR /srv/shop/
LABEL shop.owner="{c.labels["shop.owner"]}" other=1
ENV SHOP_MODE={c.environment["SHOP_MODE"]} SHOP_PORT={c.environment["SHOP_PORT"]}
"""
'''

COMMITTED = """
d = task.difference
box = client.containers.run(
    task.image("shop:1"), ["sleep", "900"], detach=True, name=bench.fresh("counter")
)
box.exec_run(["mkdir", "/srv/notes"])
box.exec_run(["sh", "-c", f"printf '{d.added_text.strip()}\\\\n' > /{d.added}"])
box.exec_run(["sh", "-c", f"printf '{d.line.strip()}\\\\n' >> /{d.appended}; rm /{d.deleted}"])
box.commit(task.image("committed"), "latest")
"""

PINNED = """
pinned = push_committed.digest
bench.push("shop:2", registry, "menu")
"""

TILLS = """
for n in (1, 2, 3):
    till = client.containers.run(
        task.image("shop:1"), ["sleep", "900"], detach=True, name=bench.fresh(f"till-{n}")
    )
    size = f"bs={task.orders_bytes}"
    till.exec_run(["dd", "if=/dev/zero", "of=/srv/orders.bin", size, "count=1"])
"""

PYTHONS = """
for version in ("3.11", "3.13"):
    client.containers.run(
        f"course/python:{version}",
        "python3 /code/prices.py",
        detach=True,
        name=bench.fresh(f"python-{version}"),
        volumes=[f"{task.name('script')}:/code:ro"],
        working_dir="/code",
    ).wait()
"""

#: Right experiments by cell. They are written apart from the notebook's own.
EXPERIMENTS = {
    "rebuilt-answer": REBUILT,
    "secret-answer": FIND,
    "contract-answer": CONTRACT,
    "committed-answer": COMMITTED,
    "pinned-answer": PINNED,
    "tills-answer": TILLS,
    "pythons-answer": PYTHONS,
}

WRITTEN = "To keep a container that was broken into. The history says only: sleep."


def right_answers(student: str) -> dict[str, Any]:
    """Return right answers to everything that can be written as a value."""
    answers = reference(problem(IMAGES_ASSIGNMENT, student))
    del answers["rebuilt"]
    return answers


answered = Answers(right_answers, ANSWER_CELLS, {**EXPERIMENTS, "written-answer": WRITTEN}).answered
