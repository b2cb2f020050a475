"""The usual mistakes of lesson 05, each with the sentence that names it.

The sentences say what went wrong and where to look, never what is right. The notes in a notebook
and the marks of a grader use the same ones.
"""

from __future__ import annotations

from types import MappingProxyType

__all__ = ["MISTAKES"]

MISTAKES = MappingProxyType(
    {
        # percentile
        "not_sorted": (
            "This takes the value at a place in the list as it was given. Which list has the "
            "smallest value first?"
        ),
        "no_interpolation": (
            "This takes one of the values. A position between two of them asks for a value "
            "between them."
        ),
        "counts_to_n": (
            "This places the share on 0 to n. The first value has position 0; which position has "
            "the last of n values?"
        ),
        "other_definition": (
            "This is another definition, which leaves room beyond the smallest and the largest "
            "value. Here the share 0 is the smallest value and the share 1 is the largest."
        ),
        "percent_share": "This takes the share for a percentage: 0.9, not 90, is what is given.",
        # medians
        "mean_for_median": (
            "These are means. One slow start pulls a mean along; the median asks for the middle."
        ),
        "milliseconds": "These read like milliseconds. The question asks for seconds.",
        "first_left_out": (
            "The first start of each was left out. It is a start like the others; a median is not "
            "led astray by it."
        ),
        "mixed_accelerators": (
            "This mixes what ran on the machine itself with what was emulated. Which rows does "
            "`own` hold?"
        ),
        "upper_of_two": (
            "With an even number of starts there is no one in the middle, but two. This takes one "
            "of them."
        ),
        "largest_for_slow": (
            "These are the largest values. Of ten starts, nine may be slower than the 0.9 quantile "
            "or faster: which is it?"
        ),
        # ratio
        "inverted": "This is the container's time over the machine's. Which one is the larger?",
        "ratio_of_means": (
            "This divides means. Divide the medians, which one slow start cannot move."
        ),
        "difference": "This is a difference, in seconds. How many times as long is it?",
        # boot
        "seconds_for_share": (
            "These are seconds. The question asks for a share of the whole start, between 0 and 1."
        ),
        "percent_for_share": "This reads like a percentage. A half is written 0.5, not 50.",
        "share_of_the_rest": (
            "This divides by the other stages. A share is a part of the whole, itself included."
        ),
        # units
        "gb_for_gib": (
            "This takes GiB for GB. A GiB is 2**30 bytes, a GB is 10**9: which number is larger?"
        ),
        "conversion_inverted": (
            "GB and GiB are converted the wrong way round. Which of the two is the smaller unit, "
            "so which number has to be the larger?"
        ),
        "bytes_for_bits": (
            "This sends bytes at a rate that is given in bits. There are eight bits in a byte."
        ),
        "decimal_for_binary": (
            "This takes the size for GB. The disk's size is in GiB of 2**30 bytes."
        ),
        # disk
        "megabytes": "This is in MB. The question asks for GB.",
        "binary_giga": (
            "This divides by 1024. All these sizes are decimal: 1 GB is 1000 MB, as in text B, "
            "where 3 x 800 MB are 2.4 GB."
        ),
        "only_one": "This is what one of them takes. There are more customers than that.",
        "base_for_each": (
            "This counts what they share once for each of them. How often is it on the disk?"
        ),
        "base_forgotten": "This leaves out the disk that all the overlays stand upon.",
        "virtual_summed": (
            "This adds up the whole image once for each container. They read the same layers: how "
            "often are those on the disk?"
        ),
        "base_per_application": (
            "This counts the common layers once for each application. They have one name in all "
            "images, so how often are they stored?"
        ),
        "written_once": "This counts what one container has written. Every customer has one.",
        "images_forgotten": "This leaves out the images that the containers stand upon.",
        # weight
        "mebibytes": (
            "This divides by 2**20, which gives MiB. The claims are in MB of 10**6 bytes, and the "
            "question asks for those."
        ),
        "bytes_for_mb": "These are bytes. The question asks for MB.",
        "virtual_size": (
            "This is the disk's virtual size: what the guest believes to have. What takes up room "
            "is what is allocated."
        ),
        # memory
        "total_over_count": (
            "This divides all the memory in use by the number of instances, and so gives each a "
            "part of what was there before the first. Look at what each *further* one adds."
        ),
        "resident": (
            "This is the resident memory of one of them, from the other table. It counts pages "
            "that several share, in each of them. What does the next one really add?"
        ),
        "spread_for_error": (
            "This is how far the single differences spread. The mean of several is known better "
            "than each of them: by which factor?"
        ),
        "no_sample_correction": (
            "This divides the squares by the number of differences. Their mean was taken from the "
            "same differences, so one fewer is what is divided by."
        ),
        "rounded_up": "So many machines do not fit any more: the last one has not enough room.",
        "gigabytes_for_mib": "The budget is in GiB, of 1024 MiB each.",
        "decimal_budget": "This takes 1000 MiB for a GiB, which has 1024.",
    }
)
