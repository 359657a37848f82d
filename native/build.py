"""Compile native/src against the public headers, by cffi in API mode with the limited API.

The headers are the contract: what Python may call is read from them, so the two cannot drift
apart. ``trunkd_native.h`` is the wire; each ``td_SUBJECT.h`` beside it is a subject of the media
engine and includes it.
TRUNKD_SANITIZE=1 builds with ASan and UBSan (tests/native runs the suite on such a build).
"""

from __future__ import annotations

import os
import pathlib
import re

from cffi import FFI

HERE = pathlib.Path(__file__).resolve().parent
INCLUDE = HERE / "include"
FIRST = [INCLUDE / "trunkd_native.h", INCLUDE / "td_tones.h"]
"""Whose types the others use."""
HEADERS = [*FIRST, *sorted(set(INCLUDE.glob("td_*.h")) - set(FIRST))]


def declarations(header: str) -> str:
    """The C declarations of the public header, as cffi reads them (no preprocessor lines).

    ``#define TD_NAME 123`` with a plain integer stays; everything else that begins with ``#``
    goes, and so do static assertions and ``extern "C"``.
    """
    header = re.sub(r"/\*.*?\*/", " ", header, flags=re.S)
    header = re.sub(r"#ifdef __cplusplus.*?#endif", "", header, flags=re.S)
    header = re.sub(r"_Static_assert\(.*?\);", "", header, flags=re.S)
    kept = []
    for line in header.splitlines():
        if line.lstrip().startswith("#"):
            constant = re.match(r"#define\s+(TD_\w+)\s+\(?-?(0x)?[0-9a-fA-F]+\)?\s*$", line)
            if constant:
                kept.append(f"#define {constant[1]} ...")
        else:
            kept.append(line)
    return "\n".join(kept)


def flags() -> tuple[list[str], list[str]]:
    """Compiler and linker flags. No -march=native: one wheel serves every machine of its kind."""
    compile_args = [
        "-std=c11",
        "-O3",
        "-Wall",
        "-Wextra",
        "-Werror=implicit",
        "-fvisibility=hidden",
    ]
    link_args = ["-pthread", "-lm"]
    if os.environ.get("TRUNKD_SANITIZE") == "1":
        sanitize = ["-fsanitize=address,undefined", "-fno-omit-frame-pointer", "-g"]
        compile_args += [*sanitize, "-fno-sanitize-recover=undefined"]
        link_args += sanitize
    return compile_args, link_args


ffibuilder = FFI()
ffibuilder.cdef("\n".join(declarations(header.read_text()) for header in HEADERS))
_compile, _link = flags()
ffibuilder.set_source(
    "trunkd.native._native",
    "\n".join(f'#include "{header.name}"' for header in HEADERS),
    sources=sorted(str(p.relative_to(HERE.parent)) for p in (HERE / "src").glob("*.c")),
    depends=sorted(str(p.relative_to(HERE.parent)) for p in HERE.rglob("*.h")),
    include_dirs=["native/include", "native/src"],
    extra_compile_args=_compile,
    extra_link_args=_link,
    py_limited_api=True,
)

if __name__ == "__main__":
    ffibuilder.compile(verbose=True)
