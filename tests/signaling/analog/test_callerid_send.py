"""Caller identity out: every row's order, times and message, as steps and as octets."""

from __future__ import annotations

import pytest

from trunkd.errors import ConfigError, LocalError
from trunkd.signaling.analog import callerid as cid
from trunkd.signaling.analog import callerid_send as send
from trunkd.signaling.analog.callerid_dtmf import read_dtmf
from trunkd.signaling.analog.fxs_sequence import (
    ACK,
    DO,
    FEED,
    LOOP,
    MARK,
    MEASURE,
    QUIET,
    REST,
    RING,
    SEND,
    WAIT,
    Sequencer,
    Step,
)
from trunkd.signaling.line_actions import (
    LineAction,
    MeasureLine,
    SendDigits,
    SendFsk,
    SendSteps,
    SetFeed,
    StopSignal,
)
from trunkd.signaling.line_names import FEED_NORMAL, FEED_REVERSED, FEED_RINGING

MS = 1_000_000
CALLER = send.Caller("01065554321", 0, b"Zhang", (11, 14, 22, 13))
CADENCE = (1000, 4000)


def length(action: LineAction) -> int:
    """ms that a port takes to send it."""
    if isinstance(action, SendDigits):
        return len(action.digits) * (action.on_ms + action.off_ms)
    if isinstance(action, SendSteps):
        return sum(ms for _, ms, _ in action.steps)
    assert isinstance(action, SendFsk)
    bits = action.seizure_bits + action.mark_bits + 10 * len(action.octets)
    return bits * 1000 // 1200


def run(steps: list[Step], until_ms: int = 20_000) -> list[tuple[int, str, LineAction]]:
    """(ms, what, action) of a sequence on a perfect port."""
    sequencer = Sequencer(1, 100)
    seen: list[tuple[int, str, LineAction]] = []
    now = 0
    sending: tuple[int, int] | None = None
    sequencer.begin(steps, 0)
    while now <= until_ms * MS:
        for action in sequencer.out:
            seen.append((now // MS, type(action).__name__, action))
            if isinstance(action, (SendDigits, SendSteps, SendFsk)):
                sending = now + length(action) * MS, action.tag
        sequencer.out.clear()
        if not sequencer.running:
            break
        if sending is not None:
            (now, tag), sending = sending, None
            sequencer.sent(tag, now)
        else:
            now = sequencer.deadline
            sequencer.expire(now)
    assert sequencer.late == 0
    return seen


def caller_run(name: str, cadence: tuple[int, ...] = CADENCE) -> list[tuple[int, str, LineAction]]:
    return run(send.caller_steps(1, send.STANDARDS[name], CALLER, cadence, 25.0))


def data_at(seen: list[tuple[int, str, LineAction]]) -> tuple[int, int]:
    """When the message begins and ends, ms."""
    for at, _, action in seen:
        if isinstance(action, (SendFsk, SendDigits)):
            return at, at + length(action)
    raise AssertionError("no message")


@pytest.mark.parametrize(
    "name", [n for n, r in send.STANDARDS.items() if "first-ring" in dict(r.order)]
)
def test_between_rings(name: str) -> None:
    seen = caller_run(name)
    feeds = [(at, action.feed) for at, _, action in seen if isinstance(action, SetFeed)]
    assert feeds[:2] == [(0, FEED_RINGING), (1000, FEED_NORMAL)]
    begin, end = data_at(seen)
    # GR-30: 0.5 to 1.5 s behind the ring, and 200 ms at least before the next one.
    assert 1400 <= begin <= 2500 and end + 200 <= 5000


@pytest.mark.parametrize("cadence", [(400, 200, 400, 2000), (800, 400, 800, 4000), (2000, 4000)])
def test_between_rings_of_any_cadence_it_is_in_the_long_silence(cadence: tuple[int, ...]) -> None:
    seen = caller_run("bell202", cadence)
    begin, _ = data_at(seen)
    assert begin == sum(cadence[:-1]) + 600


def test_the_rest_of_the_silence_follows() -> None:
    steps = send.caller_steps(1, send.STANDARDS["bell202"], CALLER, CADENCE, 25.0)
    sequencer = Sequencer(1, 0)
    sequencer.begin(steps, 0)
    while not any(isinstance(action, SendFsk) for action in sequencer.out):
        sequencer.expire(sequencer.deadline)
    sequencer.sent(1, 2_500 * MS)
    sequencer.expire(sequencer.deadline)
    assert sequencer.deadline == 5_000 * MS
    late = Sequencer(1, 0)
    late.begin(steps, 0)
    while not any(isinstance(action, SendFsk) for action in late.out):
        late.expire(late.deadline)
    late.sent(1, 5_100 * MS)
    late.expire(late.deadline)
    assert late.deadline == (5_100 + 250 + 200) * MS


def test_line_reversal_and_alerting_signal() -> None:
    seen = caller_run("v23-lr")
    (zero, reverse), (_, normal) = [
        (at, action.feed) for at, _, action in seen if isinstance(action, SetFeed)
    ]
    assert (zero, reverse, normal) == (0, FEED_REVERSED, FEED_NORMAL)
    at, alert = next((at, action) for at, _, action in seen if isinstance(action, SendSteps))
    # EN 300 659-1: 100 ms at least, then 90 to 110 ms of tones, then 45 to 500 ms of silence.
    assert at >= 100 and alert.steps[0][:2] == ((2130.0, 2750.0), 100)
    assert 45 <= data_at(seen)[0] - at - 100 <= 500


def test_ring_pulse() -> None:
    seen = caller_run("v23-rpas")
    feeds = [(at, action.feed) for at, _, action in seen if isinstance(action, SetFeed)]
    # EN 300 659-1: 200 to 300 ms of ringing, 500 to 800 ms of silence.
    assert feeds == [(0, FEED_RINGING), (250, FEED_NORMAL)]
    assert 500 <= data_at(seen)[0] - 250 <= 800


@pytest.mark.parametrize("name", send.STANDARDS)
def test_before_ringing_there_are_200_to_500_ms_behind_the_message(name: str) -> None:
    row = send.STANDARDS[name]
    if "first-ring" in dict(row.order):
        return
    at = [word for word, _ in row.order].index("data")
    behind = sum(ms for _, ms in row.order[at + 1 :])
    assert 200 <= behind <= 500


@pytest.mark.parametrize("name", send.STANDARDS)
def test_each_message_says_who_calls(name: str) -> None:
    row = send.STANDARDS[name]
    action = next(a for _, _, a in caller_run(name) if isinstance(a, (SendFsk, SendDigits)))
    if isinstance(action, SendDigits):
        read = read_dtmf(action.digits)
        assert read is not None and read.number == CALLER.number
        assert (action.on_ms, action.off_ms) == (70, 70)
        return
    message = cid.decode(action.octets)
    assert isinstance(message, cid.CallerIdMessage)
    assert (message.number, message.date_time) == (CALLER.number, (11, 14, 22, 13))
    assert message.name == ("" if row.single else "Zhang")
    assert action.bell202 == row.bell202
    assert (action.seizure_bits, action.mark_bits) == ((128, 72) if name == "bt" else (300, 180))


@pytest.mark.parametrize(
    ("caller", "number_absent", "name_absent"),
    [
        (send.Caller("123", 1, b"X"), "P", "P"),
        (send.Caller("123", 2), "O", "O"),
        (send.Caller("", 0), "O", ""),
    ],
)
def test_why_there_is_no_number(caller: send.Caller, number_absent: str, name_absent: str) -> None:
    message = cid.decode(send.fsk_message(False, caller))
    assert isinstance(message, cid.CallerIdMessage)
    assert (message.number, message.name) == ("", "")
    assert (message.number_absent, message.name_absent) == (number_absent, name_absent)
    single = cid.decode(send.fsk_message(True, caller))
    assert isinstance(single, cid.CallerIdMessage) and single.number_absent == number_absent


@pytest.mark.parametrize("name", [n for n, r in send.STANDARDS.items() if r.how == "dtmf"])
@pytest.mark.parametrize(
    "caller",
    [send.Caller("", 1), send.Caller("", 2), send.Caller("", 2, abroad=True)],
    ids=["withheld", "unknown", "abroad"],
)
def test_dtmf_says_why(name: str, caller: send.Caller) -> None:
    digits = send.dtmf_digits(send.STANDARDS[name], caller)
    read = read_dtmf(digits)
    assert read is not None and read.number == "" and read.absent


def test_letters_and_signs_are_left_out_of_dtmf_numbers() -> None:
    row = send.STANDARDS["dtmf-cn"]
    assert send.dtmf_digits(row, send.Caller("+86 (10) 6555-4321")) == "D861065554321C"
    assert send.dtmf_digits(row, send.Caller("9" * 30)) == "D" + "9" * 20 + "C"


@pytest.mark.parametrize(
    ("name", "encoding", "octets"),
    [
        ("王", "gb2312", "王".encode("gb2312")),
        ("王" * 30, "gb2312", ("王" * 25).encode("gb2312")),
        ("王" * 30, "utf-8", ("王" * 16).encode()),
        ("Zoë 王", "latin-1", b"Zo\xeb ?"),
    ],
)
def test_names(name: str, encoding: str, octets: bytes) -> None:
    assert send.name_octets(name, encoding) == octets


def test_long_numbers_are_cut() -> None:
    message = cid.decode(send.fsk_message(False, send.Caller("1" * 40)))
    assert isinstance(message, cid.CallerIdMessage) and message.number == "1" * 20


@pytest.mark.parametrize("on", [True, False])
def test_messages_waiting(on: bool) -> None:
    message = cid.decode(send.waiting_message(on))
    assert isinstance(message, cid.CallerIdMessage)
    assert (message.kind, message.waiting) == (cid.MESSAGE_WAITING, on)


def test_orders_are_read_and_refused() -> None:
    assert send.parse_order("reverse, silence/100,data") == (
        ("reverse", 0),
        ("silence", 100),
        ("data", 0),
    )
    for wrong in ("", "data,data", "data/5", "ring,data", "silence/9999,data", "first-ring"):
        with pytest.raises(ConfigError, match="caller ID order"):
            send.parse_order(wrong)
    with pytest.raises(LocalError, match="there are bell202"):
        send.standard_row("x")


# ---- the sequencer by itself


def test_a_sending_whose_end_is_not_told_is_passed_over() -> None:
    sequencer = Sequencer(1, 0)
    fsk = SendFsk(1, True, b"\x80\x00\x80")
    sequencer.begin([Step(SEND, 500, action=fsk), Step(MARK, to=7)], 0)
    assert sequencer.deadline == 500 * MS and fsk.tag == 1
    sequencer.sent(99, 100 * MS)
    assert sequencer.running
    sequencer.expire(500 * MS)
    assert (sequencer.late, sequencer.marks, sequencer.running) == (1, [7], False)


def test_stopping_is_silence_once() -> None:
    sequencer = Sequencer(1, 0)
    sequencer.begin([Step(SEND, 500, action=SendFsk(1, True, b"\x80\x00\x80"))], 0)
    sequencer.stop()
    sequencer.stop()
    assert [type(action) for action in sequencer.out] == [SendFsk, StopSignal]
    assert not sequencer.running


def test_the_acknowledgement() -> None:
    def begun() -> Sequencer:
        sequencer = Sequencer(1, 0)
        steps = [Step(ACK, 200, to=2, text="D"), Step(MARK, to=1), Step(MARK, to=2)]
        sequencer.begin(steps, 0)
        return sequencer

    good = begun()
    assert good.digit("D", True, 50 * MS) and good.digit("D", False, 110 * MS)
    assert good.marks == [1, 2]
    late = begun()
    late.expire(200 * MS)
    assert late.marks == [2] and not late.digit("D", True, 210 * MS)
    wrong = begun()
    assert wrong.digit("5", True, 50 * MS) and wrong.digit("5", False, 100 * MS)
    assert wrong.marks == []
    wrong.expire(200 * MS)
    assert wrong.marks == [2]


def test_measuring_and_the_rest() -> None:
    sequencer = Sequencer(1, 0)
    action = SetFeed(1, FEED_NORMAL)
    steps = [
        Step(DO, action=action),
        Step(FEED, to=FEED_REVERSED),
        Step(RING, 100, hz=20.0),
        Step(QUIET, 50),
        Step(WAIT, 10),
        Step(MEASURE, 30),
        Step(REST, 1000),
        Step(LOOP, to=2),
    ]
    sequencer.begin(steps, 0)
    for _ in range(3):
        sequencer.expire(sequencer.deadline)
    measure = sequencer.out[-1]
    assert isinstance(measure, MeasureLine)
    assert not sequencer.measured(measure.tag + 1, 165 * MS)
    assert sequencer.measured(measure.tag, 165 * MS)
    assert sequencer.deadline == 1100 * MS
    sequencer.expire(1100 * MS)
    feeds = [a.feed for a in sequencer.out if isinstance(a, SetFeed)]
    assert feeds == [FEED_NORMAL, FEED_REVERSED, FEED_RINGING, FEED_REVERSED, FEED_RINGING]
