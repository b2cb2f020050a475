"""Models of start-up, one for each technology, fitted to published figures.

- `boot_models`: all of them, by their ids
- `boot_model`: one of them

What the catalogue (`course.facts`) has, is taken from there. A figure that is typed here is about
something that is no system of the catalogue: a process, a public cloud, one stage of a start.

Nobody has published all of it on one machine: a figure of one source beside one of another compares
two machines as well. Each model names its sources.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from course.facts.catalogue import system
from course.facts.vocabulary import Mark, Unit
from course.simulation.booting.beyond import models_beyond_one_machine
from course.simulation.booting.fitting import LOGNORMAL, TOGETHER, model, of, own
from course.simulation.booting.records import BootModel, Growth, Published
from course.simulation.errors import UnknownNameError

__all__ = ["boot_model", "boot_models"]


@cache
def boot_models() -> Mapping[str, BootModel]:
    """Return all models of start-up, from the process to the cloud.

    Returns:
        A read-only mapping from id to model.

    Example:
        >>> list(boot_models())[:3]
        ['process', 'container', 'container-with-pull']
        >>> boot_models()["firecracker"].family
        'lognormal'
    """
    models = (*_processes_and_containers(), *_micro_vms(), *_xen(), *models_beyond_one_machine())
    return MappingProxyType({each.id: each for each in models})


def boot_model(technology: str) -> BootModel:
    """Return the model of one technology.

    Args:
        technology: its id, such as ``"firecracker"``.

    Raises:
        UnknownNameError: there is no such model.

    Example:
        >>> boot_model("container").published[0].figure.source
        'manco-2017'
    """
    models = boot_models()
    if technology not in models:
        raise UnknownNameError("technology", technology, models)
    return models[technology]


def _processes_and_containers() -> tuple[BootModel, ...]:
    fork, source = "fork and exec of a process", "manco-2017"
    container = of("docker", "start_time", stage="start")
    # What is not pulled is the start: so much of it is left beside the share of the pull.
    share = system("docker").parameter("pull_share_of_start").value
    assert share is not None
    pull = own(
        "docker",
        "pull_time",
        1000 * container.time_s * share / (100 - share),
        Unit.MILLISECOND,
        "harter-2016",
        Mark.ABSTRACT,
        f"Reckoned: {share:g} percent of the whole start, where the rest of it takes as long as "
        "the start of a container in manco-2017. Two sources, two machines.",
    )
    last = of("docker", "start_time_3000th")
    first = of("docker", "start_time_64_cores")
    independent = Growth(added_s=0.0, most=1000)
    return (
        model(
            "process",
            "process",
            "A process, from fork to exec, on 4 cores.",
            Published(own(fork, "start_time_mean", 3.5, Unit.MILLISECOND, source), "mean"),
            Published(own(fork, "start_time_p90", 9, Unit.MILLISECOND, source), "p90"),
            growth=independent,
            why="A Weibull distribution through the published mean and 90th percentile. No "
            "lognormal has a 90th percentile of more than 2.28 times its mean, and this one is "
            "2.57 times. That its shortest times come near 0 is the price.",
        ),
        model(
            "container",
            "container (Docker)",
            "A container of Docker whose image is there, on 4 cores.",
            of("docker", "start_time"),
            growth=independent,
        ),
        model(
            "container-with-pull",
            "container, image pulled first",
            "A container of Docker whose image has to be fetched from a registry.",
            Published(pull, stage="pull"),
            container,
            stages=("pull", "start"),
        ),
        model(
            "container-64-cores",
            "container (Docker), 64 cores",
            "A container of Docker whose image is there, on 64 cores that fill up.",
            first,
            growth=Growth(added_s=(last.time_s - first.time_s) / 2999, most=2999, figure=last),
        ),
        model(
            "network-namespace",
            "network namespace",
            "A network namespace, about 90 percent of the start of a container: one, and 100 at a "
            "time.",
            of("docker", "network_namespace_time"),
            of("docker", "network_namespace_time_100_parallel", parallel=100),
        ),
    )


def _micro_vms() -> tuple[BootModel, ...]:
    stages = ("monitor", "kernel")
    kernel = {
        (50, "p50"): 113,
        (50, "p99"): 146,
        (100, "p50"): 120,
        (100, "p99"): 153,
    }
    in_parallel = [
        Published(
            own(
                "firecracker",
                f"kernel_boot_time_{statistic}_{parallel}_parallel",
                value,
                Unit.MILLISECOND,
                "nsdi-2020-data",
                Mark.COMPUTED,
                f"1,000 starts, {parallel} at a time.",
            ),
            statistic,
            "kernel",
            parallel,
        )
        for (parallel, statistic), value in kernel.items()
    ]
    with_network = own(
        "firecracker",
        "kernel_boot_time_p50_network",
        133,
        Unit.MILLISECOND,
        "nsdi-2020-data",
        Mark.COMPUTED,
        "With a network device.",
    )
    what = "A micro-VM under KVM, from the start of its monitor to its first program"
    qemu = "A virtual machine of QEMU under KVM, from the start of QEMU to its first program"
    return (
        model(
            "firecracker",
            "Firecracker",
            f"{what}, configured by API.",
            of("firecracker", "start_time_p50", "p50"),
            of("firecracker", "start_time_p99", "p99"),
            of("firecracker", "kernel_boot_time_p50", "p50", "kernel"),
            of("firecracker", "kernel_boot_time_p99", "p99", "kernel"),
            *_in_parallel("firecracker"),
            *in_parallel,
            stages=stages,
            why=LOGNORMAL + TOGETHER,
        ),
        model(
            "firecracker-file",
            "Firecracker, configured by file",
            f"{what}, configured by a file.",
            of("firecracker", "start_time_p50_file", "p50"),
            of("firecracker", "start_time_p99_file", "p99"),
            why=LOGNORMAL,
        ),
        model(
            "firecracker-network",
            "Firecracker with network",
            f"{what}, with a network device.",
            of("firecracker", "start_time_p50_network", "p50"),
            Published(with_network, "p50", "kernel"),
            stages=stages,
        ),
        model(
            "cloud-hypervisor",
            "Cloud Hypervisor",
            f"{what}.",
            of("cloud-hypervisor", "start_time_p50", "p50"),
            of("cloud-hypervisor", "start_time_p99", "p99"),
            *_in_parallel("cloud-hypervisor"),
            why=LOGNORMAL,
        ),
        model(
            "cloud-hypervisor-network",
            "Cloud Hypervisor with network",
            f"{what}, with a network device.",
            of("cloud-hypervisor", "start_time_p50_network", "p50"),
        ),
        model(
            "qemu",
            "QEMU",
            f"{qemu}.",
            of("qemu", "start_time_p50", "p50"),
            *_in_parallel("qemu"),
            why=LOGNORMAL,
        ),
        model(
            "qemu-qboot",
            "QEMU with small firmware",
            f"{qemu}, with the firmware qboot.",
            of("qemu", "start_time_p50_qboot", "p50"),
        ),
        model(
            "qemu-microvm",
            "QEMU, machine type microvm (2020)",
            f"{qemu}, of the machine type microvm as it was in 2020.",
            of("qemu", "start_time_p50_microvm", "p50"),
        ),
    )


def _in_parallel(system_id: str) -> tuple[Published, ...]:
    return tuple(
        of(system_id, f"start_time_{statistic}_{parallel}_parallel", statistic, "", parallel)
        for parallel in (50, 100)
        for statistic in ("p50", "p99")
    )


def _xen() -> tuple[BootModel, ...]:
    stages = ("create", "boot")
    guests = (
        ("debian", "Debian under Xen", "A Debian of 1.1 GB"),
        ("tinyx", "Tinyx under Xen", "Tinyx, a Linux of 9.5 MB made for one application,"),
        ("unikernel", "unikernel under Xen", "A unikernel of 480 KB"),
    )
    models = []
    for guest, name, what in guests:
        create = of("xen", f"create_time_{guest}", stage="create")
        last = of("xen", f"create_time_1000th_{guest}", stage="create")
        models.append(
            model(
                f"xen-{guest}",
                name,
                f"{what} under unchanged Xen, on 4 cores.",
                create,
                of("xen", f"boot_time_{guest}", stage="boot"),
                stages=stages,
                growth=Growth(added_s=(last.time_s - create.time_s) / 999, most=999, figure=last),
            )
        )
    first = of("xen", "start_time_unikernel_lightvm")
    last = of("xen", "start_time_1000th_unikernel_lightvm")
    return (
        *models,
        model(
            "lightvm-unikernel",
            "unikernel under LightVM",
            "A unikernel under Xen with all changes of LightVM, on 4 cores.",
            first,
            growth=Growth(added_s=(last.time_s - first.time_s) / 999, most=999, figure=last),
        ),
        model(
            "lightvm-empty",
            "empty guest under LightVM",
            "A guest that does nothing, under Xen with all changes of LightVM, on 4 cores.",
            of("xen", "start_time_empty_lightvm"),
        ),
    )
