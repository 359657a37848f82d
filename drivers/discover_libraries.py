"""Makers' libraries in a machine."""

from __future__ import annotations

import importlib
import struct
import sys
from collections.abc import Iterator
from typing import Final, NamedTuple
from urllib.parse import urlencode

from ..board.found import Found, Missing
from .discover_machine import Machine, configured
from .sdk_library import Maker


class Source(NamedTuple):
    """A driver over a maker's library. ``module`` has its ``MAKER`` (sdk_library.py)."""

    scheme: str
    module: str
    what: str
    beside: str
    """A file that must stand beside it; "" for none."""
    option: str
    """Names the library in the address."""


SOURCES: Final = (
    Source("synway", "synway.library", "Synway's SHP_A3 library", "ShConfig.ini", "library"),
    Source("donjin", "donjin.library", "DonJin's board library", "", "library"),
    Source("keygoe", "donjin.keygoe.library", "DonJin's Keygoe client library", "", "library"),
)
_ELF_MACHINES: Final = {3: "i386", 8: "MIPS", 40: "ARM", 62: "x86-64", 183: "ARM64"}


def find(machine: Machine) -> list[Found]:
    """Makers' libraries: where the configuration names them, in the loader's folders (ld.so.conf),
    and in the makers' own places."""
    found: list[Found] = []
    for source, maker in makers():
        found += _libraries(machine, source, maker)
    return found


def missing(scheme: str) -> tuple[Missing, ...]:
    """What is missing where no library of a driver was found; nothing when it wants none."""
    return tuple(
        Missing("it was not found", maker.install)
        for source, maker in makers()
        if source.scheme == scheme
    )


def makers() -> list[tuple[Source, Maker]]:
    """What each driver that can be loaded says of its library."""
    every = [(source, _maker(source)) for source in SOURCES]
    return [(source, maker) for source, maker in every if maker is not None]


def _maker(source: Source) -> Maker | None:
    """None when the driver cannot be loaded: its own row has the cause."""
    try:
        found: Maker = importlib.import_module(f".{source.module}", __package__).MAKER
    except (ImportError, AttributeError):
        return None
    return found


def _libraries(machine: Machine, source: Source, maker: Maker) -> Iterator[Found]:
    folders = dict.fromkeys((*loader_folders(machine), *maker.places))
    there = [f"{folder}/{maker.name}" for folder in folders] if maker.name else []
    asked = [
        options[source.option]
        for _, options in configured(machine, source.scheme)
        if options.get(source.option)
    ]
    seen = set()
    for path in dict.fromkeys((*asked, *there)):
        real = machine.path(path).resolve()
        if path in asked or (machine.exists(path) and real not in seen):
            seen.add(real)
            yield _library(machine, source, path)


def _library(machine: Machine, source: Source, path: str) -> Found:
    lacks = list(_unusable(machine, path))
    folder = path.rpartition("/")[0]
    if source.beside and not lacks and not machine.exists(f"{folder}/{source.beside}"):
        what = f"there is no {source.beside} beside it"
        remedy = "write it with the maker's configuration tool, or give its path as shconfig"
        lacks.append(Missing(what, remedy))
    option = urlencode({source.option: str(machine.path(path))}, safe="/")
    return Found(
        kind="library",
        what=source.what,
        where=path,
        driver=source.scheme,
        address="" if lacks else f"{source.scheme}://?{option}",
        missing=tuple(lacks),
    )


def _unusable(machine: Machine, path: str) -> Iterator[Missing]:
    """Why the loader would not take a file."""
    try:
        with machine.path(path).open("rb") as file:
            head = file.read(20)
    except FileNotFoundError:
        yield Missing(f"there is no {path}", "install the maker's package, or correct the path")
        return
    except OSError as exc:
        yield Missing(f"{path} cannot be read: {exc.strerror}", f"`chmod a+r {path}`")
        return
    if head[:4] != b"\x7fELF" or len(head) < 20:
        yield Missing("it is no shared library", "install the maker's driver package for Linux")
        return
    bits = 64 if head[4] == 2 else 32
    ours = 64 if sys.maxsize > 1 << 32 else 32
    (kind,) = struct.unpack_from("<H" if head[5] == 1 else ">H", head, 18)
    with open("/proc/self/exe", "rb") as file:
        (own,) = struct.unpack_from("=H", file.read(20), 18)
    if bits != ours or kind != own:
        name = _ELF_MACHINES.get(kind, f"machine {kind}")
        want = _ELF_MACHINES.get(own, f"machine {own}")
        what = f"it is a {bits}-bit library for {name}"
        yield Missing(what, f"install the maker's {ours}-bit package for {want}")


def loader_folders(machine: Machine) -> list[str]:
    """The loader's folders: ld.so.conf with what it includes, then the usual ones."""
    found = list(_conf_lines(machine, "/etc/ld.so.conf", 0))
    return [*found, "/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib"]


_DEEPEST: Final = 8
"""Files that include one another end here."""


def _conf_lines(machine: Machine, name: str, depth: int) -> Iterator[str]:
    for line in machine.read(name).splitlines():
        words = line.partition("#")[0].split()
        if words[:1] == ["include"] and depth < _DEEPEST:
            folder = name.rpartition("/")[0]
            for pattern in words[1:]:
                whole = pattern if pattern.startswith("/") else f"{folder}/{pattern}"
                for path in sorted(machine.root.glob(whole.lstrip("/"))):
                    inner = "/" + str(path.relative_to(machine.root))
                    yield from _conf_lines(machine, inner, depth + 1)
        elif words and words[0].startswith("/"):
            yield words[0]
