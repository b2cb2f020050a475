"""What machines draw from the mains."""

from __future__ import annotations

__all__ = ["power_w"]


def power_w(idle_power_w: float, peak_power_w: float, use: float) -> float:
    """Return the power that a machine draws when a fraction of its cores is busy.

    The straight line between idle and peak is the model of Fan, Weber and Barroso, "Power
    provisioning for a warehouse-sized computer" (ISCA 2007), who found it close to what
    thousands of servers drew.

    Args:
        idle_power_w: power when nothing runs, in watts.
        peak_power_w: power when every core is busy, in watts.
        use: the fraction of the cores that is busy, 0 to 1.

    Returns:
        Power in watts.

    Raises:
        ValueError: `use` is not between 0 and 1, or the powers are not `0 <= idle <= peak`.

    >>> power_w(100, 300, 0.25)
    150.0
    """
    if not 0 <= use <= 1:
        hint = f" For {use} % write {use / 100:g}." if 1 < use <= 100 else ""
        raise ValueError(f"use is a fraction between 0 and 1, found {use!r}.{hint}")
    if not 0 <= idle_power_w <= peak_power_w:
        raise ValueError(
            "expected 0 <= idle_power_w <= peak_power_w, "
            f"found idle {idle_power_w!r} W and peak {peak_power_w!r} W"
        )
    return idle_power_w + (peak_power_w - idle_power_w) * use
