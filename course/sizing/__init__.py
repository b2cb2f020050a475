"""How many, how much: packing, density, allocation, storage, spare, cost.

=================  =====================================================================
`packing`          how many like hosts: `pack`, `lower_bound` and `Packing`
`placement`        which of some unlike hosts: `place`
`technologies`     what one more process, container or virtual machine costs
`densities`        how many instances a host holds, and what ends it
`ratios`           two technologies compared: for which applications is it "3 to 4 times"?
`allocation`       tenants over time: each its peak, or all together
`overcommitting`   more promised than there is, and the risk of it
`shapes`           fixed sizes against exact ones
`storing`          layers that are shared, clones that keep only their changes
`spare`            the loss of some hosts
`costs`            what hosts cost to buy and to run
`consolidation`    what becomes of a room of servers when they are put on hosts
`power`            what machines draw from the mains
`images`           layers and their cache: what is built again, stored once, sent again
`errors`           what goes wrong in sizing
=================  =====================================================================

Behind `packing` are

=================  =====================================================================
`demands`          demands and a capacity, checked, as whole numbers
`bounds`           how many bins are needed at the least
`heuristics`       first fit and best fit
`pairs`            the same, decreasing, of two resources: quickly
`openbins`         the bins of a vector packing, searched by their room
`kinds`            demands of equal size, taken together
`patterns`         the ways to fill a bin
`refill`           one bin after another, as full as possible
`solver`           is there a packing into so many bins? By OR-Tools
`exact`            packings that are proven to be optimal
=================  =====================================================================

and `arrays` and `reasons` serve the others. Results are frozen, and say which resource binds
(`binding`) and why (`reason`).

>>> from course.sizing import pack
>>> pack([0.5, 0.7, 0.3, 0.4, 0.1], capacity=1).bins
((1, 2), (0, 3, 4))
"""

from importlib import import_module
from typing import TYPE_CHECKING

from course.sizing.costs import Cost, cost
from course.sizing.densities import Application, Capacity, Density, density, density_curve
from course.sizing.errors import (
    AmountError,
    CapacityError,
    CapacityTypeError,
    DemandError,
    DemandTooLargeError,
    DemandTypeError,
    OptimumNotProvenError,
    PackingError,
    SizingError,
    TimeLimitError,
    UnknownMethodError,
    UnknownTechnologyError,
)
from course.sizing.packing import METHODS, Packing, lower_bound, pack
from course.sizing.power import power_w
from course.sizing.ratios import Band, band, density_ratio, ratio_curve
from course.sizing.storing import Storage, clones, storage
from course.sizing.technologies import TECHNOLOGIES, Technology, technology

if TYPE_CHECKING:
    from course.sizing.allocation import Allocation, allocate, capacity_for_risk, risk
    from course.sizing.overcommitting import (
        Overcommit,
        overcommit,
        overcommit_curve,
        overcommit_for_risk,
    )
    from course.sizing.placement import PLACEMENT_METHODS, Placement, place
    from course.sizing.shapes import Waste, fitting_size, powers_of_two, rounded, waste
    from course.sizing.spare import Spare, Survival, hosts_with_spare, survives, worst_loss

__all__ = [
    "METHODS",
    "PLACEMENT_METHODS",
    "TECHNOLOGIES",
    "Allocation",
    "AmountError",
    "Application",
    "Band",
    "Capacity",
    "CapacityError",
    "CapacityTypeError",
    "Cost",
    "DemandError",
    "DemandTooLargeError",
    "DemandTypeError",
    "Density",
    "OptimumNotProvenError",
    "Overcommit",
    "Packing",
    "PackingError",
    "Placement",
    "SizingError",
    "Spare",
    "Storage",
    "Survival",
    "Technology",
    "TimeLimitError",
    "UnknownMethodError",
    "UnknownTechnologyError",
    "Waste",
    "allocate",
    "band",
    "capacity_for_risk",
    "clones",
    "cost",
    "density",
    "density_curve",
    "density_ratio",
    "fitting_size",
    "hosts_with_spare",
    "lower_bound",
    "overcommit",
    "overcommit_curve",
    "overcommit_for_risk",
    "pack",
    "place",
    "power_w",
    "powers_of_two",
    "ratio_curve",
    "risk",
    "rounded",
    "storage",
    "survives",
    "technology",
    "waste",
    "worst_loss",
]

# Modules that load numpy, which takes longer than all others together.
_ON_DEMAND = ("allocation", "overcommitting", "placement", "shapes", "spare")


def __getattr__(name: str) -> object:
    """Load what needs numpy when it is first asked for."""
    if name in __all__:
        for module in _ON_DEMAND:
            its = import_module(f"course.sizing.{module}")
            if name in its.__all__:
                return getattr(its, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
