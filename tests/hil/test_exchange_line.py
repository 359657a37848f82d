"""Exchange lines on the simulated board, end to end: an exchange at an FXS port, our engine at an
FXO port, real ringing, loop current and sound between them."""

from __future__ import annotations

import numpy as np
import pytest

from trunkd.board import play
from trunkd.board.model import Law
from trunkd.board.progress_tones import COUNTRIES
from trunkd.errors import LocalError
from trunkd.hil.exchange_bench import TRUNKS, ExchangeBench
from trunkd.hil.exchange_line import PBX_TONES, ExchangeLine, ExchangeTones
from trunkd.native import wrap
from trunkd.signaling.analog.callerid_send import STANDARDS, Caller
from trunkd.signaling.analog.tone_rows import ToneRow
from trunkd.signaling.call import (
    CallAlerting,
    CallConnected,
    CallDisconnected,
    CallOffered,
    CallReleased,
    DigitsReceived,
)
from trunkd.signaling.call_line import CallerIdentified, CallMetered, LineReported

SECOND = 10**9


def bench(country: str = "cn", settings: dict[str, object] | None = None, **keys) -> ExchangeBench:
    """``keys``: of ExchangeLine; ``rows``, ``tap`` and what LineConfig has are the bench's."""
    of_bench = {n: keys.pop(n) for n in ("rows", "tap", "noise_dbm0", "loop_ohms") if n in keys}
    own = keys.pop("own", {})
    tones = ExchangeTones(country, **own)
    return ExchangeBench(
        lambda n: ExchangeLine(n, tones, **keys), country, settings=settings, **of_bench
    )


def talking(line: ExchangeBench) -> int:
    """An incoming call, answered."""
    line.exchanges[1].ring(line.now)
    line.run(7)
    call = line.events(CallOffered)[-1].call
    line.trunk.answer(call, line.now)
    line.run(2)
    return int(call)


def reports(line: ExchangeBench) -> list[str]:
    return [event.what for event in line.events(LineReported)]


# Disconnect supervision


@pytest.mark.parametrize("country", sorted(COUNTRIES))
def test_tones_of_every_country(country: str):
    """Out by DTMF, ringback, answer by reversal; in, the far end hangs up with nothing but the busy
    tone: noticed within the stated time."""
    line = bench(country, reverses=True, noise_dbm0=-60.0)
    line.place("12345")
    line.run(22)
    assert line.events(CallAlerting), line.told
    assert [e.how for e in line.events(CallConnected)] == ["reversal"]
    line.exchanges[1].reverses = False
    for name in ("busy", "congestion", "dial", "special-information"):
        stated = line.trunk.lines[1].tones.stated()[name]
        began = line.now
        line.exchanges[1].sound(name)
        line.run(stated / SECOND + 0.3)
        (end,) = line.events(CallDisconnected)
        assert end.how.endswith(" tone"), (name, end.how)
        when = next(at for at, event in line.told if isinstance(event, CallDisconnected))
        assert when - began <= stated, name
        line.run(2)
        assert line.is_idle()
        line.told.clear()
        talking(line)
        line.told.clear()
    line.close()


@pytest.mark.parametrize("name", PBX_TONES)
def test_busy_tones_of_private_exchanges_are_learned(name: str):
    """A tone no table has: not noticed, then learned on the line, then noticed in time."""
    line = bench(own={"busy": PBX_TONES[name]}, settings={"limit": 60_000})
    talking(line)
    line.trunk.learn(1, True, line.now)
    line.settle(line.now)
    line.exchanges[1].hang_up(line.now)
    line.run(20)
    assert not line.events(CallDisconnected)
    (learned,) = [e.text for e in line.events(LineReported) if e.what == "learned tone"]
    line.close()

    row = ToneRow.from_text("pbx", learned)
    line = bench(own={"busy": PBX_TONES[name]}, rows=(row,))
    talking(line)
    stated = line.trunk.lines[1].tones.stated()["pbx"]
    began = line.now
    line.exchanges[1].hang_up(line.now)
    line.run(stated / SECOND)
    assert [e.how for e in line.events(CallDisconnected)] == ["learned tone"], learned
    line.run(2)
    assert line.is_idle() and line.now - began < 12 * SECOND
    line.close()


@pytest.mark.parametrize("goodbye", ["drop", "reversal"])
def test_hang_up_told_by_the_battery(goodbye: str):
    line = bench(goodbye=goodbye)
    call = talking(line)
    line.exchanges[1].hang_up(line.now)
    line.run(0.4)
    how = {"drop": "battery drop", "reversal": "reversal"}[goodbye]
    assert [(e.call, e.how) for e in line.events(CallDisconnected)] == [(call, how)]
    line.run(3)
    assert line.is_idle()
    line.close()


def test_hang_up_told_by_nothing():
    line = bench(goodbye="nothing", settings={"silence": 30_000})
    talking(line)
    line.exchanges[1].hang_up(line.now)
    line.run(31)
    assert [e.how for e in line.events(CallDisconnected)] == ["silence"]
    line.run(2)
    assert line.is_idle()
    line.close()


# Setting up


@pytest.mark.parametrize(
    ("outcome", "cause"), [("busy", 17), ("congestion", 34), ("special-information", 1)]
)
@pytest.mark.parametrize("country", ["cn", "us", "gb", "de", "jp", "au"])
def test_calls_that_fail(country: str, outcome: str, cause: int):
    line = bench(country, outcomes={"12345": outcome})
    line.place("12345")
    line.run(18)
    known = {cause, 17} if country == "jp" else {cause}  # Japan's two tones are one
    assert {e.cause for e in line.events(CallReleased)} <= known and line.is_idle()
    assert line.events(CallReleased)
    line.close()


@pytest.mark.parametrize("country", ["cn", "us", "gb", "in", "sg", "es"])
def test_answer_by_tone_analysis(country: str):
    line = bench(country, settings={"answer": "tone"}, rings_for=9.0)
    line.place("12345")
    line.run(25)
    (connected,) = line.events(CallConnected)
    assert connected.how == "tone"
    answers = next(at for at, what in line.exchanges[1].log if what == "answers")
    when = next(at for at, event in line.told if isinstance(event, CallConnected))
    assert answers < when < answers + 7 * SECOND
    line.close()


def test_pulse_dialling_and_hookflash():
    for rate, percent in ((8, 75), (10, 61.5), (12, 50)):
        line = bench(
            settings={"dialling": "pulse", "pulse_rate": rate, "pulse_break": percent},
            reverses=True,
            digits=10,
        )
        line.place("1234567890")
        line.run(30)
        assert line.exchanges[1].dialled == "1234567890"
        call = line.events(CallConnected)[0].call
        line.trunk.flash(call, line.now)
        line.run(2)
        assert "flash" in [what for _, what in line.exchanges[1].log]
        assert not line.events(CallDisconnected)
        line.close()


def test_metering_pulses():
    line = bench(reverses=True)
    line.place("12345")
    line.run(15)
    for _ in range(3):
        line.exchanges[1].meter()
        line.run(2)
    assert sum(e.pulses for e in line.events(CallMetered)) == 3
    line.close()


def _speech(seconds: float) -> play.Octets:
    """Noise in syllables, as loud as a talker."""
    rng = np.random.default_rng(5)
    n = round(seconds * 8000)
    syllables = 0.5 + 0.5 * np.sin(2 * np.pi * 4 * np.arange(n) / 8000)
    samples = (rng.normal(0, 3000, n) * syllables).astype(np.int16)
    return play.Octets(wrap.alaw_encode(samples.tobytes()), Law.A)


@pytest.mark.parametrize("glare", ["incoming", "refuse"])
@pytest.mark.parametrize("offset", [0, 10, 40, 70, 85, 120, 400])
def test_glare(glare: str, offset: int):
    """Ringing begins as the line is seized, or shortly before: whether the ring was seen or our
    loop tripped it before, the call of ours fails with cause 44 (or finds no line free), and the
    caller who then says hello is offered, or the line hung up."""
    line = bench(settings={"glare": glare, "cid_wait": 0})
    line.exchanges[1].ring(line.now)
    line.run(offset / 1000)
    call = line.place("12345")
    line.run(0.5)
    if line.exchanges[1].off_hook:
        line.board.span(1).timeslots[1].play_list([_speech(3.0)], tag=1)
    line.run(4)
    released = next(e for e in line.events(CallReleased) if e.call == call)
    assert released.cause == 44
    if line.trunk.core.counts.get("fxo_glare") and glare == "refuse":
        assert not line.events(CallOffered)
    else:
        offered = line.events(CallOffered)[-1]
        line.trunk.answer(offered.call, line.now)
        line.run(2)
        assert line.events(CallConnected) and line.exchanges[1].off_hook
        line.trunk.clear(offered.call, 16, line.now)
    line.run(3)
    line.exchanges[1].stop_ringing(line.now)
    line.run(10)
    assert line.is_idle(), line.trunk.channel_text(1)
    line.close()


def test_ground_start():
    line = bench("us", settings={"start": "ground"}, ground=True)
    line.place("12345")
    line.run(15)
    assert "ground" in [what for _, what in line.exchanges[1].log]
    assert line.events(CallAlerting)
    line.trunk.clear(next(iter(line.trunk.core.calls)), 16, line.now)
    line.run(3)
    assert line.is_idle()
    line.close()


# Caller ID


@pytest.mark.parametrize("standard", STANDARDS)
def test_caller_id_of_every_standard(standard: str):
    row = STANDARDS[standard]
    line = bench("gb" if standard == "bt" else "cn", noise_dbm0=-55.0)
    name = "王小明" if row.how == "fsk" and not row.single else ""
    caller = Caller("13912345678", 0, name.encode("gb2312"), (11, 22, 8, 30))
    line.exchanges[1].ring(line.now, caller, standard)
    line.run(12)
    (offered,) = line.events(CallOffered)
    assert offered.request.calling is not None, standard
    assert offered.request.calling.digits == "13912345678"
    (told,) = line.events(CallerIdentified)
    assert told.name == name
    if row.how == "dtmf":
        assert told.standard == "dtmf"
    else:
        modem = "bell202" if row.bell202 else "v23"
        assert told.standard == f"{modem}-{'sdmf' if row.single else 'mdmf'}"
        assert told.time == (11, 22, 8, 30)
    line.exchanges[1].stop_ringing(line.now)
    line.run(10)
    assert line.is_idle()
    line.close()


def test_caller_id_of_a_waiting_call():
    line = bench()
    talking(line)
    line.exchanges[1].call_waiting(line.now, Caller("10086", name=b"Office"))
    line.run(2)
    assert "acknowledged D" in [what for _, what in line.exchanges[1].log]
    told = line.events(CallerIdentified)[-1]
    assert (told.calling.digits, told.name) == ("10086", "Office")
    line.close()


# The line itself


def _ringing(line: ExchangeBench) -> None:
    line.exchanges[1].ring(line.now)
    line.run(0.2)


def _caller_id(line: ExchangeBench) -> None:
    line.exchanges[1].ring(line.now, Caller("13912345678"), "cn")
    line.run(2.0)


def _offered(line: ExchangeBench) -> None:
    line.exchanges[1].ring(line.now)
    line.run(7)


def _after(seconds: float):
    def go(line: ExchangeBench) -> None:
        line.place("12345")
        line.run(seconds)

    return go


STATES = {
    "idle": lambda line: line.run(1),
    "ringing, not validated": _ringing,
    "ringing, waits for caller ID": _caller_id,
    "ringing, offered": _offered,
    "incoming, answered": talking,
    "seized, waits for dial tone": _after(0.5),
    "dialling": _after(1.5),
    "dialled": _after(3.3),
    "ringback heard": _after(6),
    "outgoing, answered": _after(12),
    "on hook, guard time": lambda line: line.trunk.clear(talking(line), 16, line.now),
}


@pytest.mark.parametrize("state", STATES)
def test_the_line_is_cut_in_every_state_and_mended(state: str):
    line = bench(reverses=True)
    STATES[state](line)
    line.settle(line.now)
    assert line.trunk.channel_text(1).startswith(state), line.trunk.channel_text(1)
    cable = line.board.line_cable(1)
    cable.cut()
    line.run(6)
    assert line.trunk.channel_text(1).startswith("out of service, on hook"), state
    assert "line cut" in reports(line) and not line.trunk.core.calls
    line.exchanges[1].stop_ringing(line.now)
    cable.mend()
    line.run(3)
    assert line.is_idle(), line.trunk.channel_text(1)
    assert "line back" in reports(line)
    line.close()


@pytest.mark.parametrize("state", STATES)
def test_the_wires_are_turned_in_every_state(state: str):
    line = bench(reverses=True, settings={"ringing_limit": 20_000, "limit": 30_000})
    STATES[state](line)
    line.settle(line.now)
    line.board.line_cable(1).reverse(True)
    line.run(2)
    line.exchanges[1].stop_ringing(line.now)
    line.run(70)
    assert line.is_idle(), line.trunk.channel_text(1)
    line.close()


def test_a_telephone_beside_us():
    line = bench()
    cable = line.board.line_cable(1)
    cable.parallel(True)
    line.run(1)
    assert line.trunk.channel_text(1).startswith("line in use")
    call = line.place("12345")
    assert [(e.call, e.cause) for e in line.events(CallReleased)] == [(call, 44)]
    cable.parallel(False)
    line.run(1)
    assert line.is_idle()
    # It takes a call inside the caller ID, and puts down.
    line.exchanges[1].ring(line.now, Caller("13912345678"), "cn")
    line.run(2.0)
    cable.parallel(True)
    line.run(5)
    assert line.trunk.channel_text(1).startswith("line in use"), line.trunk.channel_text(1)
    assert not line.events(CallOffered)
    cable.parallel(False)
    line.run(5)
    assert line.is_idle(), line.trunk.channel_text(1)
    line.close()


def test_mistakes_name_the_remedy():
    with pytest.raises(LocalError, match="goodbye 'never': give one of tone"):
        ExchangeLine(1, ExchangeTones("cn"), goodbye="never")
    with pytest.raises(LocalError, match="outcome 'lost'"):
        ExchangeLine(1, ExchangeTones("cn"), outcomes={"1": "lost"})
    with pytest.raises(LocalError, match="no tones of 'zz'"):
        ExchangeTones("zz")
    with pytest.raises(LocalError, match="nobody talks"):
        ExchangeLine(1, ExchangeTones("cn")).hang_up(0)
    assert TRUNKS == 15


def test_a_tap_hears_all_of_it():
    """A recorder's tap beside a call of ours: digits dialled, off hook to on hook; then a call that
    comes in, with its caller ID."""
    line = bench(reverses=True, tap=True)
    line.place("12345")
    line.run(20)
    line.trunk.clear(next(iter(line.trunk.core.calls)), 16, line.now)
    line.run(3)
    tapped = line.tapped
    assert "".join(e.digits for e in tapped if isinstance(e, DigitsReceived)) == "12345"
    kinds = (CallOffered, CallConnected, CallReleased)
    assert [type(e) for e in tapped if isinstance(e, kinds)] == list(kinds)
    tapped.clear()
    line.exchanges[1].ring(line.now, Caller("13912345678", name=b"Li"), "cn")
    line.run(9)
    (identified,) = [e for e in tapped if isinstance(e, CallerIdentified)]
    assert (identified.calling.digits, identified.name) == ("13912345678", "Li")
    line.close()
