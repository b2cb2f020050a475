"""The closed vocabularies of the catalogue: a word in the data that is not here is refused.

==============  ==================================================================
``Mark``        how a figure was come by: primary, computed, abstract, second-hand
``SourceKind``  what a source is: a course text, a paper, a data set, documentation
``Unit``        the units of all figures
``Place``       where a system stands on the map of virtualization
``Kind``        what sort of thing a system is
``Technique``   by what means it isolates or virtualizes
``Status``      whether it still lives
==============  ==================================================================

All are string enumerations: a member equals the word that the data files use for it.

>>> Place("type_1") is Place.TYPE_1
True
"""

from enum import StrEnum


class Mark(StrEnum):
    """Say how a figure was come by, from the strongest evidence to the weakest.

    Attributes:
        PRIMARY: read at its source.
        COMPUTED: computed here from the raw data that its authors published.
        ABSTRACT: read in an abstract; the full paper was not at hand.
        SECOND_HAND: quoted by somebody else; a lesson that uses it says so.

    Example:
        >>> Mark("second_hand").name
        'SECOND_HAND'
    """

    PRIMARY = "primary"
    COMPUTED = "computed"
    ABSTRACT = "abstract"
    SECOND_HAND = "second_hand"


class SourceKind(StrEnum):
    """Say what a source is.

    Attributes:
        TEXT: one of the texts whose claims this course examines.
        PAPER: a published paper.
        DATA_SET: published raw data.
        DOCUMENTATION: what a project promises or documents about itself.

    Example:
        >>> SourceKind.DATA_SET == "data_set"
        True
    """

    TEXT = "text"
    PAPER = "paper"
    DATA_SET = "data_set"
    DOCUMENTATION = "documentation"


class Unit(StrEnum):
    """Name the unit of a figure; kilo and mega are decimal, kibi and mebi binary.

    Example:
        >>> Unit("MiB").name, Unit("MB").name
        ('MEBIBYTE', 'MEGABYTE')
    """

    BYTE = "B"
    KILOBYTE = "KB"
    MEGABYTE = "MB"
    GIGABYTE = "GB"
    MEBIBYTE = "MiB"
    NANOSECOND = "ns"
    MICROSECOND = "µs"
    MILLISECOND = "ms"
    SECOND = "s"
    MINUTE = "min"
    CALENDAR_YEAR = "year"
    PERCENT = "percent"
    TIMES = "times"
    COUNT = "count"
    CORE = "cores"
    GIGAFLOPS = "GFLOPS"
    GIGABYTE_PER_SECOND = "GB/s"
    MEGABIT_PER_SECOND = "Mbit/s"
    OPERATIONS_PER_SECOND = "IOPS"


class Place(StrEnum):
    """Say where a system stands on the map of virtualization.

    Attributes:
        TYPE_1: a hypervisor that itself controls the hardware.
        TYPE_2: a hypervisor that runs as a program of a host operating system.
        PARTITION: a machine divided by its own firmware.
        OPERATING_SYSTEM: isolation by one kernel that all tenants share.
        MICRO_VM: a virtual machine cut down to what one workload needs.
        SIMULATOR: a machine carried out in software, instruction by instruction or block by block.
        APPLICATION_KERNEL: a kernel that is an ordinary program, between application and host.
        ORCHESTRATOR: places workloads on many machines and keeps them running.
        CONTAINER_HOST: an operating system made for running containers.

    Example:
        >>> Place.MICRO_VM.value
        'micro_vm'
    """

    TYPE_1 = "type_1"
    TYPE_2 = "type_2"
    PARTITION = "partition"
    OPERATING_SYSTEM = "operating_system"
    MICRO_VM = "micro_vm"
    SIMULATOR = "simulator"
    APPLICATION_KERNEL = "application_kernel"
    ORCHESTRATOR = "orchestrator"
    CONTAINER_HOST = "container_host"


class Kind(StrEnum):
    """Say what sort of thing a system is.

    Example:
        >>> Kind("container_engine") is Kind.CONTAINER_ENGINE
        True
    """

    HYPERVISOR = "hypervisor"
    EMULATOR = "emulator"
    FIRMWARE = "firmware"
    KERNEL_FEATURE = "kernel_feature"
    CONTAINER_ENGINE = "container_engine"
    CONTAINER_RUNTIME = "container_runtime"
    OPERATING_SYSTEM = "operating_system"
    CLUSTER_MANAGER = "cluster_manager"
    SECURITY_PRODUCT = "security_product"


class Technique(StrEnum):
    """Name a means by which a system isolates or virtualizes.

    Attributes:
        FULL_VIRTUALIZATION: the guest sees a machine like the real one and runs unmodified.
        PARAVIRTUALIZATION: the guest knows, and calls the hypervisor instead of trapping.
        HARDWARE_ASSISTED: the processor has a mode of its own for guests.
        INTERPRETATION_OR_TRANSLATION: software reads or rewrites the guest's instructions.
        FIRMWARE_PARTITIONING: firmware divides processors, memory and devices.
        COPY_ON_WRITE_CLONING: a new machine starts as a copy that shares what it does not change.
        ROOT_DIRECTORY: a process gets another directory as its ``/``.
        NAMESPACES: each group of processes sees its own names; elsewhere called silos or contexts.
        RESOURCE_CONTROL: a group of processes has limits: cgroups, or job objects on Windows.
        LAYERED_IMAGES: file systems are stacked from layers that are shared.
        SYSTEM_CALL_INTERCEPTION: another program than the host's kernel answers system calls.
        RECONCILIATION: a loop compares what is wanted with what is, and acts on the difference.

    Example:
        >>> Technique("namespaces") in set(Technique)
        True
    """

    FULL_VIRTUALIZATION = "full_virtualization"
    PARAVIRTUALIZATION = "paravirtualization"
    HARDWARE_ASSISTED = "hardware_assisted"
    INTERPRETATION_OR_TRANSLATION = "interpretation_or_translation"
    FIRMWARE_PARTITIONING = "firmware_partitioning"
    COPY_ON_WRITE_CLONING = "copy_on_write_cloning"
    ROOT_DIRECTORY = "root_directory"
    NAMESPACES = "namespaces"
    RESOURCE_CONTROL = "resource_control"
    LAYERED_IMAGES = "layered_images"
    SYSTEM_CALL_INTERCEPTION = "system_call_interception"
    RECONCILIATION = "reconciliation"


class Status(StrEnum):
    """Say whether a system still lives.

    Attributes:
        ALIVE: maintained or sold.
        DORMANT: no longer maintained, though nobody declared its end.
        ENDED: ended in a known year; the note says what became of it.

    Example:
        >>> [status.value for status in Status]
        ['alive', 'dormant', 'ended']
    """

    ALIVE = "alive"
    DORMANT = "dormant"
    ENDED = "ended"
