"""Pinned Debian packages: fetched from mirrors that are well, ill and hostile, and unpacked."""

from __future__ import annotations

import hashlib
import io
import itertools
import os
import shutil
import stat
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from course.live import cache
from course.live.debian import (
    Deb,
    Package,
    definitions,
    fetch,
    fetching,
    licences,
    members,
    mirror,
    pinned,
    unpack,
)
from course.live.debian.errors import (
    MirrorUnreachableError,
    PackageDamagedError,
    PackageMissingError,
    SignatureError,
    UnsafePackageError,
)
from course.live.debian.index import KEYRING, Index, related
from course.live.progress import Progress

BUSYBOX = pinned("busybox")[0]
BUSYBOX_PATH = f"/debian/{BUSYBOX.path}"
#: A version that was on the mirrors once and is gone, like the pinned ones some day.
GONE = replace(
    BUSYBOX,
    version="1:1.30.0-1",
    path="pool/main/b/busybox/busybox-static_1.30.0-1_amd64.deb",
    sha256="0" * 64,
    size_bytes=1,
)
signed = pytest.mark.skipif(
    shutil.which("gpgv") is None or not KEYRING.exists(), reason="gpgv or Debian's keys are absent"
)


@dataclass
class Mirror:
    """A mirror on this machine, which serves and fails as it is told.

    Attributes:
        files: what it has, by path; a path that is missing is a 404.
        asked: the paths that were asked for.
        breaks: how often a path's transfer still breaks off half way.
        status: what it answers to everything, if it is not 200.
        waits: if it is set, transfers stand still half way until it is.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    breaks: dict[str, int] = field(default_factory=dict)
    status: int = 200
    waits: threading.Event | None = None
    address: str = ""


@pytest.fixture
def make_mirror() -> Iterator:
    """Return a function that starts mirrors, which end with the test."""
    servers = []

    def make() -> Mirror:
        state = Mirror()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                state.asked.append(self.path)
                content = state.files.get(self.path)
                status = state.status if state.status != 200 else 200 if content else 404
                self.send_response(status)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                if status != 200 or content is None:
                    return
                half = len(content) // 2
                self.wfile.write(content[:half])
                if state.waits is not None:
                    self.wfile.flush()
                    state.waits.wait()
                if state.breaks.get(self.path, 0) > 0:
                    state.breaks[self.path] -= 1
                    return  # HTTP/1.0: the connection ends here
                self.wfile.write(content[half:])

            def log_message(self, *_: object) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.handle_error = lambda *_: None  # a client that went away is what is tested
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        state.address = f"http://127.0.0.1:{server.server_port}"
        return state

    yield make
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the real files that the tests need, by their paths on any mirror."""
    folder = tmp_path_factory.mktemp("real")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(cache.ENVIRONMENT, str(folder))
        try:
            deb = fetch([BUSYBOX])[0]
        except MirrorUnreachableError as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(str(error))
    found = {f"/debian/{deb.package.path}": deb.file.read_bytes()}
    with mirror.Mirror() as downloads:
        for release in related("bookworm"):
            archive = "debian-security" if release.endswith("security") else "debian"
            for name in ("InRelease", "main/binary-amd64/Packages.xz"):
                path = f"/{archive}/dists/{release}/{name}"
                stream = io.BytesIO()
                downloads.download(f"{mirror.address()}{path}", stream, sha256="")
                found[path] = stream.getvalue()
        newest = Index("bookworm", downloads).find(BUSYBOX.name)
        stream = io.BytesIO()
        downloads.download(f"{mirror.address()}/debian/{newest.path}", stream, sha256="")
        found[f"/debian/{newest.path}"] = stream.getvalue()
    return found


@pytest.fixture
def local(make_mirror, real, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mirror:
    """Return a mirror that is used, with a cache of its own and an empty snapshot archive."""
    made, snapshot = make_mirror(), make_mirror()
    made.files = dict(real)
    monkeypatch.setenv(mirror.ENVIRONMENT, made.address)
    monkeypatch.setenv(cache.ENVIRONMENT, str(tmp_path))
    monkeypatch.setattr(fetching, "SNAPSHOT", snapshot.address)
    return made


def kept() -> list[str]:
    """Return the files in the folder of packages."""
    return sorted(path.name for path in fetching.folder().glob("*"))


@pytest.mark.parametrize("name", definitions())
def test_a_set_is_pinned_whole(name: str) -> None:
    """Each root is pinned, nothing twice, nothing that is excluded, and each file to the byte."""
    packages, definition = pinned(name), definitions()[name]
    names = [package.name for package in packages]
    assert len(set(names)) == len(names)
    for root in definition.roots:
        assert any(fnmatchcase(each, root) for each in names)
    for package in packages:
        if not any(fnmatchcase(package.name, root) for root in definition.roots):
            assert not any(fnmatchcase(package.name, pattern) for pattern in definition.exclude)
        assert package.release in definition.releases
        assert package.architecture in {"amd64", "all"}
        assert package.path.startswith("pool/")
        assert package.path.endswith(".deb")
        assert len(bytes.fromhex(package.sha256)) == 32
        assert package.size_bytes > 0


def test_a_set_that_there_is_not_is_refused() -> None:
    """The error names the sets that there are."""
    with pytest.raises(KeyError, match="busybox"):
        pinned("nothing")


def test_what_is_fetched_is_what_was_pinned(local: Mirror) -> None:
    """A file has the pinned digest, and a second fetch asks nobody."""
    told: list[Progress] = []
    (deb,) = fetch([BUSYBOX], progress=told.append)
    assert deb == Deb(BUSYBOX, deb.file, drifted=False)
    assert hashlib.sha256(deb.file.read_bytes()).hexdigest() == BUSYBOX.sha256
    assert told[-1].fraction == 1
    assert all(a.fraction <= b.fraction for a, b in itertools.pairwise(told))
    assert local.asked == [BUSYBOX_PATH]
    assert fetch([BUSYBOX, BUSYBOX]) == [deb, deb]
    assert local.asked == [BUSYBOX_PATH]
    assert kept() == [BUSYBOX.file_name]


def test_a_damaged_file_in_the_cache_is_fetched_anew(local: Mirror) -> None:
    """Nobody has to clear a cache by hand."""
    (deb,) = fetch([BUSYBOX])
    deb.file.write_bytes(b"x" * BUSYBOX.size_bytes)
    fetch([BUSYBOX])
    assert hashlib.sha256(deb.file.read_bytes()).hexdigest() == BUSYBOX.sha256
    assert len(local.asked) == 2


def test_a_package_that_is_gone_comes_from_the_snapshot_archive(
    local: Mirror, make_mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The snapshot of the day of pinning has it, so nothing drifts, even strictly."""
    content = local.files.pop(BUSYBOX_PATH)
    snapshot = make_mirror()
    monkeypatch.setattr(fetching, "SNAPSHOT", snapshot.address)
    url = fetching._snapshot_url(BUSYBOX)
    snapshot.files = {url.removeprefix(snapshot.address): content}
    assert f"{snapshot.address}/archive/debian/20" in url
    (deb,) = fetch([BUSYBOX], strict=True)
    assert deb.package == BUSYBOX
    assert not deb.drifted


@signed
def test_a_snapshot_archive_out_of_reach_is_asked_once(
    local: Mirror, make_mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sealed network costs its time-out once, not once for each package."""
    snapshot = make_mirror()
    snapshot.status = 403
    monkeypatch.setattr(fetching, "SNAPSHOT", snapshot.address)
    monkeypatch.setattr(fetching, "PARALLEL", 1)
    others = [replace(GONE, path=f"{GONE.path}{number}") for number in range(3)]
    with pytest.raises(PackageMissingError, match="out of reach"):
        fetch([GONE], strict=True)
    fetch(others)
    assert len(snapshot.asked) == 2


def test_strictly_a_package_that_is_gone_is_an_error(local: Mirror) -> None:
    """The error says which, and what to try."""
    with pytest.raises(PackageMissingError, match=r"busybox-static_1\.30.*gone.*COURSE_DEBIAN"):
        fetch([GONE], strict=True)
    assert kept() == []


@signed
def test_a_package_that_is_gone_is_replaced_by_the_newest(local: Mirror) -> None:
    """It is marked, said, verified by Debian's signature, and found again without a network."""
    told: list[Progress] = []
    (deb,) = fetch([GONE], progress=told.append)
    assert deb.drifted
    assert (deb.package.name, deb.package.release) == (GONE.name, "bookworm")
    assert deb.package.version != GONE.version
    assert hashlib.sha256(deb.file.read_bytes()).hexdigest() == deb.package.sha256
    (said,) = (progress.text for progress in told if progress.lasting)
    assert GONE.version in said
    assert deb.package.version in said
    local.files.clear()
    local.asked.clear()
    assert fetch([GONE]) == [deb]
    assert local.asked == []
    with pytest.raises(PackageMissingError):
        fetch([GONE], strict=True)


@signed
def test_a_kernel_that_is_gone_is_replaced_by_the_newest_of_its_kind(local: Mirror) -> None:
    """Its name holds its version, so the pattern that it was pinned by is asked."""
    with mirror.Mirror() as downloads:
        index = Index("bookworm", downloads)
    newest = index.find("linux-image-6.1.0-*-cloud-amd64")
    assert newest is not None
    assert fnmatchcase(newest.name, "linux-image-6.1.0-*-cloud-amd64")
    assert index.find("linux-image-6.1.0-1-cloud-amd64") is None
    assert fetching._pattern("linux-image-6.1.0-1-cloud-amd64") == "linux-image-6.1.0-*-cloud-amd64"


@signed
def test_a_package_that_never_was_is_an_error(local: Mirror) -> None:
    """No newest version is guessed from names that resemble it."""
    path = "pool/main/n/never/never_1_amd64.deb"
    with pytest.raises(PackageMissingError, match="never-was"):
        fetch([replace(GONE, name="never-was", path=path)])


def test_another_file_than_the_pinned_one_is_refused(local: Mirror) -> None:
    """The error holds both digests, and nothing is kept."""
    local.files[BUSYBOX_PATH] = b"x" * BUSYBOX.size_bytes
    found = hashlib.sha256(local.files[BUSYBOX_PATH]).hexdigest()
    with pytest.raises(PackageDamagedError, match=f"{BUSYBOX.sha256}.*{found}"):
        fetch([BUSYBOX])
    assert kept() == []


def test_a_transfer_that_breaks_off_is_begun_again(local: Mirror) -> None:
    """A shaky network is no error."""
    local.breaks[BUSYBOX_PATH] = 2
    (deb,) = fetch([BUSYBOX])
    assert deb.file.stat().st_size == BUSYBOX.size_bytes
    assert len(local.asked) == 3


def test_a_transfer_that_never_ends_well_is_an_error(local: Mirror) -> None:
    """It says how far it came, and no half file is left."""
    local.breaks[BUSYBOX_PATH] = 1000
    with pytest.raises(MirrorUnreachableError, match="broke off"):
        fetch([BUSYBOX])
    assert kept() == []


def test_what_is_there_stays_when_another_package_fails(local: Mirror) -> None:
    """The next fetch goes on where this one was."""
    fetch([BUSYBOX])
    with pytest.raises(PackageMissingError):
        fetch([BUSYBOX, GONE], strict=True)
    assert kept() == [BUSYBOX.file_name]


def test_an_unreachable_mirror_is_an_error(
    make_mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says where nobody answered, and which setting names another mirror."""
    import socket

    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        monkeypatch.setenv(mirror.ENVIRONMENT, address)
        monkeypatch.setenv(cache.ENVIRONMENT, str(tmp_path))
        with pytest.raises(MirrorUnreachableError, match=f"{address}.*refused.*COURSE_DEBIAN"):
            fetch([BUSYBOX])
    assert kept() == []


def test_a_failing_mirror_is_an_error(local: Mirror) -> None:
    """Its status is said."""
    local.status = 503
    with pytest.raises(MirrorUnreachableError, match="503"):
        fetch([BUSYBOX])


@signed
@pytest.mark.parametrize(
    ("name", "kind"),
    [("main/binary-amd64/Packages.xz", PackageDamagedError), ("InRelease", SignatureError)],
)
def test_a_forged_index_is_refused(local: Mirror, name: str, kind: type[Exception]) -> None:
    """What newer versions there are is believed only if Debian signed it."""
    path = f"/debian/dists/bookworm/{name}"
    local.files[path] = local.files[path].replace(b"a", b"b", 1)
    with pytest.raises(kind):
        fetch([GONE])
    assert kept() == []


@signed
def test_what_stands_before_a_signature_is_not_believed(local: Mirror) -> None:
    """A signed text with an unsigned one before it is refused."""
    path = "/debian/dists/bookworm/InRelease"
    local.files[path] = b"SHA256:\n " + b"0" * 64 + b" 1 x\n\n" + local.files[path]
    with pytest.raises(SignatureError):
        fetch([GONE])


def test_without_a_signature_an_open_connection_is_refused(
    local: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where gpgv is absent, only HTTPS vouches for an index."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SignatureError, match="gpgv"):
        fetch([GONE])


def test_an_interrupted_fetch_leaves_no_half_file(local: Mirror) -> None:
    """Ctrl-C ends the threads, too."""
    local.waits = threading.Event()

    def interrupt(progress: Progress) -> None:
        if progress.fraction:
            local.waits.set()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch([BUSYBOX], progress=interrupt)
    assert [path for path in fetching.folder().iterdir() if path.name.startswith(".")] == []
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("debian")]


def test_a_full_disk_is_an_error(local: Mirror, tmp_path: Path) -> None:
    """It says where, how much was needed, and how to use another folder."""
    small = tmp_path / "small"
    small.mkdir()
    program = (
        "from course.live.debian import fetch, pinned\n"
        "from course.live.errors import DiskFullError\n"
        "try: fetch(pinned('busybox'))\n"
        "except DiskFullError as error: print(error)\n"
    )
    mount = f"mount -t tmpfs -o size=200k none {small}"
    unshare = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-ec"]
    if subprocess.run([*unshare, mount], check=False, capture_output=True).returncode:
        pytest.skip("no user namespace, so no small disk")
    done = subprocess.run(
        [*unshare, f'{mount}; "$0" -c "$1"', sys.executable, program],
        env={**os.environ, cache.ENVIRONMENT: str(small)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert f"expected 1 MB in {small}/packages, found the disk full" in done.stdout
    assert cache.ENVIRONMENT in done.stdout


def test_unpacking_makes_a_merged_system(local: Mirror, tmp_path: Path) -> None:
    """Files of /bin are below /usr/bin and found by both names, with their modes, without root."""
    root = tmp_path / "root"
    (deb,) = fetch([BUSYBOX])
    unpack(deb.file, root)
    for name in ("bin", "sbin", "lib", "lib64"):
        assert (root / name).readlink() == Path("usr") / name
    program = root / "usr/bin/busybox"
    assert program.samefile(root / "bin/busybox")
    assert stat.S_IMODE(program.stat().st_mode) == 0o755
    said = subprocess.run([program, "echo", "hello"], check=True, capture_output=True, text=True)
    assert said.stdout == "hello\n"
    unpack(deb.file, root)  # a second time changes nothing


def test_unpacking_takes_what_is_kept(local: Mirror, tmp_path: Path) -> None:
    """Folders on the way are made, nothing else is."""
    (deb,) = fetch([BUSYBOX])
    unpack(deb.file, tmp_path / "root", keep=lambda path: path == "usr/bin/busybox")
    files = [path for path in (tmp_path / "root").rglob("*") if path.is_file()]
    assert [path.relative_to(tmp_path / "root").as_posix() for path in files] == ["usr/bin/busybox"]


def test_reading_gives_what_unpacking_makes(local: Mirror, tmp_path: Path) -> None:
    """Members have the paths, modes and contents of the files that they become."""
    (deb,) = fetch([BUSYBOX])
    unpack(deb.file, tmp_path / "root")
    for member in members(deb.file):
        made = tmp_path / "root" / member.path
        if member.kind == "file":
            assert made.read_bytes() == member.content.read()
            assert stat.S_IMODE(made.stat().st_mode) == member.mode


def test_a_package_s_copyright_notice_is_handed_on(local: Mirror, tmp_path: Path) -> None:
    """The notice is there under the package's name and version; a package without one is named."""
    (deb,) = fetch([BUSYBOX])
    link = package(tmp_path / "link.deb", entry("./usr/share/doc/tool", tarfile.SYMTYPE, "other"))
    linked = Deb(replace(BUSYBOX, name="tool"), link)
    assert licences.write([deb, linked], tmp_path / "licences") == ["tool"]
    (notice,) = (tmp_path / "licences").iterdir()
    assert notice.name == f"busybox-static_{BUSYBOX.version}"
    assert "General Public License" in notice.read_text()


def entry(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    """Return an entry of a package's archive."""
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.mode = kind, target, 0o644
    return made


def package(file: Path, *entries: tarfile.TarInfo) -> Path:
    """Make a package of empty files and links."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for each in entries:
            archive.addfile(each)
    with file.open("wb") as stream:
        stream.write(b"!<arch>\n")
        for name, content in (
            ("debian-binary", b"2.0\n"),
            ("control.tar.gz", data.getvalue()),
            ("data.tar.gz", data.getvalue()),
        ):
            # name, time, owner, group, mode, size, and the header's end
            stream.write(f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode())
            stream.write(content + b"\n" * (len(content) % 2))
    return file


@pytest.mark.parametrize(
    "entries",
    [
        [entry("./../evil")],
        [entry("/etc/evil")],
        [entry("./usr/../../evil")],
        [entry("./out", tarfile.SYMTYPE, ".."), entry("./out/evil")],
        [entry("./out", tarfile.SYMTYPE, "/"), entry("./out/tmp/evil")],
    ],
    ids=["above", "absolute", "above within", "through a link", "through an absolute link"],
)
def test_a_package_cannot_leave_its_folder(entries: list, tmp_path: Path) -> None:
    """Neither by its own paths nor through a link that it made."""
    hostile = package(tmp_path / "hostile.deb", *entries)
    with pytest.raises(UnsafePackageError, match="stay below"):
        unpack(hostile, tmp_path / "root")
    assert not (tmp_path / "evil").exists()


def test_a_file_replaces_a_link_and_is_not_written_through_it(tmp_path: Path) -> None:
    """A link to a file outside cannot be used to write that file."""
    (tmp_path / "precious").write_text("kept")
    hostile = package(
        tmp_path / "hostile.deb",
        entry("./file", tarfile.SYMTYPE, str(tmp_path / "precious")),
        entry("./file"),
    )
    unpack(hostile, tmp_path / "root")
    assert (tmp_path / "precious").read_text() == "kept"


def test_links_and_second_names_are_kept(tmp_path: Path) -> None:
    """A symbolic link stays as it is, a hard link becomes a file."""
    made = package(
        tmp_path / "good.deb",
        entry("./lib/first"),
        entry("./lib/second", tarfile.LNKTYPE, "./lib/first"),
        entry("./lib/third", tarfile.SYMTYPE, "first"),
    )
    unpack(made, tmp_path / "root")
    assert (tmp_path / "root/usr/lib/second").is_file()
    assert (tmp_path / "root/usr/lib/third").readlink() == Path("first")


def test_what_is_no_package_is_an_error(tmp_path: Path) -> None:
    """Neither any file nor a truncated package is taken for one."""
    (tmp_path / "text.deb").write_text("no package")
    whole = package(tmp_path / "whole.deb", *(entry(f"./{number}") for number in range(100)))
    (tmp_path / "half.deb").write_bytes(whole.read_bytes()[:-200])
    for name in ("text.deb", "half.deb"):
        with pytest.raises(PackageDamagedError, match=name):
            unpack(tmp_path / name, tmp_path / "root")


def test_packages_of_two_archives_are_told_apart() -> None:
    """Security fixes are in an archive of their own."""
    fix = Package("tini", "1", "bookworm-security", "amd64", "pool/x.deb", "", 1)
    assert fix.archive == "debian-security"
    assert replace(fix, release="trixie").archive == "debian"
