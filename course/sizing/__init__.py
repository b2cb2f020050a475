"""How many, how much: packing, consolidation, power.

=================  =====================================================================
`packing`          the face of packing: `pack`, `lower_bound` and `Packing`
`demands`          demands and a capacity, checked, as whole numbers
`bounds`           how many bins are needed at the least
`heuristics`       first fit and best fit
`openbins`         the bins of a vector packing, searched by their room
`kinds`            demands of equal size, taken together
`patterns`         the ways to fill a bin
`refill`           one bin after another, as full as possible
`solver`           is there a packing into so many bins? By OR-Tools
`exact`            packings that are proven to be optimal
`errors`           what goes wrong in packing
`consolidation`    what becomes of a room of servers when they are put on hosts
`power`            what machines draw from the mains
`images`           layers and their cache: what is built again, stored once, sent again
=================  =====================================================================

>>> from course.sizing import pack
>>> pack([0.5, 0.7, 0.3, 0.4, 0.1], capacity=1).bins
((1, 2), (0, 3, 4))
"""

from course.sizing.errors import (
    CapacityError,
    CapacityTypeError,
    DemandError,
    DemandTooLargeError,
    DemandTypeError,
    OptimumNotProvenError,
    PackingError,
    TimeLimitError,
    UnknownMethodError,
)
from course.sizing.packing import METHODS, Packing, lower_bound, pack
from course.sizing.power import power_w

__all__ = [
    "METHODS",
    "CapacityError",
    "CapacityTypeError",
    "DemandError",
    "DemandTooLargeError",
    "DemandTypeError",
    "OptimumNotProvenError",
    "Packing",
    "PackingError",
    "TimeLimitError",
    "UnknownMethodError",
    "lower_bound",
    "pack",
    "power_w",
]
