"""The explorer of density: how many fit on a host, and what ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from course import charts_explorers_density as charts
from course.facts import claim
from course.sizing import TECHNOLOGIES, Application, Capacity, density, density_ratio, ratio_curve
from course.widgets.explorer import Explorer, Shown, choice, slider

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["COMPARED", "DensityExplorer"]

#: What containers are compared with, by the ids of technologies.
COMPARED = ("debian-vm", "qemu", "kata", "firecracker", "cloud-hypervisor", "tinyx", "gvisor")
#: The host of Manco and others (2017), section 6: 64 cores, 128 GB; the disk is our own.
MANCO_HOST = Capacity(cores=64, memory_mib=128 * 1024, disk_mb=4_000_000)
SMALL_APPLICATION = Application(cores=0.01, memory_mib=64, disk_mb=20)

#: The memory of applications that the curve is drawn through, in MiB: by an eighth more each time.
MEMORY_MIB = tuple(1.125**power for power in range(83))
_MIB_PER_GIB, _MB_PER_GB = 1024, 1000


class DensityExplorer(Explorer):
    """Fill a host with instances of an application, and see which resource ends it.

    The controls and these traits follow each other, so a notebook can set them too:

    Attributes:
        host_cores: the host's cores.
        host_memory_gib: its memory, in GiB.
        host_disk_gb: its disk, in GB.
        application_cores: the cores that one instance needs.
        application_memory_mib: the memory of the application itself, in MiB.
        application_disk_mb: its disk, in MB.
        technology: what the container is compared with, one of `COMPARED`.
        counts: how many fit, by technology.
        ratio: how many containers fit for each of the chosen technology.
    """

    host_cores = traitlets.Int()
    host_memory_gib = traitlets.Int()
    host_disk_gb = traitlets.Int()
    application_cores = traitlets.Float()
    application_memory_mib = traitlets.Int()
    application_disk_mb = traitlets.Int()
    technology = traitlets.Enum(list(COMPARED), COMPARED[0])
    counts = traitlets.Dict()
    ratio = traitlets.Float()

    file_name = "density"
    height_px = 620

    def __init__(
        self,
        host: Capacity | None = None,
        application: Application | None = None,
        *,
        measured: Mapping[str, float] | None = None,
    ) -> None:
        """Explore density.

        Args:
            host: the host to begin with; by default that of Manco and others (2017).
            application: the application to begin with; what its instances share stays as it is.
            measured: how many instances the learner counted, by technology.
        """
        host, application = host or MANCO_HOST, application or SMALL_APPLICATION
        self._application = application
        self._measured = {TECHNOLOGIES[id_].name: n for id_, n in (measured or {}).items()}
        names = {TECHNOLOGIES[id_].name: id_ for id_ in COMPARED}
        super().__init__(
            {
                "host_cores": slider("cores of the host", 1, 128),
                "host_memory_gib": slider("memory of the host (GiB)", 1, 1024),
                "host_disk_gb": slider("disk of the host (GB)", 10, 8000, 10),
                "application_cores": slider(
                    "cores of an instance", 0, 2, 0.01, readout_format=".2f"
                ),
                "application_memory_mib": slider("memory of an instance (MiB)", 1, 4096),
                "application_disk_mb": slider("disk of an instance (MB)", 0, 2000, 5),
                "technology": choice("containers against", names),
            },
            begin={
                "host_cores": round(host.cores),
                "host_memory_gib": max(1, round(host.memory_mib / _MIB_PER_GIB)),
                "host_disk_gb": max(10, round(host.disk_mb / _MB_PER_GB)),
                "application_cores": application.cores,
                "application_memory_mib": round(application.memory_mib),
                "application_disk_mb": round(application.disk_mb),
            },
        )

    @property
    def host(self) -> Capacity:
        """The host as the sliders have it."""
        return Capacity(
            cores=self.host_cores,
            memory_mib=self.host_memory_gib * _MIB_PER_GIB,
            disk_mb=self.host_disk_gb * _MB_PER_GB,
        )

    @property
    def application(self) -> Application:
        """The application as the sliders have it."""
        given = self._application
        return Application(
            cores=self.application_cores,
            memory_mib=self.application_memory_mib,
            disk_mb=self.application_disk_mb,
            shared_memory_mib=min(given.shared_memory_mib, self.application_memory_mib),
            shared_disk_mb=min(given.shared_disk_mb, self.application_disk_mb),
        )

    def draw(self) -> Shown:
        """Return how many fit, and how the ratio depends on the application's memory."""
        host, application = self.host, self.application
        found = {id_: density(host, application, id_) for id_ in TECHNOLOGIES}
        self.counts = {id_: each.count for id_, each in found.items()}
        self.ratio = density_ratio(host, application, "container", self.technology)
        rows: list[dict[str, Any]] = [
            {
                "technology": TECHNOLOGIES[id_].name,
                "kind": TECHNOLOGIES[id_].kind,
                "count": each.count,
                "binding": charts.RESOURCES[each.binding],
                "overhead_share": each.overhead_share,
            }
            for id_, each in found.items()
        ]
        rows.sort(key=lambda row: -row["count"])
        published = {each.name: each.most for each in TECHNOLOGIES.values() if each.most}
        curve = ratio_curve(host, application, "container", self.technology, MEMORY_MIB)
        (figure,) = claim("C11").figures
        names = TECHNOLOGIES["container"].name, TECHNOLOGIES[self.technology].name
        now = {"memory_mib": application.memory_mib, "ratio": self.ratio}
        drawn = (
            charts.instances(rows, published=published, measured=self._measured),
            charts.ratios(
                curve,
                now=now,
                claimed=figure.bounds,
                names=names,
            ),
        )
        figures: list[dict[str, Any]] = [{"chart": "instances"} | row for row in rows]
        figures += [
            {"chart": whose, "technology": name, "count": count}
            for whose, counts in (("published most", published), ("measured", self._measured))
            for name, count in counts.items()
        ]
        figures += [{"chart": " for each ".join(names)} | row for row in [*curve, now]]
        return Shown(self._summary(found, figure.bounds), drawn, figures)

    def _summary(self, found: Mapping[str, Any], claimed: tuple[float, float]) -> str:
        container, other = found["container"], found[self.technology]
        low, high = claimed
        words = (
            f"{container.count:,} containers fit, until there is no more "
            f"{charts.RESOURCES[container.binding]}; of {TECHNOLOGIES[self.technology].name} "
            f"{other.count:,}, until there is no more {charts.RESOURCES[other.binding]}."
        )
        if not other.count:
            return f"{words} Not even one fits, so there is no ratio."
        verdict = (
            f"within the claimed {low:g} to {high:g}"
            if low <= self.ratio <= high
            else f"{'fewer' if self.ratio < low else 'more'} than the claimed {low:g} to {high:g}"
        )
        return f"{words} That is {self.ratio:.3g} times as many, {verdict}."
