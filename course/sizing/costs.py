"""What hosts cost: to buy, and to run.

>>> from course.model import Host
>>> host = Host("R640", 40, 384, 2, 16, idle_power_w=110, peak_power_w=410, price_eur=7_000)
>>> found = cost(3, host, years=4, use=0.5, price_eur_per_kwh=0.3, instances=120)
>>> found.hardware_eur, round(found.energy_kwh), round(found.total_eur)
(21000, 40997, 33299)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.model import HOURS_PER_DAY
from course.sizing.errors import require
from course.sizing.power import power_w

if TYPE_CHECKING:
    from course.model import Host

__all__ = ["Cost", "cost"]

_DAYS_PER_YEAR = 365
_W_PER_KW = 1_000


@dataclass(frozen=True)
class Cost:
    """What some hosts cost over some years.

    Attributes:
        hosts: how many there are.
        years: for how long.
        power_w: what they draw on average, with cooling and losses, in watts.
        hardware_eur: what they cost to buy, in euros.
        energy_kwh: the energy that they take, in kWh.
        energy_eur: what it costs, in euros.
        instances: how many instances run on them, or None.
    """

    hosts: int
    years: float
    power_w: float
    hardware_eur: float
    energy_kwh: float
    energy_eur: float
    instances: int | None = None

    @property
    def total_eur(self) -> float:
        """What they cost altogether, in euros."""
        return self.hardware_eur + self.energy_eur

    @property
    def eur_per_instance_year(self) -> float | None:
        """What one instance costs in a year, in euros; None if it is not told how many run."""
        return self.total_eur / self.instances / self.years if self.instances else None

    @property
    def binding(self) -> str:
        """What costs more: the "hardware" or the "energy"."""
        return "hardware" if self.hardware_eur >= self.energy_eur else "energy"

    @property
    def reason(self) -> str:
        """What they cost, in a sentence."""
        each = self.eur_per_instance_year
        instance = "" if each is None else f", which makes {each:,.2f} EUR a year for each instance"
        return (
            f"{self.hosts} hosts cost {self.total_eur:,.0f} EUR in {self.years:g} years: "
            f"{self.hardware_eur:,.0f} for hardware and {self.energy_eur:,.0f} for "
            f"{self.energy_kwh:,.0f} kWh{instance}."
        )


def cost(
    hosts: int,
    host: Host,
    *,
    years: float = 4,
    use: float = 0.5,
    price_eur_per_kwh: float = 0.3,
    power_usage_effectiveness: float = 1.5,
    instances: int | None = None,
) -> Cost:
    """Return what hosts cost to buy and to run.

    Args:
        hosts: how many there are.
        host: their model.
        years: for how long they run, all the time.
        use: the fraction of their cores that is busy on average.
        price_eur_per_kwh: what a kWh costs, in euros.
        power_usage_effectiveness: what the room draws, with its cooling and its losses, over what
            the machines draw (ISO/IEC 30134-2); 1 or more.
        instances: how many instances run on them, if the cost of one is asked for.

    Raises:
        AmountError: a number is out of its range.

    The power of a host is that of `course.sizing.power_w`.
    """
    require("hosts", hosts, whole=True)
    require("years", years, above=0)
    require("use", use, at_most=1)
    require("price_eur_per_kwh", price_eur_per_kwh)
    require("power_usage_effectiveness", power_usage_effectiveness, at_least=1)
    if instances is not None:
        require("instances", instances, at_least=1, whole=True)
    drawn_w = hosts * power_w(host.idle_power_w, host.peak_power_w, use)
    drawn_w *= power_usage_effectiveness
    energy_kwh = drawn_w / _W_PER_KW * HOURS_PER_DAY * _DAYS_PER_YEAR * years
    return Cost(
        hosts=hosts,
        years=years,
        power_w=drawn_w,
        hardware_eur=hosts * host.price_eur,
        energy_kwh=energy_kwh,
        energy_eur=energy_kwh * price_eur_per_kwh,
        instances=instances,
    )
