"""Trunks on T1: E&M, FXS and FXO on robbed bits, PRI NI-2; E&M and FXS on the bits of an E1."""

from __future__ import annotations

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from line_rig import LineBench, spans_config

from trunkd.board.model import Law
from trunkd.daemon import events as ev
from trunkd.daemon.config_check import loads
from trunkd.daemon.events import TraceFrame
from trunkd.daemon.trace import Trace
from trunkd.errors import LocalError

T1 = 'kind = "t1"\ncas = true'
D4 = 'kind = "t1"\nframing = "d4"\nline_code = "ami"\ncas = true'
E1 = "cas = true"


@pytest.mark.parametrize("span", [T1, D4])
@pytest.mark.parametrize("variant", ["wink", "immediate", "delay", "wink-mf", "fgd"])
def test_em_on_a_t1(span: str, variant: str) -> None:
    settings = f'variant = "{variant}"\n' + ("digits = 7" if variant != "fgd" else "")
    bench = LineBench(spans_config("em", settings, settings, board=span))
    near = bench.trunk("near")
    assert near.law is Law.MU and near.channels == tuple(range(1, 25))
    for first in ("near", "far"):
        call = bench.place("near", "5551000", calling="2125551234")
        bench.until(lambda call=call: call.state == "connected", 30)
        (met,) = bench.trunk("far").calls.values()
        assert met.called == "5551000" and met.channel == call.channel
        if variant == "fgd":
            assert met.calling == "2125551234"
        bench.clear(call if first == "near" else met)
        bench.until(bench.idle, 30)
    assert bench.node.problems == 0
    bench.close()


@pytest.mark.parametrize("bits", ["", 'bits = "e1"', 'bits = "0101/1101"'])
def test_em_on_the_bits_of_an_e1(bits: str) -> None:
    settings = f'{bits}\ndigits = 7\nchannels = "1-15,17-31"'
    bench = LineBench(spans_config("em", settings, settings, board=E1))
    assert bench.trunk("near").law is Law.A
    call = bench.place("near")
    bench.until(lambda: call.state == "connected", 30)
    bench.clear(call)
    bench.until(bench.idle, 30)
    bench.close()


CODES = (
    'bits = {mask = "1100", office = {normal = "0101", ringing = "1010", open = "1111"}, '
    'station = {"loop open" = "0101", "loop closed" = "1111"}}'
)


@pytest.mark.parametrize(
    ("start", "board", "codes"),
    [
        ("loop", T1, ""),
        ("loop", D4, ""),
        ("ground", T1, ""),
        ("loop", T1, 'bits = "loop-reversal"'),
        ("loop", E1, CODES),
    ],
)
def test_telephones_and_exchange_lines_on_bits(start: str, board: str, codes: str) -> None:
    """FXS at the near end, FXO at the far one: calls both ways, caller ID included."""
    settings = f'start = "{start}"\nchannels = "1-4"\n{codes}\n'
    fxs = settings + 'max_digits = 7\nnumbers = {1 = "8001"}'
    fxo = settings + 'answer = ["tone"]'
    bench = LineBench(spans_config("fxs", fxs, fxo, "fxo", board))
    bench.until(bench.idle, 10)
    far = bench.trunk("far")
    assert "not_on_bits" not in far.counters(), "nothing was wanted that bits cannot carry"
    with pytest.raises(LocalError, match="far/1 is digital: it has no impedance"):
        far.train(1, far.now())
    rung = bench.place("near", "8001", calling="13901234567")
    bench.until(lambda: rung.state == "connected", 30)
    (met,) = bench.trunk("far").calls.values()
    assert met.calling == "13901234567"
    bench.clear(met)
    bench.until(bench.idle, 60)
    dialled = bench.place("far", "5551000")
    bench.until(lambda: bool(bench.trunk("near").calls), 20)
    (met,) = bench.trunk("near").calls.values()
    bench.until(lambda: met.called == "5551000", 20)
    bench.until(lambda: met.state == "connected", 20)
    bench.clear(dialled)
    bench.until(bench.idle, 120)
    assert bench.node.problems == 0
    bench.close()


def test_codes_of_your_own_and_their_words() -> None:
    own = """
        start = "loop"
        channels = "1"
        [trunk.{kind}.bits]
        mask = "1100"
        office = {{ normal = "0101", ringing = "0000", open = "1111" }}
        station = {{ "loop open" = "0101", "loop closed" = "1111" }}
    """
    bench = LineBench(
        spans_config("fxs", own.format(kind="fxs"), own.format(kind="fxo"), "fxo", T1)
    )
    frames: list[TraceFrame] = []
    Trace(bench.node, frames.append).switch(True)
    call = bench.place("near", "")
    bench.until(lambda: call.state == "connected", 30)
    told = [(f.trunk, f.sent, f.text) for f in frames if f.text.startswith("bits")]
    assert told[0] == ("near", True, "bits 0000, ringing")
    assert ("far", True, "bits 1111, loop closed") in told
    assert ("near", False, "bits 1111, loop closed") in told
    bench.close()


@pytest.mark.parametrize("variant", ["ni2", "5ess", "dms100"])
def test_pri_on_a_t1(variant: str) -> None:
    text = spans_config(
        "pri",
        f'side = "user"\nvariant = "{variant}"',
        f'side = "network"\nvariant = "{variant}"',
        board='kind = "t1"',
    )
    bench = LineBench(text)
    near = bench.node.trunks["near"]
    assert near.d_channel == 24 and near.channels == tuple(range(1, 24)) and near.law is Law.MU
    bench.until(lambda: near.up and bench.node.trunks["far"].up)
    call = bench.place("near", "5551000")
    bench.until(lambda: call.state == "connected")
    bench.clear(call)
    bench.until(bench.idle)
    assert bench.node.problems == 0
    bench.close()


def test_a_t1_that_is_cut_ends_em_calls_and_comes_back() -> None:
    settings = "digits = 7"
    bench = LineBench(spans_config("em", settings, settings, board=T1))
    call = bench.place("near")
    bench.until(lambda: call.state == "connected")
    cable = bench.node.boards["b0"].board.cable(1)  # type: ignore[attr-defined]
    cable.cut()
    bench.until(lambda: call.state == "null", 90)
    assert bench.of(ev.AlarmChanged, alarm="LOS", active=True)
    cable.mend()
    bench.until(lambda: bench.trunk("near").up and bench.trunk("far").up, 60)
    bench.until(bench.idle, 60)
    again = bench.place("near")
    bench.until(lambda: again.state == "connected")
    bench.close()


def test_the_law_of_a_t1_can_be_told() -> None:
    text = spans_config("em", "", "", board=T1).replace(
        'signalling = "em"', 'signalling = "em"\nlaw = "alaw"'
    )
    assert {trunk.law for trunk in loads(text).trunk} == {"alaw"}
    assert LineBench(text).trunk("near").law is Law.A
