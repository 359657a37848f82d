"""A maker's library: found, opened by cffi in ABI mode, checked, and called.

Used in the child process alone (sdk_host.py): one that crashes takes nothing else along.
"""

from __future__ import annotations

import mmap
import os
import platform
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import cffi

from ..errors import DriverError
from .sdk_protocol import MARK


class Unusable(DriverError):
    """The library cannot be used. ``again``: another try may help."""

    def __init__(self, text: str, again: bool = False) -> None:
        super().__init__(text)
        self.again: Final = again


class Function(NamedTuple):
    """A row: result, name, arguments as C writes them, and what it is needed for.

    ``need``: the driver cannot do without. One that is missing makes the library a wrong version;
    the others' absence takes their feature away.
    """

    result: str
    name: str
    arguments: str
    need: bool
    purpose: str


def row(text: str, purpose: str, need: bool = False) -> Function:
    """A row from its C declaration."""
    head, _, arguments = text.partition("(")
    result, _, name = head.rpartition(" ")
    if name.startswith("*"):
        result, name = result + " *", name[1:]
    return Function(result, name, arguments.rstrip(")"), need, purpose)


def declarations(functions: Sequence[Function], types: str = "") -> str:
    """All of them in C. ``types``: typedefs before them."""
    rows = "\n".join(f"{f.result} {f.name}({f.arguments});" for f in functions)
    return f"{types}\n{rows}\n"


class Maker(NamedTuple):
    """Where a maker's library is, and what to say when it is not there."""

    name: str
    """The file's name; "": none is known, a path must be given."""
    places: tuple[str, ...]
    """Where it is looked for after the loader's own places (LD_LIBRARY_PATH, ld.so.conf)."""
    install: str
    """What the user does where there is none."""
    package: str = "the maker's driver package of this board"


class SdkLibrary:
    """Open libraries. ``paths``: the files, in the order in which functions are looked for; "": the
    maker's own name. ``mark``: memory in which the call under way is named."""

    def __init__(
        self,
        paths: Sequence[str],
        maker: Maker,
        functions: Sequence[Function],
        types: str,
        mark: mmap.mmap,
    ) -> None:
        self._mark: Final = mark
        self._maker: Final = maker
        self._functions: Final = functions
        self.paths: Final = [self._open(path) for path in paths]
        self._ffi, self._calls = self._declare(types)
        self.missing: Final = [f.name for f in functions if f.name not in self._calls]
        needed = [f for f in functions if f.need and f.name in self.missing]
        if needed:
            first = needed[0]
            more = f" and {len(needed) - 1} more" if len(needed) > 1 else ""
            raise Unusable(
                f"{self.path} has no function {first.name}{more} (for {first.purpose}): it is "
                f"another library or too old a version: install {maker.package}, "
                "or name the right file in library"
            )

    @property
    def path(self) -> str:
        return " and ".join(self.paths)

    def _open(self, path: str) -> str:
        ffi = cffi.FFI()
        name = self._maker.name
        tried = [path] if path else [name, *(f"{place}/{name}" for place in self._maker.places)]
        why = ""
        self._note("dlopen")
        for name in filter(None, tried):
            if "/" in name and not os.path.exists(name):
                continue
            try:
                ffi.dlopen(name, os.RTLD_NOW | os.RTLD_GLOBAL)
                self._note("")
                return name
            except OSError as exc:
                if "cannot open shared object" not in str(exc) or "/" in name:
                    text = str(exc).partition(".  Additionally")[0]
                    why = text.rpartition(": ")[2] or text
                    break
        self._note("")
        raise Unusable(self._why_not(path, why))

    def _why_not(self, path: str, why: str) -> str:
        maker = self._maker
        if not why:
            where = path or f"{maker.name} in {', '.join(('the loader', *maker.places))}"
            return f"there is no {where}: {maker.install}"
        if "wrong ELF class" in why:
            bits = platform.architecture()[0]
            return f"{why}: this is a {bits} system: install the maker's {bits} library"
        return f"{path or maker.name} cannot be loaded: {why}: install what it needs, see `ldd`"

    def _declare(self, types: str) -> tuple[Any, dict[str, Any]]:
        ffi = cffi.FFI()
        ffi.cdef(declarations(self._functions, types))
        libs = [ffi.dlopen(path, os.RTLD_NOW | os.RTLD_GLOBAL) for path in self.paths]
        calls: dict[str, Any] = {}
        for function in self._functions:
            for lib in libs:
                try:
                    calls[function.name] = getattr(lib, function.name)
                    break
                except AttributeError:
                    continue
        self._kept = libs
        return ffi, calls

    # Calling

    def has(self, name: str) -> bool:
        return name in self._calls

    def _note(self, text: str) -> None:
        self._mark[:MARK] = text.encode()[: MARK - 1].ljust(MARK, b"\0")

    def call(self, name: str, *values: Any) -> Any:
        """What the function gives; DriverError when the library has no such function."""
        call = self._calls.get(name)
        if call is None:
            purpose = next(f.purpose for f in self._functions if f.name == name)
            raise DriverError(f"{self.path} has no {name}: no {purpose} on this board")
        self._note(f"{name}({values[0]})" if values and isinstance(values[0], int) else name)
        result = call(*values)
        self._note("")
        return result

    def raw(self, name: str, *values: Any) -> int:
        """As ``call``, as a number; 0 for a function without a result."""
        result = self.call(name, *values)
        return int(result) if result is not None else 0

    def text(self, name: str, *values: Any, size: int = 1024) -> str:
        """A text that the function writes."""
        buffer = self._ffi.new("char[]", size)
        self.raw(name, *values, buffer)
        return bytes(self._ffi.string(buffer, size - 1)).decode("utf-8", "replace")

    def memory(self, octets: bytes) -> Any:
        """Octets where the library can reach them, as long as the result is kept."""
        return self._ffi.new("unsigned char[]", octets)
