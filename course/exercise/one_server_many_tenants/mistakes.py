"""The usual mistakes of lesson 01, each with the sentence that names it.

The sentences say what went wrong and where to look, never what is right. The notes in a notebook
and the marks of a grader use the same ones.
"""

from __future__ import annotations

from types import MappingProxyType

__all__ = ["MISTAKES"]

MISTAKES = MappingProxyType(
    {
        "averaged_averages": (
            "This is the plain average of the servers' percentages. In it a server with 16 cores "
            "weighs no more than one with 4."
        ),
        "percent_for_fraction": (
            "This reads like a percentage. A fraction of one half is written 0.5, not 50."
        ),
        "peak_for_average": "This comes from the peaks. The question is about the average.",
        "average_for_peak": "This comes from the averages. The question is about the peak.",
        "busy_for_idle": "These are the hours in which cores are busy. The question is about idle.",
        "hour_for_day": "This is what stands idle at one moment. A day has more than one hour.",
        "wh_for_kwh": "This is a thousand times too much: watts times hours are watt-hours.",
        "day_for_year": "This is one day's energy. The question is about a year.",
        "forgot_cooling": (
            "This is what the machines draw themselves. The meter of the room counts the cooling "
            "and the losses on the way as well."
        ),
        "peak_power_for_idle": (
            "This takes the power at peak. The question is what the servers draw while idle."
        ),
        "idle_power_only": (
            "This is what the servers would draw if they did nothing. They do a little, and what "
            "they draw rises with their use."
        ),
        "sum_of_peaks": (
            "This adds each server's own peak, as if all of them were at their busiest in the same "
            "hour. Look at the chart: are they?"
        ),
        "gb_for_gib": (
            "This takes GB for GiB. The monitoring reports GB of 10**9 bytes; the host's memory "
            "is in GiB of 2**30 bytes."
        ),
        "conversion_inverted": (
            "GB and GiB are converted the wrong way round here. Which of the two is the larger "
            "unit, so which number has to be the smaller?"
        ),
        "installed_for_used": (
            "This counts the memory that is installed. Tenants take along what they use."
        ),
        "forgot_hypervisor": (
            "This forgets that the hypervisor keeps a part of the host for itself."
        ),
        "forgot_headroom": "This fills the host to the brim. What about the headroom?",
        "headroom_divided": (
            "This divides by one plus the headroom. The headroom is a part of what the hypervisor "
            "leaves: after taking it away, which part remains?"
        ),
        "headroom_before_hypervisor": (
            "The headroom is a part of what the hypervisor leaves, so take the hypervisor's share "
            "away first."
        ),
        "rounded_down": "So many hosts do not hold it all: what happens to the rest?",
        "not_rounded": "Hosts are bought whole.",
        "halved_the_hosts": (
            "This halves the number of hosts. The other resource has not doubled with it."
        ),
        "raw_host": (
            "This packs hosts as if the tenants had all of them. A part of each is not theirs."
        ),
        "not_sorted": (
            "This is what first fit gives in the order in which the tenants come. First-fit "
            "decreasing begins with another step."
        ),
        "tenants_cut": (
            "This divides the sum by the capacity, as if a tenant could be cut in two and spread "
            "over two hosts."
        ),
        "no_spare": "When one of these hosts fails, there is no room for its tenants.",
        "spare_twice": (
            "One host may fail at a time, so one spare is enough, however many resources there are."
        ),
        "one_host": "This is one host's energy. There are more of them.",
        "old_use_on_new_hosts": (
            "This takes the old room's average use. The same work keeps fewer cores busier."
        ),
        "years_for_months": "This looks like years. The question asks for months.",
        "forgot_upkeep": (
            "Electricity is not all that is saved: each machine that goes takes its upkeep along."
        ),
        "forgot_energy": "Upkeep is not all that is saved: there is the electricity as well.",
    }
)
