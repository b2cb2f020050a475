"""How far tenants of one host are kept apart, in models.

===================  ======================================================================
`noisy_neighbour`    how processor time is shared out, with shares and limits
`throttled_s`        how long a piece of work takes under a limit
`blast_radius`       how many tenants one compromise reaches, by design
`exposure`           for how long known vulnerabilities stay open, by policy
`draw_advisories`    vulnerabilities, drawn
===================  ======================================================================

>>> sharing = noisy_neighbour([1, 8], cores=4, shares=[1024, 1024])
>>> sharing.granted_cores
(1.0, 3.0)
"""

from course.simulation.isolate.blast import DESIGNS, BlastRadius, blast_radius
from course.simulation.isolate.exposing import (
    EXPOSURE_POLICIES,
    Advisory,
    Exposure,
    draw_advisories,
    exposure,
)
from course.simulation.isolate.sharing import Sharing, noisy_neighbour, throttled_s

__all__ = [
    "DESIGNS",
    "EXPOSURE_POLICIES",
    "Advisory",
    "BlastRadius",
    "Exposure",
    "Sharing",
    "blast_radius",
    "draw_advisories",
    "exposure",
    "noisy_neighbour",
    "throttled_s",
]
