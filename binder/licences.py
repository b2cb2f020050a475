"""List what the image ships and under which licences, and fail where one cannot be told.

    python binder/licences.py LICENCES.md

Run by the image's own Python as the last step of its build, with nothing but the standard library:
it looks at Debian's database, at the metadata of the Python packages, and at what the virtual
machines were built of.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

OWN = "measured-virtualization"
SHARE = Path(sys.prefix, "share", OWN)

#: Words that a licence's text has and no other's, for files that do not name it.
TELLING = {
    "Apache-2.0": r"Apache License,?\s+Version 2\.0",
    "MPL-2.0": r"Mozilla Public License,?\s+(Version|v\.?) ?2\.0",
    "PSF-2.0": r"PYTHON SOFTWARE FOUNDATION LICENSE|Python Software Foundation License",
    "LGPL": r"GNU (Lesser|Library) General Public License|GNU LESSER GENERAL PUBLIC LICENSE",
    "GPL": r"GNU General Public License|GNU GENERAL PUBLIC LICENSE",
    "BSD-3-Clause": r"Neither the names? of|may not be used to endorse|be used to endorse",
    "BSD-2-Clause": r"Redistributions? in binary form must reproduce",
    "MIT": r"Permission is hereby granted, free\s+of\s+charge",
    "ISC": r"(?i)permission to use, copy, modify,? and(/or)? distribute",
    "HPND": r"(?i)permission to use,\s+copy,\s+modify,\s+distribute,?\s+and\s+sell",
    "TCL": r"hereby grant permission to use, copy, modify, distribute,\s+and license",
    "Info-ZIP": r"(?i)info-zip",
    "public domain": r"(?i)public domain",
}

#: Debian packages whose source has a version of its own, which theirs does not tell.
OTHER_VERSION = re.compile(r"libdevmapper")


@dataclass(frozen=True)
class Part:
    """One thing that the image ships.

    Attributes:
        name: its name.
        version: its version.
        licence: its licence, as short as its makers put it; empty if that cannot be told.
        files: where its licence is written out, in the image.
        source: the address of what it was made from; empty if its makers' registry says that.
    """

    name: str
    version: str
    licence: str
    files: tuple[Path, ...] = ()
    source: str = ""


def told_by(text: str) -> set[str]:
    """Return which licences a text tells of, in words.

    >>> told_by("Permission is hereby granted, free of charge, to any person")
    {'MIT'}
    """
    found = {name for name, words in TELLING.items() if re.search(words, text)}
    if "BSD-3-Clause" in found:
        found.discard("BSD-2-Clause")  # the one is the other, and a clause more
    return found


def snapshot(source: str, version: str) -> str:
    """Return where Debian keeps a source package for good; all its versions if none is given."""
    place = "/".join(quote(part, safe="") for part in (source, version) if part)
    return f"https://snapshot.debian.org/package/{place}/"


def debian(root: Path) -> Iterator[Part]:
    """Yield the Debian packages that are installed.

    Args:
        root: the system's root.
    """
    status = (root / "var/lib/dpkg/status").read_text(encoding="utf-8")
    for paragraph in sorted(status.strip().split("\n\n")):
        fields: dict[str, str] = dict(re.findall(r"^([\w-]+): *(.*)$", paragraph, re.MULTILINE))
        if not fields.get("Status", "").endswith(" installed"):
            continue
        name, version = fields["Package"], fields["Version"]
        # Source: gcc-12 (12.2.0-14)
        source, _, built_from = fields.get("Source", name).partition(" ")
        file = root / "usr/share/doc" / name / "copyright"
        text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
        yield Part(
            name,
            version,
            licence_of_copyright(text),
            (file,) if text else (),
            snapshot(source, built_from.strip("()") or version),
        )


def licence_of_copyright(text: str) -> str:
    r"""Return the licences that a Debian copyright file names.

    >>> licence_of_copyright("Format: 1.0\n\nLicense: GPL-2+\n text\n\nLicense: MIT\n")
    'GPL-2+, MIT'
    >>> licence_of_copyright("see `/usr/share/common-licenses/GPL-3'.")
    'GPL-3'
    """
    named = set()
    if re.search(r"^Format(-Specification)?:", text, re.MULTILINE):
        named = set(re.findall(r"^License:[ \t]*(\S.*?) *$", text, re.MULTILINE))
    # It was written for people, at least as far as licences go.
    named = named or {*re.findall(r"/common-licenses/([\w.-]*\w)", text), *told_by(text)}
    return ", ".join(sorted(named))


def python() -> Iterator[Part]:
    """Yield the Python packages that are installed."""
    for installed in sorted(metadata.distributions(), key=lambda d: d.metadata["Name"].lower()):
        said: Any = installed.metadata
        files = tuple(
            Path(str(installed.locate_file(file)))
            for file in installed.files or ()
            if re.match(r"(?i)(licen[cs]e|copying|notice)", file.name) and ".dist-info" in str(file)
        )
        declared = said.get("License-Expression") or said.get("License") or ""
        classifiers = [
            line.rpartition(" :: ")[2]
            for line in said.get_all("Classifier") or ()
            if line.startswith("License :: ") and not line.endswith("OSI Approved")
        ]
        # Some write all of the text where a name is meant, and some `UNKNOWN`.
        if "\n" in declared or len(declared) > 80 or declared.upper() == "UNKNOWN":
            declared = ", ".join(sorted(told_by(declared)))
        text = "\n".join(file.read_text(encoding="utf-8", errors="replace") for file in files)
        licence = declared or ", ".join(classifiers) or ", ".join(sorted(told_by(text)))
        yield Part(said["Name"], installed.version, licence, files)


def guest(
    manifests: Iterable[dict[str, Any]], pins: dict[str, Any], notices: Path
) -> Iterator[Part]:
    """Yield the Debian packages inside virtual machines and the course's container images.

    Args:
        manifests: the lab VM's, and that of other machines' guests.
        pins: which packages it was to be made of, and where they are in Debian's archive.
        notices: the folder of the packages' copyright files, each named ``PACKAGE_VERSION``.
    """
    found = set()
    for manifest in manifests:
        found |= {(one["name"], one["version"]) for one in manifest["packages"]}
        images = manifest.get("images", ())
        found |= {pair for image in images for pair in image["packages"].items()}
    sources = {package: source_of(pins, *package) for package in found}
    for name, version in sorted(found):
        source = sources[name, version]
        # Some leave their notice to another package of the same source, be it in the VM or not.
        kin = [other for other in sorted(found) if sources[other] == source]
        files = [notices / f"{one}_{its}" for one, its in [(name, version), *kin]]
        files.append(Path("/usr/share/doc", name, "copyright"))
        file = next((file for file in files if file.is_file()), None)
        text = file.read_text(encoding="utf-8", errors="replace") if file else ""
        built_from = re.sub(r"\+b\d+$", "", version)  # compiled once more, from the same source
        yield Part(
            name,
            version,
            licence_of_copyright(text),
            (file,) if file else (),
            snapshot(source, "" if OTHER_VERSION.match(name) else built_from),
        )


def source_of(pins: dict[str, Any], name: str, version: str) -> str:
    """Return the source package of a package.

    >>> path = "pool/main/b/busybox/busybox-static_1.35.0-4_amd64.deb"
    >>> package = {"name": "busybox-static", "version": "1:1.35.0-4", "path": path}
    >>> source_of({"sets": {"guest": [package]}}, "busybox-static", "1:1.35.0-4")
    'busybox'
    """
    named = [one for members in pins["sets"].values() for one in members if one["name"] == name]
    # One that was newer than its pin has no record of its own, and the same source.
    exact = [one for one in named if one["version"] == version]
    source = next((one["path"].split("/")[-2] for one in exact or named), name)
    # Debian's own kernel is signed in a second step, by a package without its code.
    return {"linux-signed-amd64": "linux"}.get(source, source)


def table(parts: Iterable[Part]) -> Iterator[str]:
    """Yield the lines of a table."""
    yield "| package | version | licence | written out in | source |"
    yield "|---|---|---|---|---|"
    for part in parts:
        files = "<br>".join(f"`{file}`" for file in part.files)
        licence = (part.licence or "**cannot be told**").replace("|", "\\|")
        source = f"[source]({part.source})" if part.source else ""
        yield f"| {part.name} | {part.version} | {licence} | {files} | {source} |"


def document(sections: dict[str, tuple[str, Sequence[Part]]]) -> str:
    """Return the text of the file.

    Args:
        sections: for each heading what is said below it, and the parts that it lists.
    """
    lines = ["# Licences of what this image ships", ""]
    for heading, (words, parts) in sections.items():
        lines += [f"## {heading}", "", words, ""]
        if parts:
            lines += [*table(parts), ""]
    return "\n".join(lines)


def own_words(parts: Sequence[Part]) -> str:
    """Return what is to be said of the course itself."""
    own = [part for part in parts if part.name == OWN]
    files = ", ".join(f"`{file}`" for part in own for file in part.files) or "`LICENSE`"
    return f"The code is under the BSD 3-Clause licence, the lessons are under CC BY 4.0: {files}."


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file; return 1 if a licence could not be told."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("output", type=Path, help="the file to write")
    parser.add_argument(
        "--labvm", type=Path, default=SHARE / "labvm", help="the folder of the lab VM's build"
    )
    parser.add_argument(
        "--guests", type=Path, default=SHARE / "guests", help="the folder of the guests' build"
    )
    parser.add_argument("--root", type=Path, default=Path("/"), help="the system's root")
    options = parser.parse_args(arguments)

    import course

    pins = Path(course.__file__ or "").parent / "live/debian/pins.json"
    manifest, others = (
        json.loads((folder / "current/manifest.json").read_text(encoding="utf-8"))
        for folder in (options.labvm, options.guests)
    )
    packages = list(python())
    scripts = sorted(Path(sys.prefix, "share/jupyter").rglob("third-party-licenses.json"))
    sections: dict[str, tuple[str, Sequence[Part]]] = {
        "The course": (own_words(packages), ()),
        "Debian packages": ("QEMU is one of them.", list(debian(options.root))),
        "Python packages": (
            "What they bring of JavaScript is listed in these files: "
            + (", ".join(f"`{file}`" for file in scripts) or "none")
            + ".",
            packages,
        ),
        "Virtual machines and container images": (
            f"Debian packages, unchanged: the kernels {manifest['kernel_version']} and "
            f"{others['kernel_version']}, Docker {manifest['docker_version']} and what they need, "
            "and a whole Debian system. "
            "`/usr/share/common-licenses` holds the licences that most of them are under.",
            list(
                guest((manifest, others), json.loads(pins.read_text()), options.labvm / "licences")
            ),
        ),
    }
    options.output.write_text(document(sections), encoding="utf-8")
    untold = [
        f"{heading}: {part.name} {part.version}"
        for heading, (_, parts) in sections.items()
        for part in parts
        if not part.licence
    ]
    for line in untold:
        print(f"The licence cannot be told of {line}", file=sys.stderr)  # noqa: T201
    return 1 if untold else 0


if __name__ == "__main__":
    sys.exit(main())
