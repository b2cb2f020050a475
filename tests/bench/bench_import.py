"""What `import course` costs beside an interpreter that imports nothing.

    python tests/bench/bench_import.py

Fresh interpreters in pairs, one of each kind in turn, so that a busy moment meets both.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from time import perf_counter

PAIRS = 21
LIMIT_MS = 100.0  # what the design allows for `import course`


def start_ms(code: str) -> float:
    """Return how long a fresh interpreter takes to run the code and end, in milliseconds."""
    start = perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return 1000 * (perf_counter() - start)


def main() -> None:
    """Print the median of the differences between the pairs, for the package and its parts."""
    modules = ("course", "course.facts", "course.exercise", "course.sizing", "course.charts")
    print(f"{'module':16} {'median ms more than nothing':>28} {'lowest':>8} {'highest':>8}")
    for module in modules:
        start_ms(f"import {module}")  # compiles, and warms the file cache
        differences = [start_ms(f"import {module}") - start_ms("pass") for _ in range(PAIRS)]
        median = statistics.median(differences)
        limit = f"  (limit {LIMIT_MS:.0f} ms)" if module == "course" else ""
        print(f"{module:16} {median:28.1f} {min(differences):8.1f} {max(differences):8.1f}{limit}")


if __name__ == "__main__":
    main()
