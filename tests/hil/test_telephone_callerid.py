"""Caller identity of every standard from an FXS port to the telephone's display, over the line."""

from __future__ import annotations

import itertools

import pytest

from trunkd.board.line import Battery
from trunkd.board.media_events import FskHeard
from trunkd.hil.telephone_bench import TelephoneBench
from trunkd.signaling.analog.callerid_receive import CallerId
from trunkd.signaling.analog.callerid_send import STANDARDS
from trunkd.signaling.call import CallAlerting, CallRequest, PartyNumber

SECOND = 1_000_000_000
NOVEMBER_14 = 1_700_000_000
TIME = (11, 14, 22, 13)


def shown(
    settings: dict[str, object],
    number: str = "01065554321",
    presentation: int = 0,
    name: str = "",
    country: str = "cn",
    **line: object,
) -> tuple[list[CallerId], TelephoneBench]:
    """Ring three times with this caller, and answer."""
    bench = TelephoneBench(settings, country, **line)
    bench.trunk.set_clock(NOVEMBER_14, 0)
    phone = bench.phones[1]
    phone.answer_after = 3
    phone.wets = settings.get("caller_id") == "bt"
    calling = PartyNumber(number, presentation=presentation) if presentation < 2 else None
    bench.trunk.place(CallRequest(PartyNumber(""), calling, channel=1, display=name), 0)
    bench.run_for(20_000)
    assert bench.trunk.channel_text(1) == "talking"
    assert bench.trunk.counters()["late"] == 0
    return phone.callers, bench


def modem(name: str) -> str:
    row = STANDARDS[name]
    if row.how == "dtmf":
        return "dtmf"
    return ("bell202" if row.bell202 else "v23") + ("-sdmf" if row.single else "-mdmf")


@pytest.mark.parametrize("standard", STANDARDS)
@pytest.mark.parametrize(
    ("number", "presentation"), [("01065554321", 0), ("1", 1), ("", 2), ("13800138000", 0)]
)
def test_every_standard_is_shown(standard: str, number: str, presentation: int) -> None:
    callers, _ = shown({"caller_id": standard}, number, presentation, "王小明 Ltd")
    (caller,) = callers
    row = STANDARDS[standard]
    assert caller.standard == modem(standard)
    assert caller.number == (number if presentation == 0 else "")
    assert caller.presentation == presentation
    if row.how == "fsk":
        assert caller.time == TIME
        named = "王小明 Ltd" if presentation == 0 and not row.single else ""
        assert caller.name == named
        assert caller.name_raw == named.encode("gb2312")


@pytest.mark.parametrize("standard", STANDARDS)
def test_before_or_between_rings_as_the_row_says(standard: str) -> None:
    _, bench = shown({"caller_id": standard})
    phone = bench.phones[1]
    words = [word for word, _ in STANDARDS[standard].order]
    alerting = next(at for at, event in bench.told if isinstance(event, CallAlerting))
    first_ring = next(at for at, on in phone.ringing if on)
    heard = first_data(bench)
    assert (heard > alerting) == ("first-ring" in words)
    assert (heard > first_ring) == bool({"first-ring", "ring"} & set(words))
    assert len(phone.alerts) == words.count("dtas")
    reversed_ = [at for at, battery in phone.batteries if battery is Battery.REVERSED]
    assert len(reversed_) == words.count("reverse")
    if reversed_:
        # Back before it rings.
        assert phone.batteries[1][1] is Battery.NORMAL and phone.batteries[1][0] < first_ring


def first_data(bench: TelephoneBench) -> int:
    """When the telephone heard its first character or digit, ns."""
    phone = bench.phones[1]
    times = [
        event.time
        for event in bench.seen
        if isinstance(event, FskHeard) and event.timeslot == phone.slot.number
    ]
    return times[0] if times and phone.callers[0].standard != "dtmf" else phone.callers[0].began


def test_the_cadence_goes_on_in_its_time_behind_the_message() -> None:
    _, bench = shown({"caller_id": "bell202"})
    rings = [at for at, on in bench.phones[1].ringing if on]
    # 1 s on, 4 s off: the message is in the first silence and moves nothing.
    assert [b - a for a, b in itertools.pairwise(rings)] == [5 * SECOND] * 2


def test_a_long_message_holds_the_second_ring_back() -> None:
    values: dict[str, object] = {"caller_id": "dtmf-ring", "ring_cadence": "1000,2000"}
    callers, bench = shown(values, "12345678901234567890")
    assert callers[0].number == "12345678901234567890"
    rings = [at for at, on in bench.phones[1].ringing if on]
    assert rings[1] - rings[0] > 4 * SECOND
    assert rings[2] - rings[1] == 3 * SECOND


@pytest.mark.parametrize("country", ["cn", "us", "gb", "de", "dk", "se", "nl", "in", "br", "au"])
def test_the_country_has_its_standard(country: str) -> None:
    callers, bench = shown({}, country=country)
    standard = bench.trunk.config.standard
    assert standard is not None
    assert [(c.number, c.standard) for c in callers] == [("01065554321", modem(standard.name))]


@pytest.mark.parametrize(
    ("encoding", "name"), [("gb2312", "张三丰"), ("utf-8", "欧阳 Zoë"), ("latin-1", "Zoë Müller")]
)
def test_names_are_sent_raw_and_read(encoding: str, name: str) -> None:
    values: dict[str, object] = {"caller_id": "bell202", "name_encoding": encoding}
    callers, _ = shown(values, name=name)
    assert callers[0].name_raw == name.encode(encoding)
    assert callers[0].name == name


def test_own_order_and_framing() -> None:
    values: dict[str, object] = {
        "caller_id": "dtmf-cn",
        "caller_id_order": "reverse,silence/500,data,silence/200,normal",
        "caller_id_framing": "a-hash",
    }
    callers, bench = shown(values)
    assert callers[0].raw == b"A01065554321#" or callers[0].number == "01065554321"
    assert [b for _, b in bench.phones[1].batteries[:2]] == [Battery.REVERSED, Battery.NORMAL]


def test_no_caller_id() -> None:
    callers, bench = shown({"caller_id": "none"})
    assert not callers and bench.phones[1].alerts == []


@pytest.mark.parametrize("standard", STANDARDS)
def test_over_a_long_noisy_line(standard: str) -> None:
    line: dict[str, object] = {"wire": "0.4", "loop_ohms": 1000.0, "noise_dbm0": -50.0}
    callers, _ = shown({"caller_id": standard}, name="李", **line)
    assert [caller.number for caller in callers] == ["01065554321"]


def test_it_is_withdrawn_in_the_middle() -> None:
    bench = TelephoneBench({"caller_id": "bt"})
    call = bench.trunk.place(CallRequest(PartyNumber(""), PartyNumber("123"), channel=1), 0)
    bench.run_for(700)
    bench.trunk.clear(call, 16, bench.now)
    bench.run_for(500)
    assert bench.trunk.channel_text(1) == "idle"
    assert bench.port.line(1).battery() is Battery.NORMAL
    assert not bench.phones[1].rings
    bench.run_for(20_000)
    assert not bench.phones[1].callers and not bench.phones[1].rings
