"""What three containers have to be given, to the byte."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.exercise.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from course.exercise.draw import Draw

__all__ = ["BYTES_PER_MIB", "Order", "draw_orders", "orders_table"]

BYTES_PER_MIB = 2**20
_ROLES = ("front", "store", "batch")


@dataclass(frozen=True)
class Order:
    """What one container is given.

    Attributes:
        role: the container's name without the learner's prefix.
        limit_mib: memory that it may never exceed, in MiB.
        reserved_mib: memory that is kept for it when memory runs short, in MiB.
        cores: cores that it may keep busy.
    """

    role: str
    limit_mib: int
    reserved_mib: int
    cores: float


def orders_table(orders: Sequence[Order]) -> Table:
    """Return the orders as a table."""
    rows = tuple((one.role, one.limit_mib, one.reserved_mib, one.cores) for one in orders)
    headings = ("container", "memory limit (MiB)", "memory reservation (MiB)", "cores")
    return Table("What your containers are to be given", headings, rows)


def draw_orders(draw: Draw) -> tuple[Order, ...]:
    """Return an order for each role; no two have a number in common."""
    while True:
        orders = []
        for role in _ROLES:
            limit_mib = draw.integer(24, 96)
            reserved_mib = draw.integer(8, limit_mib // 2)
            orders.append(Order(role, limit_mib, reserved_mib, draw.integer(3, 18) / 20))
        memories = [n for order in orders for n in (order.limit_mib, order.reserved_mib)]
        if len(set(memories)) == len(memories) and len({o.cores for o in orders}) == len(orders):
            return tuple(orders)
