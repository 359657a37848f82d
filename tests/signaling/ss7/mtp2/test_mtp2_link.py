"""One link against hand-made signal units: alignment, monitors, outages, congestion, buffers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkd.errors import LocalError
from trunkd.signaling.ss7 import mtp2_events as e
from trunkd.signaling.ss7 import mtp2_units as u
from trunkd.signaling.ss7.mtp2 import SignallingLink
from trunkd.signaling.ss7.mtp2_config import RATES, T1, T2, T3, T4E, T4N, T5, T6, T7, T8, Mtp2Config

MS = 1_000_000
SECOND = 1_000_000_000
MSU = b"\x85abc"


class Far:
    """The far end, by hand: numbers as a link that sent and took nothing."""

    def __init__(self, **config: object) -> None:
        self.link = SignallingLink(Mtp2Config(**config))  # type: ignore[arg-type]
        self.now = 0
        self.back = 255
        self.front = 255

    def lssu(self, status: int) -> None:
        self.link.receive(bytes([self.back, self.front, 1, status]), self.now)

    def fisu(self) -> None:
        self.link.receive(bytes([self.back, self.front, 0]), self.now)

    def msu(self, fsn: int, text: bytes = MSU) -> None:
        self.front = self.front & 128 | fsn
        self.link.receive(bytes([self.back, self.front]) + u.LENGTH[len(text)] + text, self.now)

    def ack(self, bsn: int) -> None:
        self.back = self.back & 128 | bsn
        self.fisu()

    def wait(self, ns: int) -> None:
        """Time passes; timers expire in order."""
        until = self.now + ns
        while (due := self.link.next_timeout()) is not None and due <= until:
            self.now = due
            self.link.handle_timeout(due)
        self.now = until

    def units(self) -> list[str]:
        """What the link hands out, in words."""
        out = []
        for unit in self.link.transmit():
            if len(unit) <= 5:
                out.append(u.STATUS_NAMES[unit[3]] if unit[2] else "FISU")
            else:
                out.append(f"MSU{unit[1] & 127}")
        return out

    def events(self) -> list[e.Level2Event]:
        return self.link.events()

    def failed(self) -> str:
        reasons = [x.reason for x in self.events() if isinstance(x, e.OutOfService)]
        assert len(reasons) == 1 and self.link.state_text == "out of service"
        assert self.units() == ["SIOS"]
        return reasons[0]

    def prove(self) -> None:
        self.link.start(self.now)
        self.lssu(u.SIO)
        self.lssu(u.SIN)
        self.wait(self.link.config.timers[T4N])

    def align(self) -> SignallingLink:
        self.prove()
        self.fisu()
        assert self.link.in_service
        self.link.events()
        self.link.transmit()
        return self.link


def test_normal_alignment_sends_what_clause_7_3_says() -> None:
    far = Far()
    assert far.units() == ["SIOS"]
    far.link.start(0)
    assert far.units() == ["SIO"]
    assert far.link.state_text == "initial alignment: not aligned"
    far.lssu(u.SIO)
    assert far.units() == ["SIN"]
    far.lssu(u.SIN)
    assert far.units() == []
    assert far.link.state_text == "initial alignment: proving"
    far.wait(8199 * MS)
    assert far.units() == []
    far.wait(MS)
    assert far.units() == ["FISU"]
    assert far.link.state_text == "aligned ready"
    far.fisu()
    assert far.events() == [e.InService()]


@pytest.mark.parametrize("who", ["here", "there"])
def test_either_end_can_make_the_proving_short(who: str) -> None:
    far = Far()
    if who == "here":
        far.link.emergency(True, 0)
    far.link.start(0)
    far.units()
    far.lssu(u.SIO)
    assert far.units() == ["SIE" if who == "here" else "SIN"]
    far.lssu(u.SIN if who == "here" else u.SIE)
    far.wait(499 * MS)
    assert far.link.state_text == "initial alignment: proving"
    far.wait(MS)
    assert far.link.state_text == "aligned ready"


def test_emergency_while_proving_proves_anew_and_one_error_aborts() -> None:
    far = Far()
    far.link.start(0)
    far.lssu(u.SIO)
    far.lssu(u.SIN)
    far.wait(5 * SECOND)
    far.units()
    far.link.emergency(True, far.now)
    assert far.units() == ["SIE"]
    far.wait(400 * MS)
    far.link.receive_error(far.now)
    far.lssu(u.SIN)
    far.wait(499 * MS)
    assert far.link.state_text == "initial alignment: proving"
    far.wait(MS)
    assert far.link.state_text == "aligned ready"


def test_a_fill_in_told_once_is_seen_by_each_new_state() -> None:
    """The line filters repeats: the SIN that aligned the link begins to prove it too."""
    far = Far()
    far.link.start(0)
    far.lssu(u.SIN)
    assert far.link.state_text == "initial alignment: proving"
    assert far.link.counters.rx[u.SIN] == 1
    far.wait(8200 * MS)
    far.link.stop(far.now)
    far.events()
    far.link.line_down(far.now)
    far.link.start(far.now)
    assert far.link.state_text == "initial alignment: not aligned"


def test_octet_counting_ends_what_the_line_repeated() -> None:
    far = Far()
    far.link.start(0)
    far.lssu(u.SIO)
    far.link.receive_error(0, errors=20, sus=20)
    far.link.stop(0)
    far.link.start(0)
    assert far.link.state_text == "initial alignment: not aligned"
    far.link.receive_error(0, errors=1, sus=3)
    far.lssu(u.SIO)
    assert far.link.state_text == "initial alignment: aligned"


@pytest.mark.parametrize(
    ("timer", "reason"),
    [(T2, e.OUT_T2), (T3, e.OUT_T3), (T1, e.OUT_T1)],
    ids=["T2", "T3", "T1"],
)
def test_alignment_timers(timer: int, reason: str) -> None:
    far = Far()
    far.units()
    far.link.start(0)
    if timer == T3:
        far.lssu(u.SIO)
    elif timer == T1:
        far.prove()
    far.units()
    far.wait(far.link.config.timers[timer] - 1)
    assert far.events() == []
    far.wait(1)
    assert far.failed() == reason
    assert far.link.next_timeout() is None


def test_five_aborted_proving_periods_end_the_alignment() -> None:
    far = Far()
    far.link.start(0)
    far.lssu(u.SIO)
    for attempt in range(5):
        far.lssu(u.SIN)
        assert far.link.state_text == "initial alignment: proving"
        far.wait(7 * SECOND)
        far.link.receive_error(far.now, errors=4, sus=4)
        assert far.link.counters.proving_aborts == attempt + 1
    assert e.OutOfService(e.OUT_PROVING) in far.events()


def test_proving_goes_on_with_three_errors() -> None:
    far = Far()
    far.link.start(0)
    far.lssu(u.SIO)
    far.lssu(u.SIN)
    far.link.receive_error(0, errors=3, sus=3)
    far.wait(8200 * MS)
    assert far.link.state_text == "aligned ready"


def suerm(events: list[tuple[bool, int]]) -> int:
    """10.2.2 taken literally: the number of the unit that ends the link, or -1."""
    cs = ns = number = 0
    for bad, count in events:
        for _ in range(count):
            number += 1
            if bad:
                cs += 1
                if cs == 64:
                    return number
            ns += 1
            if ns == 256:
                ns = 0
                cs = max(0, cs - 1)
    return -1


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 400)), max_size=60), st.booleans())
def test_suerm_counts_exactly_from_the_sums_of_the_line(
    events: list[tuple[bool, int]], together: bool
) -> None:
    events = [(bad, count % 12 + 1 if bad else count) for bad, count in events]
    expected = suerm(events)
    far = Far()
    far.align()
    number = good = 0
    for bad, count in events:
        if not bad:
            good += count
            number += count
            if not together:
                far.link.receive(bytes([255, 255, 0]), far.now, sus=good)
                good = 0
            continue
        for _ in range(count):
            number += 1
            far.link.receive_error(far.now, errors=1, sus=good + 1)
            good = 0
            assert far.link.in_service == (expected < 0 or number < expected)
            if number == expected:
                assert far.failed() == e.OUT_ERRORS
                return
    assert expected < 0


def test_suerm_of_4_8_kbit_s_is_half_as_patient() -> None:
    far = Far(rate=4_800)
    far.align()
    far.link.receive_error(far.now, errors=31, sus=31)
    assert far.link.in_service
    far.link.receive_error(far.now)
    assert far.failed() == e.OUT_ERRORS


def test_errored_interval_monitor_of_2_mbit_s() -> None:
    """A.10: a link without errors is forgiven slowly; five errored intervals in a row end it."""
    far = Far(rate=1_984_000)
    far.align()
    interval = far.link.config.timers[T8]
    for _ in range(4):
        far.link.receive_error(far.now)
        far.wait(interval)
    far.wait(71 * interval)
    for _ in range(4):
        far.link.receive_error(far.now)
        far.wait(interval)
    assert far.link.in_service
    far.link.receive_error(far.now)
    far.wait(interval)
    assert far.failed() == e.OUT_ERRORS


def test_errored_interval_monitor_ends_a_silent_line() -> None:
    far = Far(rate=1_984_000)
    far.align()
    far.link.receive_error(far.now, errors=50, sus=50)
    far.wait(6 * far.link.config.timers[T8])
    assert far.failed() == e.OUT_ERRORS


def test_messages_wait_for_the_window_of_127() -> None:
    far = Far()
    link = far.align()
    for n in range(200):
        link.send(b"\x85%03d" % n, far.now)
    units = far.units()
    assert units == [f"MSU{n}" for n in range(127)] + ["FISU"]
    far.ack(9)
    assert far.units() == ["MSU127"] + [f"MSU{n}" for n in range(9)] + ["FISU"]
    assert link.waiting() == 127


def test_limit_counts_messages_and_keeps_the_fill_in_for_last() -> None:
    far = Far()
    link = far.align()
    for n in range(5):
        link.send(b"\x85%03d" % n, far.now)
    assert [len(unit) for unit in link.transmit(2)] == [7, 7]
    assert [len(unit) for unit in link.transmit(2)] == [7, 7]
    assert [len(unit) for unit in link.transmit(2)] == [7, 3]
    assert link.transmit(2) == []


def test_a_line_that_fills_gets_no_fisu_behind_a_message() -> None:
    """What the line makes of the message's numbers is not handed out; what differs is."""
    far = Far(line_fills=True)
    link = far.align()
    for _ in range(2):
        link.send(MSU, far.now)
    assert far.units() == ["MSU0", "MSU1"]
    assert far.units() == []
    far.msu(0)
    assert far.units() == ["FISU"]
    far.back = 0
    far.fisu()
    assert far.units() == ["MSU1"]
    far.ack(1)
    assert far.units() == []


def test_a_negative_acknowledgement_repeats_from_the_first_missing() -> None:
    far = Far()
    link = far.align()
    for n in range(4):
        link.send(b"\x85%03d" % n, far.now)
    far.units()
    far.back = 0 | 1
    far.fisu()
    again = link.transmit()
    assert [unit[1] for unit in again] == [2, 3, 3]
    assert again[0][3:] == b"\x85002" and len(again[-1]) == 3
    assert link.counters.retransmitted == 2 and link.counters.rx_nacks == 1
    far.ack(3)
    assert link.waiting() == 0 and far.units() == []


def test_a_gap_is_asked_for_once_and_filled() -> None:
    far = Far()
    link = far.align()
    far.msu(0, b"\x85one")
    far.msu(2, b"\x85three")
    far.msu(3, b"\x85four")
    assert [x.octets for x in far.events() if isinstance(x, e.Message)] == [b"\x85one"]
    nack = link.transmit()
    assert nack == [bytes([0, 255, 0])]
    far.front = 0
    far.msu(1, b"\x85two")
    far.msu(2, b"\x85three")
    texts = [x.octets for x in far.events() if isinstance(x, e.Message)]
    assert texts == [b"\x85two", b"\x85three"]
    assert link.counters.tx_nacks == 1


@pytest.mark.parametrize("between", [0, 1], ids=["two in a row", "two of three"])
def test_abnormal_bsn_ends_the_link(between: int) -> None:
    far = Far()
    far.align()
    far.ack(5)
    assert far.link.in_service
    for _ in range(between):
        far.ack(127)
    far.ack(5)
    reasons = [x for x in far.events() if isinstance(x, e.OutOfService)]
    assert reasons == [e.OutOfService(e.OUT_ABNORMAL_BSN)]


def test_one_abnormal_bsn_is_forgiven_after_two_good_units() -> None:
    far = Far()
    far.align()
    for _ in range(5):
        far.ack(5)
        far.ack(127)
        far.fisu()
    assert far.link.in_service


def test_abnormal_fib_ends_the_link_when_it_comes_twice() -> None:
    far = Far()
    far.align()
    far.front = 127
    far.fisu()
    assert far.link.in_service
    far.fisu()
    reasons = [x for x in far.events() if isinstance(x, e.OutOfService)]
    assert reasons == [e.OutOfService(e.OUT_ABNORMAL_FIB)]


@pytest.mark.parametrize("size", [3, 62, 63, 64, 273])
def test_lengths_of_messages(size: int) -> None:
    """LI is 63 for 63 octets and more (2.3.3)."""
    far = Far()
    link = far.align()
    text = bytes([0x85]) + bytes(size - 1)
    link.send(text, far.now)
    unit = link.transmit()[0]
    assert unit[2] == min(size, 63)
    far.msu(0, text)
    assert far.events() == [e.Message(text)]


@pytest.mark.parametrize(
    "unit",
    [
        b"",
        b"\xff",
        b"\xff\xff",
        b"\xff\xff\x01",
        b"\xff\xff\x03ab",
        b"\xff\xff\x02abc",
        b"\xff\x80\x3f" + bytes(62),
        b"\xff\x80\x3e" + bytes(63),
        b"\xff\x80\x05abcd",
        b"\xff\x80\x3f" + bytes(274),
        b"\xff\xff\x01\x06",
        b"\xff\xff\x01\x07",
    ],
    ids=lambda unit: unit[:4].hex() + f"-{len(unit)}",
)
def test_units_that_are_none_are_counted(unit: bytes) -> None:
    far = Far()
    link = far.align()
    link.receive(unit, far.now)
    assert link.counters.invalid == 1 and link.in_service
    (fault,) = far.events()
    assert isinstance(fault, e.Level2Fault) and fault.clause
    assert link.transmit() == []


def test_what_the_caller_does_wrong() -> None:
    link = SignallingLink(Mtp2Config())
    for text in (b"", b"\x85", b"\x85a", bytes(274)):
        with pytest.raises(LocalError, match="3 to 273 octets"):
            link.send(text, 0)
    with pytest.raises(LocalError, match="priority"):
        link.send(MSU, 0, 4)
    with pytest.raises(LocalError, match="FSNC"):
        link.retrieve(128, 0)
    for bad, words in (
        ({"rate": 9_600}, "give one of"),
        ({"timers": {T7: 3 * SECOND}}, "500 to 2000"),
        ({"timers": {T7: 600 * MS}, "pcr": True}, "800 to 2000"),
        ({"timers": {42: 1}}, "no timer"),
        ({"n1": 128}, "N1"),
        ({"n2": 0}, "N2"),
        ({"longest": 300}, "longest"),
        ({"onset": (1, 2), "abate": (0,)}, "levels"),
        ({"onset": (10,), "abate": (10,)}, "must end"),
    ):
        with pytest.raises(LocalError, match=words):
            Mtp2Config(**bad)  # type: ignore[arg-type]


@pytest.mark.parametrize("rate", list(RATES))
def test_defaults_lie_in_their_ranges(rate: int) -> None:
    config = Mtp2Config(rate=rate)
    for index, row in RATES[rate].timers.items():
        assert row.low <= row.default <= row.high
        assert config.timers[index] == row.default
    assert config.timers[T4E] < config.timers[T4N]


def test_priority_bits_beside_li() -> None:
    far = Far()
    link = far.align()
    link.send(MSU, far.now, priority=2)
    assert link.transmit()[0][2] == 0x80 | 4
    link.receive(bytes([255, 128, 0xC0 | 4]) + MSU, far.now)
    assert far.events() == [e.Message(MSU)]


def test_t7_without_an_acknowledgement() -> None:
    far = Far()
    link = far.align()
    link.send(MSU, far.now)
    far.units()
    far.wait(1499 * MS)
    assert link.in_service
    far.wait(MS)
    assert far.failed() == e.OUT_T7


def test_sib_holds_t7_until_t6() -> None:
    far = Far()
    link = far.align()
    link.send(MSU, far.now)
    far.units()
    for _ in range(44):
        far.lssu(u.SIB)
        far.fisu()
        far.wait(100 * MS)
    assert link.in_service
    far.wait(200 * MS)
    assert far.failed() == e.OUT_T6


def test_an_acknowledgement_ends_sib() -> None:
    far = Far()
    link = far.align()
    link.send(MSU, far.now)
    far.units()
    far.lssu(u.SIB)
    far.ack(0)
    assert link.next_timeout() is None
    far.wait(10 * SECOND)
    assert link.in_service


def test_congestion_accept_sends_sib_each_t5_and_holds_acknowledgement() -> None:
    far = Far()
    link = far.align()
    link.congestion_accept(far.now)
    assert far.units() == ["SIB", "FISU"]
    far.msu(0)
    assert far.events() == [e.Message(MSU)]
    assert far.units() == []
    for _ in range(3):
        far.wait(link.config.timers[T5])
        assert far.units() == ["SIB", "FISU"]
    link.congestion_ceases(far.now)
    assert link.transmit() == [bytes([128, 255, 0])]
    far.wait(SECOND)
    assert far.units() == []


def test_congestion_discard_asks_again_when_it_ends() -> None:
    far = Far()
    link = far.align()
    link.congestion_discard(far.now)
    far.msu(0)
    far.msu(1)
    assert far.events() == []
    far.units()
    link.congestion_ceases(far.now)
    assert link.transmit() == [bytes([127, 255, 0])]
    far.front = 0
    far.msu(0)
    assert far.events() == [e.Message(MSU)]


def test_transmit_congestion_levels() -> None:
    far = Far(onset=(4, 8), abate=(2, 6))
    link = far.align()
    for _ in range(9):
        link.send(MSU, far.now)
    assert far.events() == [e.TransmitCongestion(1), e.TransmitCongestion(2)]
    far.units()
    far.ack(1)
    assert far.events() == []
    far.ack(2)
    assert far.events() == [e.TransmitCongestion(1)]
    far.ack(8)
    assert far.events() == [e.TransmitCongestion(0)]


def test_a_full_buffer_refuses() -> None:
    link = SignallingLink(Mtp2Config())
    for _ in range(8200):
        link.send(MSU, 0)
    assert link.counters.refused == 8 and len(link.tb) == 8192


def test_remote_processor_outage_stops_messages_until_level_3_goes_on() -> None:
    far = Far()
    link = far.align()
    far.lssu(u.SIPO)
    far.lssu(u.SIPO)
    assert far.events() == [e.RemoteProcessorOutage(True)]
    assert link.state_text == "processor outage: remote processor outage"
    link.send(MSU, far.now)
    assert far.units() == []
    far.fisu()
    assert far.events() == [e.RemoteProcessorOutage(False)]
    assert far.units() == []
    link.continue_(far.now)
    assert link.in_service and far.units() == ["MSU0", "FISU"]


def test_continue_before_the_recovery_counts_when_it_comes() -> None:
    far = Far()
    link = far.align()
    far.lssu(u.SIPO)
    link.continue_(far.now)
    assert not link.in_service
    far.fisu()
    assert link.in_service


def test_flush_after_an_outage_starts_with_the_awaited_number() -> None:
    far = Far()
    link = far.align()
    for _ in range(3):
        link.send(MSU, far.now)
    far.units()
    far.ack(0)
    far.lssu(u.SIPO)
    link.send(MSU, far.now)
    far.fisu()
    link.flush_buffers(far.now)
    assert e.BuffersCleared() in far.events()
    assert link.in_service and far.units() == ["FISU"]
    link.send(MSU, far.now)
    assert far.units() == ["MSU1", "FISU"]


def test_local_processor_outage_sends_sipo_and_drops_messages() -> None:
    far = Far()
    link = far.align()
    link.local_processor_outage(True, far.now)
    assert far.units() == ["SIPO"]
    far.msu(0)
    assert [x for x in far.events() if isinstance(x, e.Message)] == []
    far.lssu(u.SIPO)
    assert link.state_text == "processor outage: both processors out"
    link.local_processor_outage(False, far.now)
    assert far.units() == ["FISU"]
    link.continue_(far.now)
    assert not link.in_service
    far.front = 255
    far.fisu()
    assert link.in_service


def test_local_outage_before_alignment_ends_in_processor_outage() -> None:
    far = Far()
    link = far.link
    link.local_processor_outage(True, 0)
    far.prove()
    assert far.units() == ["SIOS", "SIO", "SIN", "SIPO"]
    assert link.state_text == "aligned not ready"
    far.fisu()
    assert far.events() == [e.InService()]
    assert link.state_text == "processor outage: local processor outage"


def test_changeover_retrieves_what_the_far_end_has_not() -> None:
    far = Far()
    link = far.align()
    for n in range(130):
        link.send(b"\x85%03d" % n, far.now)
    far.units()
    far.msu(0)
    far.msu(1)
    link.line_down(far.now)
    assert e.OutOfService(e.OUT_LAYER1) in far.events()
    link.retrieve_bsnt(far.now)
    link.retrieve(99, far.now)
    bsnt, retrieved, cleared, *rest = far.events()
    assert bsnt == e.Bsnt(1) and cleared == e.BuffersCleared() and rest == []
    assert retrieved == e.Retrieved([b"\x85%03d" % n for n in range(100, 130)])
    link.retrieve(99, far.now)
    assert far.events() == [e.Retrieved([]), e.BuffersCleared()]


def test_changeover_without_a_number_retrieves_what_was_never_sent() -> None:
    far = Far()
    link = far.align()
    for n in range(130):
        link.send(b"\x85%03d" % n, far.now)
    far.units()
    link.stop(far.now)
    far.events()
    link.retrieve(-1, far.now)
    assert far.events()[0] == e.Retrieved([b"\x85%03d" % n for n in range(127, 130)])


def test_an_unreasonable_number_retrieves_nothing() -> None:
    far = Far()
    link = far.align()
    link.send(MSU, far.now)
    far.units()
    link.stop(far.now)
    far.events()
    link.retrieve(50, far.now)
    fault, retrieved, _ = far.events()
    assert isinstance(fault, e.Level2Fault) and fault.kind == "unreasonable_fsnc"
    assert retrieved == e.Retrieved([])


def test_nothing_is_retrieved_from_a_link_in_service() -> None:
    far = Far()
    link = far.align()
    link.retrieve_bsnt(far.now)
    link.retrieve(0, far.now)
    assert far.events() == [e.Bsnt(-1), e.Retrieved([])]


@pytest.mark.parametrize(
    ("status", "reason"),
    [(u.SIO, e.OUT_SIO), (u.SIN, e.OUT_SIN), (u.SIE, e.OUT_SIE), (u.SIOS, e.OUT_SIOS)],
    ids=["SIO", "SIN", "SIE", "SIOS"],
)
def test_status_units_that_end_a_link_in_service(status: int, reason: str) -> None:
    far = Far()
    far.align()
    far.lssu(status)
    assert far.failed() == reason


def test_stale_numbers_before_alignment_are_no_fault() -> None:
    """The far end does not know yet that the link is down: Q.781 2.2 to 2.4."""
    far = Far()
    far.back, far.front = 130, 55
    far.link.start(0)
    for _ in range(4):
        far.fisu()
    assert far.link.state_text == "initial alignment: not aligned"
    assert far.events() == []


def test_each_status_that_was_ordered_goes_out_once_in_order() -> None:
    """The far end began first: it is to see our SIO before the SIN all the same (Q.781 1.22)."""
    far = Far()
    far.units()
    far.lssu(u.SIO)
    far.link.start(0)
    assert far.link.state_text == "initial alignment: aligned"
    assert far.units() == ["SIO", "SIN"]
    assert far.units() == []


def test_outage_of_the_far_end_at_alignment_is_told_instead_of_in_service() -> None:
    far = Far()
    far.prove()
    far.lssu(u.SIPO)
    assert far.events() == [e.RemoteProcessorOutage(True)]
    far.link.continue_(far.now)
    far.fisu()
    assert far.events() == [e.RemoteProcessorOutage(False)] and far.link.in_service


def test_lssu_of_two_octets() -> None:
    far = Far()
    far.link.start(0)
    far.link.receive(b"\xff\xff\x02\x00\x00", 0)
    assert far.link.state_text == "initial alignment: aligned"


# Preventive cyclic retransmission


def paced(far: Far, count: int) -> list[int]:
    """The FSNs of the next ``count`` units that the line asks for."""
    return [unit[1] & 127 for unit in far.link.transmit(count) if len(unit) > 5]


def test_pcr_repeats_all_that_waits_when_nothing_new_does() -> None:
    far = Far(pcr=True)
    link = far.align()
    for _ in range(3):
        link.send(MSU, far.now)
    assert paced(far, 8) == [0, 1, 2, 0, 1, 2, 0, 1]
    link.send(MSU, far.now)
    assert paced(far, 6) == [3, 2, 3, 0, 1, 2]
    far.ack(2)
    assert paced(far, 3) == [3, 3, 3]
    far.ack(3)
    assert far.units() == ["FISU"]


def test_pcr_forces_retransmission_at_n1_until_there_is_room() -> None:
    far = Far(pcr=True, n1=4)
    link = far.align()
    for _ in range(10):
        link.send(MSU, far.now)
    assert paced(far, 12) == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]
    far.ack(0)
    assert paced(far, 8) == [1, 2, 3, 4, 1, 2, 3, 4]


def test_pcr_forced_retransmission_goes_on_to_the_last_message() -> None:
    """6.4.1: the far end lost message 0 and discarded 1 to 3. That it has 0 now makes room, but
    1 to 3 are to be sent before anything new, or it stays behind as long as there is load."""
    far = Far(pcr=True, n1=4)
    link = far.align()
    for _ in range(10):
        link.send(MSU, far.now)
    assert paced(far, 5) == [0, 1, 2, 3, 0]
    far.ack(0)
    assert paced(far, 1) == [1]
    far.ack(1)
    assert paced(far, 2) == [2, 3]
    far.ack(3)
    assert paced(far, 5) == [4, 5, 6, 7, 4]


def test_pcr_forces_retransmission_at_n2_octets() -> None:
    far = Far(pcr=True, n2=14)
    link = far.align()
    for _ in range(10):
        link.send(MSU, far.now)
    assert paced(far, 6) == [0, 1, 2, 0, 1, 2]


def test_pcr_ignores_a_negative_acknowledgement_and_unexpected_numbers() -> None:
    far = Far(pcr=True)
    link = far.align()
    far.msu(1)
    far.back = 127
    far.fisu()
    assert link.counters.tx_nacks == 0 and link.counters.rx_nacks == 0
    assert far.events() == [] and link.in_service
    far.msu(0)
    far.msu(0)
    assert far.events() == [e.Message(MSU)]


def test_pcr_without_a_pace_repeats_each_time_a_cycle_would_be_over() -> None:
    far = Far(pcr=True)
    link = far.align()
    link.send(MSU, far.now)
    assert far.units() == ["MSU0", "FISU"]
    assert far.units() == []
    due = link.next_timeout()
    assert due is not None and due - far.now == 11 * SECOND // 8_000
    far.wait(due - far.now)
    assert far.units() == ["MSU0", "FISU"]


def test_totals_name_every_counter() -> None:
    totals = SignallingLink(Mtp2Config()).counters.totals()
    assert totals["rx_msu"] == 0 and totals["tx_sib"] == 0
    assert len(totals) == 16 + 13


def test_timers_t6_and_t5_are_rows() -> None:
    config = Mtp2Config(timers={T6: 5 * SECOND, T5: 90 * MS})
    assert config.timers[T6] == 5 * SECOND and config.timers[T5] == 90 * MS
