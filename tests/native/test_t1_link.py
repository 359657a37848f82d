"""The data link of ESF received: codewords, messages, and what must not be taken for them."""

from __future__ import annotations

import importlib.util
import pathlib
import random
import sys

import pytest

from trunkd.native.wrap_t1 import FRAME_BITS, T1Transmitter, report

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import t1_rig as rig
from t1_rig import Line

_spec = importlib.util.spec_from_file_location(
    "t1_reference", pathlib.Path(__file__).with_name("t1_reference.py")
)
assert _spec and _spec.loader
ref = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(ref)

COMMANDS = list(range(2, 0x7F, 2))


def carried(link: list[int], before: int = 96) -> str:
    """A line whose data link has these bits, from an aligned start on. (CRC-6 does not count F.)"""
    link = [1, 0] * (before // 2) + link
    bits = list(rig.sent(T1Transmitter(), rig.idle(2 * len(link))))
    bits[:: 2 * FRAME_BITS] = map(str, link)
    return "".join(bits)


@pytest.mark.parametrize("shift", [0, 1, 7, 15])
def test_every_command_is_told_once_at_any_phase(shift: int) -> None:
    flags = ref.FLAG * 24
    link: list[int] = [1] * shift
    for code in COMMANDS:
        link += ref.codeword(code) * 10 + flags
    line = Line()
    line.feed(carried(link))
    assert line.codes() == COMMANDS


def test_six_codewords_are_not_enough_and_seven_of_ten_are() -> None:
    other = [1, 0] * 8
    for good, told in ((6, []), (7, [0x0E])):
        link = ref.codeword(0x0E) * good + other * 20
        line = Line()
        line.feed(carried(link))
        assert line.codes() == told
    link = []
    for n in range(10):
        link += other if n in (2, 5, 6) else ref.codeword(0x38)
    line = Line()
    line.feed(carried(link + other * 20))
    assert line.codes() == [0x38]


def test_one_command_after_another_without_a_gap() -> None:
    link = ref.codeword(0x0E) * 10 + ref.codeword(0x38) * 10 + ref.codeword(0x0E) * 10
    line = Line()
    line.feed(carried(link + ref.FLAG * 8))
    assert line.codes() == [0x0E, 0x38, 0x0E]


def test_a_command_that_goes_on_is_told_once_in_spite_of_errors() -> None:
    rng = random.Random(2)
    link = ref.codeword(0x14) * 400
    link = [int(bit ^ (rng.random() < 1e-2)) for bit in link]
    line = Line()
    line.feed(carried(link))
    assert line.codes() == [0x14]


def test_messages_of_every_kind_of_octets() -> None:
    rng = random.Random(3)
    want = [bytes([0xFF] * 40), bytes(64), b"\x7e\x7e\x7e"]
    want += [rng.randbytes(rng.randint(2, 64)) for _ in range(40)]
    link: list[int] = list(ref.FLAG)
    for octets in want:
        link += ref.message(octets) + ref.FLAG
    line = Line()
    line.feed(carried(link + ref.FLAG))
    assert line.messages == want and line.codes() == []
    assert line.rx.counts()["fdl_messages"] == len(want)


def test_what_the_transmitter_says_the_receiver_hears() -> None:
    """Messages before, between and behind commands; a command that waits for a message's end."""
    tx, line = T1Transmitter(), Line()
    line.feed(rig.sent(tx, rig.noise(240)))
    for n in range(12):
        assert tx.message(bytes([n] * (2 + n)))
        line.feed(rig.sent(tx, rig.noise(37 * n + 1)))
        tx.code(COMMANDS[n], 10)
        line.feed(rig.sent(tx, rig.noise(2400)))
    assert line.messages == [bytes([n] * (2 + n)) for n in range(12)]
    assert line.codes() == COMMANDS[:12]


def test_random_links_tell_no_command() -> None:
    """Ten seconds of noise on the link: codewords come by chance several times a second, but never
    seven of ten."""
    rng = random.Random(6)
    line = Line()
    tx = T1Transmitter()
    line.feed(rig.sent(tx, rig.noise(240)))
    frames = rig.sent(tx, rig.idle(24 * 400))
    for _ in range(8):
        places = [n * FRAME_BITS for n in range(0, 24 * 400, 2) if rng.random() < 0.5]
        line.feed(rig.flipped(frames, places), block=160 * FRAME_BITS)
    assert line.codes() == [] and line.rx.alarms() == 0


# ---- performance reports (T1.403 9.4.2) ----------------------------------------------------------

FIRST = ["G3", "LV", "G4", "U1", "U2", "G5", "SL", "G6"]
SECOND = ["FE", "SE", "LB", "G1", "R", "G2", "Nm", "NI"]
"""Bits 8 to 1 of the two octets of a second."""


def names(octets: bytes) -> set[str]:
    """The bits that are 1, but for the number."""
    ones = [
        name
        for octet, row in zip(octets, (FIRST, SECOND), strict=True)
        for i, name in enumerate(row)
        if octet >> (7 - i) & 1
    ]
    return set(ones) - {"Nm", "NI"}


@pytest.mark.parametrize(
    ("errors", "bit"),
    [
        (0, None),
        (1, "G1"),
        (2, "G2"),
        (5, "G2"),
        (6, "G3"),
        (10, "G3"),
        (11, "G4"),
        (100, "G4"),
        (101, "G5"),
        (319, "G5"),
        (320, "G6"),
        (333, "G6"),
    ],
)
def test_ranges_of_crc_6_errors(errors: int, bit: str | None) -> None:
    assert names(report([(errors, 0)])[3:5]) == ({bit} if bit else set())


@pytest.mark.parametrize(
    ("flags", "bits"),
    [(1, {"SE"}), (2, {"FE"}), (3, {"SE"}), (4, {"SL"}), (8, {"LB"}), (15, {"SE", "SL", "LB"})],
)
def test_events_of_a_second(flags: int, bits: set[str]) -> None:
    """FE is 0 in a second with SE."""
    assert names(report([(0, flags)])[3:5]) == bits


def test_a_report_is_of_four_seconds_and_numbered() -> None:
    """SAPI 14, C/R 0 from the customer and 1 from the network, TEI 0, UI; the newest second first,
    numbered modulo 4."""
    seconds = [(n, 0) for n in (1, 2, 6, 11, 101, 320)]
    got = report(seconds)
    assert got[:3] == b"\x38\x01\x03" and report(seconds, network=True)[:3] == b"\x3a\x01\x03"
    assert [names(got[at : at + 2]) for at in (3, 5, 7, 9)] == [{"G6"}, {"G5"}, {"G4"}, {"G3"}]
    assert [got[at] & 3 for at in (4, 6, 8, 10)] == [1, 0, 3, 2]
    assert [report(seconds[:n])[4] & 3 for n in range(1, 6)] == [0, 1, 2, 3, 0]
