"""How far one compromise reaches: the blast radius of a design.

- `blast_radius`: how many tenants an attacker reaches who has taken over one
- `BlastRadius`: with which probability
- `DESIGNS`: what the tenants may be kept apart by

An attacker who controls one tenant may break out to the kernel below it, and reaches all tenants of
this kernel. If the kernel is a guest's, there is a second wall: the hypervisor. Who breaks through
that reaches all tenants of the host.

==================  ===========================  ================================================
design              first wall                   second wall
==================  ===========================  ================================================
shared containers   the host's kernel            none: who is through has the host
containers in VMs   the guest's kernel           the hypervisor
VM each             the guest's kernel, behind   the hypervisor
                    which nobody else is
micro-VM each       the same                     a smaller hypervisor, with fewer devices
==================  ===========================  ================================================

How likely it is to break through a wall is published nowhere as a number that could be trusted.
The defaults are assumptions, chosen so that the walls differ; they are there to be changed. What
the model teaches is what follows from them: that a probability and a radius multiply.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from course.simulation.errors import ConservationError, ParameterError, UnknownNameError, require

__all__ = ["DESIGNS", "BlastRadius", "blast_radius"]

DESIGNS = ("shared containers", "containers in VMs", "VM each", "micro-VM each")

_KERNEL_ESCAPE = 0.1
_HYPERVISOR_ESCAPE = {"containers in VMs": 0.01, "VM each": 0.01, "micro-VM each": 0.005}


@dataclass(frozen=True, slots=True, kw_only=True)
class BlastRadius:
    """How many tenants one compromise reaches.

    Attributes:
        design: what keeps the tenants apart.
        tenants: how many there are, on all hosts.
        reached: how many tenants are reached, the first one included, and with which probability;
            from the fewest on. The probabilities add up to 1.
        reason: how far it goes and why, in a sentence.
    """

    design: str
    tenants: int
    reached: tuple[tuple[int, float], ...]
    reason: str

    @property
    def expected(self) -> float:
        """How many tenants are reached on average."""
        return math.fsum(count * probability for count, probability in self.reached)

    @property
    def worst(self) -> int:
        """How many tenants are reached at worst."""
        return max(count for count, probability in self.reached if probability > 0)

    @property
    def share(self) -> float:
        """The share of all tenants that is reached on average."""
        return self.expected / self.tenants

    def records(self) -> list[dict[str, object]]:
        """Return a row for each extent: design, tenants reached, probability."""
        return [
            {"design": self.design, "tenants_reached": count, "probability": probability}
            for count, probability in self.reached
        ]


def blast_radius(
    design: str,
    tenants: int,
    *,
    tenants_per_host: int,
    tenants_per_vm: int = 1,
    kernel_escape: float = _KERNEL_ESCAPE,
    hypervisor_escape: float | None = None,
) -> BlastRadius:
    """Reckon how many tenants an attacker reaches who has taken over one.

    Args:
        design: one of `DESIGNS`.
        tenants: how many tenants there are, on all hosts.
        tenants_per_host: how many of them share a host.
        tenants_per_vm: how many of them share a virtual machine, for ``containers in VMs``.
        kernel_escape: the probability of breaking out of a container to the kernel below it.
        hypervisor_escape: the probability of breaking out of a virtual machine whose kernel is
            the attacker's; an assumption for each design if not given.

    Returns:
        How many tenants are reached, and how likely each of these numbers is.

    Raises:
        ParameterError: a number is negative, or more tenants share a machine than there are.
        UnknownNameError: there is no such design.

    Example:
        >>> blast_radius("shared containers", 100, tenants_per_host=20).reached
        ((1, 0.9), (20, 0.1))
        >>> round(blast_radius("shared containers", 100, tenants_per_host=20).expected, 2)
        2.9
        >>> round(blast_radius("VM each", 100, tenants_per_host=20).expected, 2)
        1.19
    """
    if design not in DESIGNS:
        raise UnknownNameError("design", design, DESIGNS)
    require("tenants", tenants, at_least=1, whole=True)
    require("tenants_per_host", tenants_per_host, at_least=1, at_most=tenants, whole=True)
    require("tenants_per_vm", tenants_per_vm, at_least=1, at_most=tenants_per_host, whole=True)
    require("kernel_escape", kernel_escape, at_least=0, at_most=1)
    if design in ("VM each", "micro-VM each") and tenants_per_vm != 1:
        raise ParameterError(
            f"expected tenants_per_vm to be 1, as {design!r} says, found {tenants_per_vm}",
            name="tenants_per_vm",
            value=tenants_per_vm,
        )
    through = _HYPERVISOR_ESCAPE.get(design, 0.0)
    if hypervisor_escape is not None:
        require("hypervisor_escape", hypervisor_escape, at_least=0, at_most=1)
        through = hypervisor_escape
    if design == "shared containers":
        outcomes = [(1, 1 - kernel_escape), (tenants_per_host, kernel_escape)]
        reason = f"behind the shared kernel are all {tenants_per_host} tenants of the host"
    elif design == "containers in VMs":
        outcomes = [
            (1, 1 - kernel_escape),
            (tenants_per_vm, kernel_escape * (1 - through)),
            (tenants_per_host, kernel_escape * through),
        ]
        reason = (
            f"behind the guest's kernel are {tenants_per_vm} tenants, and only behind the "
            f"hypervisor all {tenants_per_host} of the host"
        )
    else:
        # The kernel is the tenant's own: it need not be broken out to.
        outcomes = [(1, 1 - through), (tenants_per_host, through)]
        reason = f"only behind the hypervisor are the {tenants_per_host} tenants of the host"
    chances: dict[int, float] = {}
    for count, chance in outcomes:  # two extents may be equally large
        chances[count] = chances.get(count, 0.0) + chance
    if not math.isclose(math.fsum(chances.values()), 1, rel_tol=1e-9):
        raise ConservationError(f"the probabilities of {design!r} do not add up to 1")
    return BlastRadius(
        design=design, tenants=tenants, reached=tuple(sorted(chances.items())), reason=reason
    )
