"""What the experiments of lesson 04 are to leave in the engine.

- `Contract`: what an image has to hold and to be
- `Difference`: what a committed layer has to change
- `Script`: a program for two Pythons, and what it prints
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.exercise.images_and_layers.shop import noise
from course.exercise.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from course.exercise.draw import Draw

__all__ = ["PYTHONS", "Contract", "Difference", "Script", "draw_contract", "draw_difference",
           "draw_script"]  # fmt: skip

#: The interpreters of the lesson: the version, and the image that has it.
PYTHONS = ("3.11", "3.13")


@dataclass(frozen=True)
class Contract:
    """What an image has to hold and to be.

    Attributes:
        context: the files at hand, contents by path. Not all of them belong into the image.
        files: the files that the image has to hold, the path in the context by the path inside.
        environment: its variables.
        user: the user that its containers run as.
        working_folder: the folder that they begin in.
        labels: its labels.
        most_bytes: how many bytes its own layers may hold together, the base image not counted.
        most_layers: how many own layers may have a size.
        secret: what no layer may hold, nor its configuration.
    """

    context: Mapping[str, bytes]
    files: Mapping[str, str]
    environment: Mapping[str, str]
    user: str
    working_folder: str
    labels: Mapping[str, str]
    most_bytes: int
    most_layers: int
    secret: str

    def terms(self) -> Table:
        """Return the contract as a table."""
        rows: list[tuple[str, str]] = [
            (f"file {inside}", f"is {path} of the context") for inside, path in self.files.items()
        ]
        rows += [(f"variable {name}", value) for name, value in self.environment.items()]
        rows += [(f"label {name}", value) for name, value in self.labels.items()]
        rows += [
            ("user", self.user),
            ("working directory", self.working_folder),
            ("own layers together, bytes", f"at most {self.most_bytes}"),
            ("own layers with a size", f"at most {self.most_layers}"),
            ("the token of secrets.env", "in no layer, and nowhere else"),
        ]
        return Table("The contract", ("what", "has to be"), tuple(rows))

    def listing(self) -> Table:
        """Return the files at hand as a table."""
        rows = tuple((path, len(content)) for path, content in sorted(self.context.items()))
        return Table("The files at hand", ("file", "size (bytes)"), rows)


@dataclass(frozen=True)
class Difference:
    """What a committed layer has to change in the shop's image.

    Attributes:
        added: the path of a file that is new, without a slash in front.
        added_text: its content.
        appended: the path of a file that gets one line more.
        line: that line, with its end.
        deleted: the path of a file that goes.
    """

    added: str
    added_text: str
    appended: str
    line: str
    deleted: str

    def wanted(self) -> Table:
        """Return the difference as a table."""
        rows = (
            ("new file", f"/{self.added}", self.added_text.strip()),
            ("one line more at the end of", f"/{self.appended}", self.line.strip()),
            ("deleted", f"/{self.deleted}", ""),
        )
        return Table("The difference", ("what", "where", "text"), rows)


@dataclass(frozen=True)
class Script:
    """A program that two Pythons run.

    Attributes:
        name: the name of its file.
        text: the program.
        output: what it prints, by Python's version.
    """

    name: str
    text: str
    output: Mapping[str, str]


def draw_contract(draw: Draw) -> Contract:
    """Return a contract, and a context that holds more than belongs into the image."""
    port, user = draw.integer(8001, 8999), str(draw.integer(1100, 1900))
    mode, owner = draw.choice(("lunch", "dinner", "brunch")), draw.choice(("ann", "ben", "cem"))
    secret = f"tkn-{draw.integer(10**9, 10**10 - 1)}"
    prices = "".join(f"{n},{draw.integer(20, 98) / 10:.2f}\n" for n in range(draw.integer(40, 80)))
    serve = f'#!/bin/sh\n# the {mode} shop\necho "serving on $SHOP_PORT"\n'
    context = {
        "app/serve.sh": serve.encode(),
        "app/prices.csv": prices.encode(),
        "photos/kitchen.bin": noise(f"photo {port}", 1000 * draw.integer(300, 500)),
        "secrets.env": f"TOKEN={secret}\n".encode(),
    }
    return Contract(
        context=context,
        files={"/srv/shop/serve.sh": "app/serve.sh", "/srv/shop/prices.csv": "app/prices.csv"},
        environment={"SHOP_MODE": mode, "SHOP_PORT": str(port)},
        user=user,
        working_folder="/srv/shop",
        labels={"shop.owner": owner},
        most_bytes=50_000,
        most_layers=1,
        secret=secret,
    )


def draw_difference(draw: Draw) -> Difference:
    """Return a difference to the shop's image."""
    dish = draw.choice(("pumpkin pie", "plum jam", "pear crumble", "poppy rolls"))
    price = f"{draw.integer(20, 98) / 10:.2f}"
    day = draw.choice(("monday", "tuesday", "wednesday", "thursday", "friday"))
    return Difference(
        added=f"srv/notes/{day}.txt",
        added_text=f"closed on {day}\n",
        appended="srv/site/menu.txt",
        line=f"{dish} {price}\n",
        deleted="srv/settings.ini",
    )


def draw_script(draw: Draw) -> Script:
    """Return a program whose output tells which Python has run it."""
    prices = [draw.integer(20, 98) for _ in range(draw.integer(6, 9))]
    text = f"""import itertools
import sys

prices = {prices}
print("Python %d.%d" % sys.version_info[:2])
print("sum", sum(prices))
if hasattr(itertools, "batched"):
    print("pairs", [sum(pair) for pair in itertools.batched(prices, 2)])
else:
    print("this Python has no itertools.batched")
"""
    pairs = [sum(prices[n : n + 2]) for n in range(0, len(prices), 2)]
    last = {"3.11": "this Python has no itertools.batched", "3.13": f"pairs {pairs}"}
    output = {
        version: f"Python {version}\nsum {sum(prices)}\n{last[version]}\n" for version in PYTHONS
    }
    return Script("prices.py", text, output)
