"""Loop and ground start over robbed bits: an FXS engine at the office's end, an FXO engine at the
station's, both through RobbedBitLine, in virtual time."""

from __future__ import annotations

import pytest

from trunkd.hil.em_lines import SECOND, LinePair
from trunkd.signaling import call as neutral
from trunkd.signaling.analog.fxo import FxoTrunk
from trunkd.signaling.analog.fxo_config import FxoConfig
from trunkd.signaling.analog.fxs import FxsTrunk
from trunkd.signaling.analog.fxs_config import FxsConfig
from trunkd.signaling.call_line import CallFlashed
from trunkd.signaling.cas.robbed import RobbedBitLine
from trunkd.signaling.cas.robbed_codes import CODES
from trunkd.signaling.line_actions import SendBits

CHANNELS = (1, 2)


def pair_of(codes: str = "loop", dialling: str = "dtmf", **office) -> LinePair:
    """a is the office, b the station."""
    start = "ground" if codes == "ground" else "loop"
    rows = CODES[codes]
    feeds = {"start": "ground" if codes == "ground" else "kewl", **office}
    feeds["reversal_on_answer"] = codes == "loop-reversal"
    fxs = FxsTrunk(FxsConfig(CHANNELS, "us", feeds))
    answer = "reversal" if codes == "loop-reversal" else "time"
    settings = {"start": start, "dialling": dialling, "dial_tone": "blind", "answer": answer}
    settings["answer_time"] = 2000
    fxo = FxoTrunk(FxoConfig(CHANNELS, "us", settings))
    a = RobbedBitLine(fxs, CHANNELS, rows, True)
    b = RobbedBitLine(fxo, CHANNELS, rows, False)
    return LinePair(a, b).start()


def bits(pair: LinePair, name: str) -> list[int]:
    return [a.bits for _, n, a in pair.wire if n == name and isinstance(a, SendBits)]


@pytest.mark.parametrize("codes", CODES)
@pytest.mark.parametrize("clears", ["office", "station"])
def test_the_office_rings_and_the_station_answers(codes: str, clears: str) -> None:
    pair = pair_of(codes)
    ours = pair.place(pair.a, "", channel=1, exclusive=True)
    pair.run_for(12 * SECOND)
    (theirs,) = pair.b.live
    assert 0b0000 in bits(pair, "a")
    pair.b.trunk.answer(theirs, pair.now)
    pair.run_for(3 * SECOND)
    assert pair.a.kinds(neutral.CallConnected)[0].call == ours
    assert pair.b.kinds(neutral.CallConnected)[0].call == theirs
    end, call = (pair.a, ours) if clears == "office" else (pair.b, theirs)
    end.trunk.clear(call, 16, pair.now)
    pair.run_for(20 * SECOND)
    assert len(pair.a.released) == len(pair.b.released) == 1
    assert pair.b.bits[1] == CODES[codes].station[0]
    assert not pair.a.live and not pair.b.live


@pytest.mark.parametrize("codes", CODES)
@pytest.mark.parametrize("dialling", ["dtmf", "pulse"])
def test_the_station_calls(codes: str, dialling: str) -> None:
    pair = pair_of(codes, dialling)
    ours = pair.place(pair.b, "5550")
    pair.run_for(30 * SECOND)
    offered = pair.a.kinds(neutral.CallOffered)
    assert len(offered) == 1
    digits = offered[0].request.called.digits
    digits += "".join(e.digits for e in pair.a.kinds(neutral.DigitsReceived))
    assert digits == "5550"
    pair.a.trunk.answer(offered[0].call, pair.now)
    pair.run_for(5 * SECOND)
    connected = pair.b.kinds(neutral.CallConnected)
    assert [e.call for e in connected] == [ours]
    assert connected[0].how == ("reversal" if codes == "loop-reversal" else "time")
    pair.b.trunk.clear(ours, 16, pair.now)
    pair.run_for(20 * SECOND)
    assert not pair.a.live and not pair.b.live


def test_a_caller_who_gives_up_stops_the_ringing() -> None:
    pair = pair_of()
    call = pair.place(pair.a, "", channel=2, exclusive=True)
    pair.run_for(8 * SECOND)
    assert pair.b.kinds(neutral.CallOffered)
    pair.a.trunk.clear(call, 16, pair.now)
    pair.run_for(20 * SECOND)
    assert not pair.b.live
    assert pair.a.bits[2] == CODES["loop"].office[1]


def test_a_flash_of_the_station() -> None:
    pair = pair_of(features="event")
    call = pair.place(pair.a, "", channel=1, exclusive=True)
    pair.run_for(12 * SECOND)
    (theirs,) = pair.b.live
    pair.b.trunk.answer(theirs, pair.now)
    pair.run_for(3 * SECOND)
    pair.b.trunk.engine.flash(theirs, pair.now)
    pair.b.trunk.now = pair.now
    pair.run_for(3 * SECOND)
    assert [e.call for e in pair.a.kinds(CallFlashed)] == [call]
