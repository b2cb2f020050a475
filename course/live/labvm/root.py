"""The guest's root folder: programs of Debian packages, kernel modules, and our own few scripts."""

from __future__ import annotations

import re
import shutil
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from course.live import debian
from course.live.kernel import initramfs
from course.live.kernel.modules import modules

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MODULES", "fill", "write_initramfs"]

#: What the initramfs needs to find the disk; ext4 is built into the kernel.
BOOT_MODULES = ("virtio_pci", "virtio_blk")

#: What containers need, and the devices of the guest.
MODULES = (
    "virtio_console", "virtio_net", "virtio_rng",
    "overlay", "bridge", "br_netfilter", "veth", "tun", "dummy",
    "ip_tables", "iptable_filter", "iptable_nat", "iptable_mangle", "ip6_tables", "ip6table_filter",
    "ip6table_nat", "nf_nat", "nf_conntrack", "nf_conntrack_netlink",
    "xt_addrtype", "xt_conntrack", "xt_MASQUERADE", "xt_nat", "xt_tcpudp", "xt_mark", "xt_comment",
    "xt_multiport", "xt_REDIRECT", "xt_set", "ipt_REJECT",
    "ip_vs", "ipvlan", "macvlan", "vxlan",
)  # fmt: skip

#: Programs and data that nobody in the guest uses, and that are large.
_LEFT_OUT = re.compile(
    r"""
      usr/share/(?!zoneinfo/UTC) | (usr/)?lib/systemd/ | (usr/)?lib/udev/
    | usr/lib/tmpfiles\.d/ | var/lib/systemd/
    | etc/ | boot/(System\.map|config) | usr/lib/sysctl\.d/
    | usr/s?bin/(docker|docker-init|tini|containerd-shim|containerd-shim-runc-v1)$
    | usr/s?bin/xtables-(nft-multi|monitor)
    | (usr/)?lib/x86_64-linux-gnu/(gconv|engines-3|ossl-modules|audit|gio)/
    | usr/lib/locale/ | usr/libexec/docker | .*\.a$
    | usr/s?bin/(?!perl$|busybox|crun|containerd|docker|tini|xtables|qemu-ga)  # and all others
    | usr/lib/x86_64-linux-gnu/(perl/|libreadline|libhistory)
    | (usr/)?lib/modules/
    """,
    re.VERBOSE,
)

_SCRIPTS = ("rc", "agent-service", "dockerd-service", "freeze", "gate", "shell")


def fill(root: Path, debs: Iterable[debian.Deb], scratch: Path) -> None:
    """Fill the guest's root folder.

    Args:
        root: an empty folder.
        debs: the packages of the set `guest`.
        scratch: an empty folder on the same disk, for what is looked at and left out.
    """
    for deb in debs:
        if deb.package.name.startswith("linux-image-"):
            debian.unpack(deb.file, scratch)
        else:
            debian.unpack(deb.file, root, keep=lambda name: not _LEFT_OUT.match(name))
    for folder in (
        "dev",
        "etc/docker",
        "mnt",
        "proc",
        "root",
        "run",
        "sys",
        "tmp",
        "usr/sbin",
        "var/lib",
    ):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for link, target in {"var/run": "/run", "etc/mtab": "/proc/self/mounts"}.items():
        (root / link).symlink_to(target)
    _install_busybox(root)
    _choose_alternatives(root)
    _install_modules(root, scratch)
    etc = root / "etc"
    (etc / "docker/daemon.json").write_bytes(_own("daemon.json"))
    (etc / "inittab").write_bytes(_own("inittab"))
    (etc / "os-release").write_bytes(_own("os-release"))
    (etc / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (etc / "group").write_text("root:x:0:\ndocker:x:1:\n")
    (etc / "hosts").write_text("127.0.0.1 localhost labvm\n")
    (etc / "resolv.conf").write_text("nameserver 10.0.2.3\n")
    (etc / "modules").write_text("\n".join(MODULES) + "\n")
    for name in _SCRIPTS:
        script = etc / name
        script.write_bytes(_own(name))
        script.chmod(0o755)


def write_initramfs(target: Path, root: Path, scratch: Path) -> None:
    """Write the archive from which the guest boots: busybox and the modules of its disk.

    Args:
        target: the file to write.
        root: the guest's root folder, for its busybox.
        scratch: where `fill` has unpacked the kernel's package.
    """
    files = modules(scratch, BOOT_MODULES)
    members = [initramfs.directory(name) for name in ("bin", "dev", "proc", "root", "lib")]
    members.append(initramfs.file("init", _own("initramfs-init"), executable=True))
    busybox = (root / "usr/bin/busybox").read_bytes()
    members.append(initramfs.file("bin/busybox", busybox, executable=True))
    members += [initramfs.file(f"lib/{file.name}", file.read_bytes()) for file in files]
    loading = "".join(f"/lib/{file.name}\n" for file in files)
    members.append(initramfs.file("modules", loading.encode()))
    initramfs.write(target, members)


def _install_busybox(root: Path) -> None:
    """Link the two that the guest begins with; its first boot links the others."""
    _link(root, "bin/sh", "busybox")
    _link(root, "sbin/init", "../bin/busybox")


def _choose_alternatives(root: Path) -> None:
    """Link the programs between which Debian lets its users choose."""
    for family in ("iptables", "ip6tables"):  # the legacy ones: one program, few modules
        for action in ("", "-save", "-restore"):
            _link(root, f"sbin/{family}{action}", "xtables-legacy-multi")
    _link(root, "bin/runc", "crun")  # what dockerd looks for, and what starts sooner
    _link(root, "bin/docker-init", "tini-static")  # it runs inside of images without libraries


def _link(root: Path, name: str, target: str) -> None:
    path = root / "usr" / name
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def _install_modules(root: Path, scratch: Path) -> None:
    for file in modules(scratch, (*BOOT_MODULES, *MODULES)):
        target = root / "usr/lib" / file.relative_to(scratch / "lib")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    (folder,) = (scratch / "lib/modules").iterdir()
    for index in ("modules.builtin", "modules.order"):
        shutil.copy(folder / index, root / "usr/lib/modules" / folder.name / index)


def _own(name: str) -> bytes:
    return resources.files(__package__).joinpath("guest", name).read_bytes()
