"""Layouts of Keygoe's structures: every size and offset as a C compiler has it, for both words."""

from __future__ import annotations

import pathlib
import subprocess

import pytest

from trunkd.drivers.donjin.keygoe import structs
from trunkd.drivers.donjin.keygoe.library import HEAD, word_of

API = pathlib.Path(__file__).resolve().parent.parent.parent / "native" / "keygoe"


def program() -> str:
    """Prints each structure's size and its fields' offsets."""
    lines = ['#include <stdio.h>\n#include "api.h"\nint main(void)\n{']
    for name, fields in structs.STRUCTS.items():
        lines.append(f'printf("{name} %zu", sizeof({name}));')
        lines += [f'printf(" %zu", offsetof({name}, {field.name}));' for field in fields]
        lines.append('puts("");')
    return "\n".join([*lines, "return 0;\n}\n"])


@pytest.mark.parametrize("word", [4, 8])
def test_layouts_are_the_compilers(word: int, tmp_path: pathlib.Path) -> None:
    source, made = tmp_path / "layout.c", tmp_path / "layout"
    source.write_text(program())
    kind = {4: "int", 8: "long long"}[word]
    flags = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", f"-I{API}", f"-DKEYGOE_WORD={kind}"]
    done = subprocess.run(
        ["gcc", *flags, str(source), "-o", str(made)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    said = subprocess.run([made], capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(said) == len(structs.STRUCTS)
    for line in said:
        name, size, *offsets = line.split()
        layout = structs.layout(name, word)
        assert (layout.size, list(layout.offsets.values())) == (
            int(size),
            [int(offset) for offset in offsets],
        ), name


def test_the_layout_of_the_published_programs() -> None:
    """They print sizeof(Acs_Evt_t) + …: 36 octets where long has 4."""
    assert structs.layout("Acs_Evt_t", 4).size == 36
    assert structs.layout("DeviceID_t", 4).size == 20
    assert structs.layout("Acs_Evt_t", 8).size == 64
    assert structs.layout("Acs_Evt_t", 8).offsets["event"] + 4 == HEAD


@pytest.mark.parametrize("word", [4, 8])
def test_made_and_read_again(word: int) -> None:
    device = structs.make("DeviceID_t", word, main=5, sub=-1, module=3, channel=0x1234)
    octets = structs.make("Acs_Evt_t", word, handle=7, device=device, size=99, event=0x2_0007)
    seen = structs.read(octets, 0, "Acs_Evt_t", word)
    assert (seen["handle"], seen["size"], seen["event"]) == (7, 99, 0x2_0007)
    assert (seen["device"]["sub"], seen["device"]["channel"]) == (-1, 0x1234)
    assert len(octets) == structs.layout("Acs_Evt_t", word).size
    named = structs.make("ServerID_t", word, ip=b"10.0.0.1", port=9000, user=b"u")
    back = structs.read(named, 0, "ServerID_t", word)
    assert (structs.text(back["ip"]), back["port"], structs.text(back["user"])) == (
        "10.0.0.1",
        9000,
        "u",
    )


@pytest.mark.parametrize("call", [0, 1, 0x7FFF])
@pytest.mark.parametrize("word", [4, 8])
def test_an_event_shows_the_word(word: int, call: int) -> None:
    """Whatever the device: the type is where it is with 4 octets, or it is not."""
    inner = structs.make("CallID_t", word, type=call, channel=call)
    device = structs.make("DeviceID_t", word, main=12, module=127, channel=511, call=inner)
    for kind in (0x1_0001, 0x5_0005, 0x9_0001):
        octets = structs.make("Acs_Evt_t", word, handle=1, device=device, size=400, event=kind)
        assert word_of(octets[:32]) == word
