"""The usual mistakes of lesson 06, each with the sentence that names it.

The sentences say what went wrong and where to look, never what is right. The notes in a notebook
and the marks of a grader use the same ones.
"""

from __future__ import annotations

from types import MappingProxyType

__all__ = ["MISTAKES"]

MISTAKES = MappingProxyType(
    {
        # instances
        "guest_forgotten": (
            "This leaves out the guest: each machine has a kernel and services of its own."
        ),
        "monitor_forgotten": (
            "This leaves out what runs beside each instance on the host: its monitor or helper."
        ),
        "overhead_forgotten": "This counts the applications alone, without what runs them.",
        "host_share_forgotten": (
            "This gives the whole host away. The host itself, its engine and what all of them "
            "share stay on it."
        ),
        "host_share_each": (
            "This takes what is needed once on a host for something that each instance needs."
        ),
        "by_cores": "This looks at the cores alone. Does another resource end earlier?",
        "by_memory": "This looks at the memory alone. Does another resource end earlier?",
        "by_disk": "This looks at the disk alone. Does another resource end earlier?",
        "image_for_each": (
            "This stores the image once for each container. All of them read the same layers: how "
            "often are those on the disk?"
        ),
        "rounded_up": "This rounds up: the last one has not enough room.",
        # density
        "resources_averaged": (
            "This takes a mean of what the resources allow. An instance needs all of them."
        ),
        "most_for_least": (
            "This takes the resource that allows the most. What happens when the other one is used "
            "up?"
        ),
        "resources_added": (
            "This adds up resources of different kinds. A core cannot stand in for memory."
        ),
        "negative_count": (
            "What is needed once may already be more than a host has. Then no instance fits, and "
            "fewer than none there cannot be."
        ),
        # band
        "container_overhead_forgotten": (
            "This takes a container for nothing but its application. Its helper takes memory too."
        ),
        "band_swapped": (
            "The two are exchanged. Does a small application have the larger ratio, or a large one?"
        ),
        "machine_over_application": (
            "This compares a machine's overhead with the application. The claim compares a whole "
            "machine, application included, with a whole container."
        ),
        # slope
        "total_over_count": (
            "This divides all the memory in use by the number of instances, and so gives each a "
            "part of what was there before the first. Which line rises like the points?"
        ),
        "ends_only": (
            "This draws the line through the first and the last point alone. Least squares lets "
            "every point count."
        ),
        "inverted": "This is the container's memory over the machine's. Which one goes above?",
        "totals_divided": (
            "This divides what all of them take together, with what was there before the first."
        ),
        "mixed_accelerators": ("This mixes what ran on the machine itself with what was emulated."),
        # sizes
        "rounded_nearest": (
            "This rounds to the nearest power of two. A size below the request does not hold it."
        ),
        "rounded_down": "This rounds down. A size below the request does not hold it.",
        "nothing_rounded": "This is what was asked for. Which sizes are on sale?",
        "menu_memory_only": (
            "This chooses sizes by memory alone. Some of the tenants need more cores than that."
        ),
        "menu_cores_only": (
            "This chooses sizes by cores alone. Some of the tenants need more memory than that."
        ),
        "share_of_given": (
            "This is the share of what is given that nobody asked for. The question asks how much "
            "more is given, as a share of what was asked."
        ),
        "percent_for_share": "This reads like a percentage. A half is written 0.5, not 50.",
        "ratio_for_more": (
            "This is how many times as much is given. How much *more* is that, as a share?"
        ),
        # day
        "bought_for_busy": (
            "This adds up what the tenants have bought. What did each keep busy, at most?"
        ),
        "averages_added": (
            "This adds up averages. At the busiest time the tenants want more than on average."
        ),
        "one_tenant": "This is what a single tenant keeps busy, not all of them together.",
        "percentiles_added": (
            "This adds up each tenant's own value. Not all tenants are at theirs in the same ten "
            "minutes: add up first, step by step, and then look at the sums."
        ),
        "share_of_peak": (
            "This takes a share of the peak. How often the sum is so high is another question."
        ),
        "interpolated": (
            "This lies between two steps' sums, which is as good as the smallest that is enough."
        ),
        "wrong_end": "This is what the sum exceeds nearly always. Which end was asked for?",
        # risk
        "tenants_for_steps": (
            "This looks at one tenant after the other. Whether a host is overfull is decided in "
            "each step, by what all tenants want in it."
        ),
        "at_capacity": (
            "This counts the steps in which the sum is just the capacity. What fits exactly, fits."
        ),
        "counts_for_share": "This is a number of steps. The question asks for a share of all.",
        "means_compared": (
            "This compares an average with the capacity. An average hides the minutes that hurt."
        ),
        "own_risks_added": (
            "This adds up each tenant's own risk. No tenant exceeds a host alone; together they do."
        ),
        "below_for_above": "This is the share of the steps in which they have enough.",
        # overcommit
        "sold_once": (
            "This sells each core once: so many tenants fit if nobody ever shares. Which risk "
            "would you have then?"
        ),
        "peaks_added": (
            "This adds up the tenants' own peaks, as if all came in the same ten minutes."
        ),
        "sized_by_mean": (
            "This goes by the average. Then the host is overfull in about half of the time."
        ),
        "never_over": (
            "With so few there is never too little. The question allows a share of the steps: "
            "0.01 is one step in a hundred."
        ),
        "one_too_many": "With the last one of these the risk is above what is allowed.",
        "ratio_inverted": "This is what the host has over what was sold. Which one goes above?",
        "tenants_per_core": "This counts tenants. What is the ratio of cores sold to cores there?",
        "peaks_for_bought": (
            "This adds up the tenants' peaks. What a tenant has been sold is what it has bought."
        ),
        # stranded
        "used_for_left": "This is what is used. Stranded is what is left and cannot be used.",
        "filled_by_other": (
            "This fills the host until the other resource is used up. Which one ends first?"
        ),
        "other_resource": "This is what is left of the other resource.",
        # fleet
        "spare_forgotten": (
            "This leaves nothing spare. Where do the instances of a host that fails go?"
        ),
        "spare_lost_in_rounding": ("This rounds down, so that the last instances have no host."),
        "spare_for_each": (
            "This buys spare hosts for each host. So many may fail at a time in the whole fleet."
        ),
        "price_at_once": "This takes the price for a year's. Over how many years is it spread?",
        "upkeep_forgotten": "This leaves out what a host costs every year beyond its price.",
        "price_forgotten": "This leaves out the price of the hosts.",
        "whole_life": "This is what is saved in all the years together. The question asks for one.",
    }
)
