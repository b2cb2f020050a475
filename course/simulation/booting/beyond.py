"""Models of starts beyond the single machine: public clouds, and a cluster."""

from __future__ import annotations

from course.facts.catalogue import system
from course.facts.vocabulary import Mark, Unit
from course.simulation.booting.fitting import model, of, own
from course.simulation.booting.records import BootModel, Published

__all__ = ["models_beyond_one_machine"]


def models_beyond_one_machine() -> tuple[BootModel, ...]:
    """Return a model of each start that was published of a cloud or a cluster."""
    clouds = (
        ("aws-linux", 2012, "AWS, Linux, 2012", 96.9),
        ("aws-windows", 2012, "AWS, Windows, 2012", 810.2),
        ("rackspace-linux", 2012, "Rackspace, Linux, 2012", 44.2),
        ("aws-cold", 2021, "AWS, Linux, cold, 2021", 55.9),
        ("aws-warm", 2021, "AWS, Linux, warm, 2021", 34.0),
        ("gcp-cold", 2021, "GCP, Linux, cold, image not cached, 2021", 124.1),
        ("gcp-cached", 2021, "GCP, Linux, cold, image cached, 2021", 50.0),
        ("gcp-warm", 2021, "GCP, Linux, warm, 2021", 32.8),
    )
    task = of("borg", "task_start_time_p50", "p50")
    share = system("borg").parameter("install_share_of_start").value
    assert share is not None
    install = own(
        "borg",
        "install_time",
        task.time_s * share / 100,
        Unit.SECOND,
        "verma-2015",
        Mark.PRIMARY,
        f"Reckoned: about {share:g} percent of the median.",
    )
    start = own(
        "borg",
        "start_time_without_install",
        task.time_s * (100 - share) / 100,
        Unit.SECOND,
        "verma-2015",
        Mark.PRIMARY,
        "Reckoned: the rest.",
    )
    return (
        model(
            "borg-task",
            "task on Borg",
            "A task on one of Google's clusters; most of the time packages are installed.",
            Published(install, "p50", "install"),
            Published(start, "p50", "start"),
            stages=("install", "start"),
        ),
        *(
            model(
                f"cloud-{year}-{identifier}",
                f"cloud VM: {name}",
                "A virtual machine of a public cloud, as quoted second-hand.",
                Published(
                    own(
                        f"cloud-{year}-{identifier}",
                        "start_time",
                        value,
                        Unit.SECOND,
                        "mao-2012" if year == 2012 else "hao-2021",
                        Mark.SECOND_HAND,
                        "About." if value == 50 else "",
                    )
                ),
            )
            for identifier, year, name, value in clouds
        ),
    )
