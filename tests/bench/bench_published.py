"""The models beside what was published: every figure, the tolerance and why, and the misses.

    python tests/bench/bench_published.py

What is *fitted* went into the model, and comes out again; what is *predicted* did not.
"""

from __future__ import annotations

from textwrap import shorten

from tabulate import tabulate

from tests.published import checks


def main() -> None:
    """Print the table, and what it comes to."""
    all_checks = checks()
    print(
        tabulate(
            [
                (
                    check.what,
                    check.source,
                    f"{check.published:g}",
                    f"{check.modelled:.6g}",
                    f"{check.tolerance:.2g}",
                    check.unit,
                    check.kind,
                    "holds" if check.holds else "MISSED",
                )
                for check in all_checks
            ],
            headings := ("figure", "source", "published", "model", "tolerance", "unit", "", ""),
            disable_numparse=True,
            colalign=["left", "left", "right", "right", "right", *["left"] * (len(headings) - 5)],
        )
    )
    missed = [check for check in all_checks if not check.holds]
    predicted = [check for check in all_checks if check.kind == "predicted"]
    print(
        f"\n{len(all_checks)} figures, {len(predicted)} of them predicted; "
        f"{len(all_checks) - len(missed)} hold, {len(missed)} are missed."
    )
    for check in missed:
        print(f"- {check.what}: {check.miss or 'not known to be missed'}")
    print("\nWhy so much is allowed:")
    for why in dict.fromkeys(check.why for check in all_checks):
        print(f"- {shorten(why, 300)}")


if __name__ == "__main__":
    main()
