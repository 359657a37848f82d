"""Q.921 5.5, 5.7, 5.8 and Figures B-4 to B-6: establishing, releasing, errors. Both sides."""

from __future__ import annotations

from typing import Any

import pytest

from trunkd.errors import LocalError
from trunkd.signaling.isdn.q921_events import (
    ERROR_CODES,
    ERROR_TEXTS,
    RELEASED_ASKED,
    RELEASED_LAYER1,
    RELEASED_PEER,
    RELEASED_REFUSED,
    RELEASED_SILENT,
    Data,
    Established,
    ManagementError,
    Released,
    UnitData,
)


def test_5_5_1_establish(bench: Any) -> None:
    bench.link.establish(bench.now)
    assert bench.sent() == ["SABME c p1"]
    assert bench.link.state == 5 and bench.events() == []
    bench.put("UA r p1")
    assert bench.events() == [Established(True)]
    assert bench.link.established and bench.sent() == []


def test_5_5_1_3_n200_tries_then_released(bench: Any) -> None:
    bench.link.establish(bench.now)
    bench.wait(3.999)
    assert bench.sent() == ["SABME c p1"] * 4 and bench.events() == []
    bench.wait(0.001)
    error, released = bench.events()
    assert (error.code, error.clause) == ("G", "5.5.1.3")
    assert released == Released(False, RELEASED_SILENT)
    assert bench.link.state == 4 and bench.link.next_timeout() is None and bench.sent() == []


def test_5_5_1_2_peer_establishes(bench: Any) -> None:
    bench.put("SABME c p1")
    assert bench.sent() == ["UA r p1"] and bench.events() == [Established(False)]
    assert bench.link.state == 7


def test_5_5_1_2_poll_bit_is_copied(bench: Any) -> None:
    bench.put("SABME c p0")
    assert bench.sent() == ["UA r p0"]


def test_5_5_1_2_barred_link_answers_dm(bench: Any) -> None:
    bench.link.able_to_establish = False
    bench.put("SABME c p1", "DM r p0")
    assert bench.sent() == ["DM r p1"] and bench.link.state == 4


def test_dm_refuses(bench: Any) -> None:
    bench.to(5)
    bench.put("DM r p0")
    assert bench.link.state == 5
    bench.put("DM r p1")
    assert bench.events() == [Released(False, RELEASED_REFUSED)] and bench.link.state == 4


def test_5_5_5_1_collision_of_sabme(bench: Any) -> None:
    bench.to(5)
    bench.put("SABME c p1")
    assert bench.sent() == ["UA r p1"] and bench.link.state == 5
    bench.put("UA r p1")
    assert bench.events() == [Established(True)]


def test_5_5_5_2_collision_of_unlike_commands(bench: Any) -> None:
    bench.to(5)
    bench.put("DISC c p1")
    assert bench.sent() == ["DM r p1"] and bench.link.state == 5
    bench.put("DM r p1")
    assert bench.link.state == 4
    bench.forget()
    bench.to(6)
    bench.put("SABME c p1")
    assert bench.sent() == ["DM r p1"] and bench.link.state == 6


def test_unsolicited_dm_asks_for_establishment(bench: Any) -> None:
    bench.put("DM r p1")
    assert bench.sent() == [] and bench.link.state == 4
    bench.put("DM r p0")
    assert bench.sent() == ["SABME c p1"]
    bench.put("UA r p1")
    assert bench.events() == [Established(True)]


def test_5_5_3_release(bench: Any) -> None:
    bench.to(7)
    bench.link.release(bench.now)
    assert bench.sent() == ["DISC c p1"] and bench.link.state == 6
    bench.put("DISC c p1")
    assert bench.sent() == ["UA r p1"]
    bench.put("UA r p0")
    assert bench.errors() == "D" and bench.link.state == 6
    bench.put("UA r p1")
    assert bench.events() == [Released(True, RELEASED_ASKED)]
    assert bench.link.state == 4 and bench.link.next_timeout() is None


def test_5_5_3_dm_releases_too(bench: Any) -> None:
    bench.to(6)
    bench.put("DM r p0")
    assert bench.link.state == 6
    bench.put("DM r p1")
    assert bench.events() == [Released(True, RELEASED_ASKED)]


def test_5_5_3_3_release_without_answer(bench: Any) -> None:
    bench.to(7)
    bench.link.release(bench.now)
    bench.wait(4)
    assert bench.sent() == ["DISC c p1"] * 4
    error, released = bench.events()
    assert error.code == "H" and released == Released(True, RELEASED_ASKED)


def test_release_of_a_released_link_is_confirmed(bench: Any) -> None:
    bench.link.release(bench.now)
    assert bench.events() == [Released(True, RELEASED_ASKED)] and bench.sent() == []


def test_peer_releases(bench: Any) -> None:
    bench.to(7)
    bench.send("a")
    bench.sent()
    bench.put("DISC c p1")
    assert bench.sent() == ["UA r p1"]
    assert bench.events() == [Released(False, RELEASED_PEER)]
    bench.put("DISC c p1")
    assert bench.sent() == ["DM r p1"] and bench.link.next_timeout() is None


def test_release_while_establishing_is_saved(bench: Any) -> None:
    bench.to(5)
    bench.link.release(bench.now)
    assert bench.sent() == []
    bench.put("UA r p1")
    assert bench.events() == [Established(True)]
    assert bench.sent() == ["DISC c p1"] and bench.link.state == 6


def test_release_saved_until_establishing_failed(bench: Any) -> None:
    bench.to(5)
    bench.link.release(bench.now)
    bench.put("DM r p1")
    assert bench.events() == [Released(False, RELEASED_REFUSED), Released(True, RELEASED_ASKED)]


def test_establish_while_releasing_is_saved(bench: Any) -> None:
    bench.to(6)
    bench.link.establish(bench.now)
    assert bench.sent() == []
    bench.put("UA r p1")
    assert bench.events() == [Released(True, RELEASED_ASKED)]
    assert bench.sent() == ["SABME c p1"] and bench.link.state == 5


def test_saved_primitives_keep_their_order(bench: Any) -> None:
    bench.to(5)
    bench.link.release(bench.now)
    bench.link.establish(bench.now)
    bench.put("UA r p1")
    assert bench.sent() == ["DISC c p1"]
    bench.put("UA r p1")
    assert bench.sent() == ["SABME c p1"]
    bench.put("UA r p1")
    assert bench.link.state == 7 and bench.sent() == []
    bench.forget()
    bench.link.release(bench.now)
    bench.link.establish(bench.now)
    bench.link.release(bench.now)
    for _ in range(3):
        bench.put("UA r p1")
    assert bench.link.state == 4


def test_data_without_a_link_is_counted(bench: Any) -> None:
    for state in (4, 6):
        fresh = type(bench)(bench.network)
        fresh.to(state)
        fresh.send("lost")
        assert fresh.sent() == [] and fresh.link.counters.refused == 1


def test_5_5_1_data_is_discarded_while_layer_3_establishes(bench: Any) -> None:
    bench.to(5)
    bench.send("a")
    bench.put("UA r p1")
    assert bench.sent() == [] and bench.link.counters.refused == 1


def test_data_waits_while_layer_2_re_establishes(bench: Any) -> None:
    bench.to(7)
    bench.put("DM r p0")
    bench.send("a")
    assert bench.sent() == ["SABME c p1"] and bench.errors() == "E"
    bench.put("UA r p1")
    assert bench.sent() == ["I c p0 s0 r0 =a"] and bench.events() == []


def test_layer_3_may_take_over_re_establishment(bench: Any) -> None:
    bench.to(7)
    bench.put("DM r p0")
    bench.send("a")
    bench.link.establish(bench.now)
    bench.forget()
    bench.put("UA r p1")
    assert bench.events() == [Established(True)] and bench.sent() == []


def test_5_7_1_sabme_in_a_quiet_link_is_told_to_management_only(bench: Any) -> None:
    bench.to(7)
    bench.put("SABME c p1")
    assert bench.sent() == ["UA r p1"] and bench.errors() == "F" and bench.link.state == 7


@pytest.mark.parametrize("state", [7, 8])
def test_5_7_1_sabme_with_frames_outstanding_tells_layer_3(bench: Any, state: int) -> None:
    bench.to(7)
    bench.send("a", "b")
    bench.wait(1 if state == 8 else 0)
    assert bench.link.state == state
    bench.sent()
    bench.put("SABME c p1")
    assert bench.sent() == ["UA r p1"]
    error, established = bench.events()
    assert error.code == "F" and established == Established(False)
    assert (bench.link.state, bench.link.vs, bench.link.va, bench.link.vr) == (7, 0, 0, 0)
    bench.send("c")
    assert bench.sent() == ["I c p0 s0 r0 =c"]


def test_5_7_2_re_establishment_with_frames_outstanding_tells_layer_3(bench: Any) -> None:
    bench.to(7)
    bench.send("a")
    bench.put("DM r p0")
    bench.send("b")
    bench.forget()
    bench.put("UA r p1")
    assert bench.events() == [Established(False)] and bench.sent() == []


@pytest.mark.parametrize("state", [5, 7, 8])
def test_persistent_deactivation(bench: Any, state: int) -> None:
    bench.to(state)
    bench.link.deactivate(bench.now)
    assert bench.events() == [Released(False, RELEASED_LAYER1)]
    assert bench.link.state == 4 and bench.link.next_timeout() is None
    bench.link.activate(bench.now)
    assert bench.link.state == 4
    bench.link.establish(bench.now)
    assert bench.sent() == ["SABME c p1"]


def test_persistent_deactivation_while_released_or_releasing(bench: Any) -> None:
    bench.link.deactivate(bench.now)
    assert bench.events() == []
    bench.to(6)
    bench.link.deactivate(bench.now)
    assert bench.events() == [Released(True, RELEASED_ASKED)] and bench.link.state == 4


@pytest.mark.parametrize(
    ("state", "words", "codes"),
    [
        (4, "UA r p1", "C"),
        (4, "UA r p0", "D"),
        (5, "UA r p0", "D"),
        (6, "UA r p0", "D"),
        (7, "UA r p1", "C"),
        (7, "UA r p0", "D"),
        (8, "UA r p1", "C"),
        (8, "UA r p0", "D"),
        (7, "DM r p1", "B"),
        (7, "RR r p1", "A"),
        (7, "REJ r p1", "A"),
        (7, "RNR r p1", "A"),
    ],
)
def test_5_8_7_unsolicited_responses_change_nothing(
    bench: Any, state: int, words: str, codes: str
) -> None:
    bench.to(state)
    bench.put(words)
    assert bench.errors() == codes and bench.link.state == state
    assert bench.link.counters.errors[ERROR_CODES.index(codes)] == 1


@pytest.mark.parametrize(
    ("state", "words", "codes"),
    [
        (7, "DM r p0", "E"),
        (8, "DM r p0", "E"),
        (8, "DM r p1", "B"),
        (7, "FRMR r p0 =12345", "K"),
        (8, "FRMR r p1 =12345", "K"),
        (7, "RR r p0 r1", "J"),
        (7, "RNR c p0 r1", "J"),
        (7, "REJ r p0 r127", "J"),
        (8, "RR c p0 r1", "J"),
        (8, "RNR r p1 r1", "J"),
        (8, "REJ r p1 r5", "J"),
        (8, "I c p0 s9 r5 =x", "J"),
        (7, "SABME r p1", "L"),
        (8, "UA c p1", "L"),
        (7, "I r p0 =x", "L"),
        (7, "DISC c p1 =x", "M"),
        (7, "RR r p0 =x", "N"),
        (8, "FRMR r p0 =123", "N"),
        (7, "I c p0 =" + "x" * 261, "O"),
        (8, "UI c p0 =" + "x" * 261, "O"),
    ],
)
def test_errors_that_re_establish(bench: Any, state: int, words: str, codes: str) -> None:
    """5.7.2, 5.8.5, 5.8.6: the error is reported, SABME goes out, layer 3 did not ask for it."""
    bench.to(state)
    bench.put(words)
    events = bench.events()
    assert [e.code for e in events if isinstance(e, ManagementError)] == list(codes)
    assert bench.sent()[-1] == "SABME c p1"
    assert bench.link.state == 5 and not bench.link.layer_3_initiated
    bench.put("UA r p1")
    assert bench.link.state == 7 and bench.events() == []


@pytest.mark.parametrize("state", [4, 5, 6])
def test_frame_errors_without_a_link_are_told_only(bench: Any, state: int) -> None:
    bench.to(state)
    bench.put("SABME r p1", "DM r p1 =x", "RNR c p0 =x", "UI c p0 =" + "x" * 261)
    assert bench.errors() == "LMNO" and bench.link.state == state and bench.sent() == []


def test_5_8_5_undefined_control_field(bench: Any) -> None:
    for control in (0x0D, 0x11, 0x2F, 0xE3, 0xFF):
        bench.to(7)
        bench.link.receive(bench.octets("RR c p0")[:2] + bytes([control, 0]), bench.now)
        assert bench.errors() == "L" and bench.sent() == ["SABME c p1"]
        bench.put("UA r p1", "DISC c p1")
        bench.forget()


def test_a_looped_line_is_named(bench: Any) -> None:
    bench.link.establish(bench.now)
    for octets in bench.link.transmit():
        bench.link.receive(octets, bench.now)
    (event,) = bench.events()
    assert event.code == "L" and "looped" in event.text
    assert bench.link.counters.looped == 1


def test_2_9_invalid_and_foreign_frames_are_counted_only(bench: Any) -> None:
    bench.to(7)
    good = bench.octets("I c p0 s0 r0 =x")
    for invalid in (b"", good[:1], good[:2], good[:3], b"\x03" + good[1:], good[:1] + b"\0\0\0"):
        bench.link.receive(invalid, bench.now)
    bench.link.receive(good[:1] + b"\x03" + good[2:], bench.now)  # TEI 1
    bench.link.receive(bytes([good[0] | 4]) + good[1:], bench.now)  # SAPI 1
    assert bench.link.counters.invalid == 6 and bench.link.counters.foreign == 2
    assert bench.sent() == [] and bench.events() == [] and bench.link.vr == 0


def test_other_sapi_and_tei(link_bench: Any) -> None:
    bench = link_bench(True, sapi=16, tei=64)
    bench.link.establish(bench.now)
    assert bench.link.transmit() == [bytes([16 << 2 | 2, 64 << 1 | 1, 0x7F])]
    bench.link.receive(bytes([16 << 2 | 2, 64 << 1 | 1, 0x73]), bench.now)
    assert bench.link.state == 7


def test_5_2_unacknowledged_transfer_in_every_state(bench: Any) -> None:
    for state in (4, 5, 6, 7, 8):
        fresh = type(bench)(bench.network)
        fresh.to(state)
        fresh.link.send_unit(b"u", fresh.now)
        assert fresh.sent() == ["UI c p0 =u"]
        fresh.put("UI c p0 =v")
        assert fresh.events() == [UnitData(b"v")] and fresh.link.state == state


def test_5_4_xid_is_left_to_the_default_values(bench: Any) -> None:
    bench.to(7)
    bench.put("XID c p1 =x", "XID r p1")
    assert bench.sent() == [] and bench.events() == [] and bench.link.counters.ignored == 2


def test_lengths_of_units_are_checked(bench: Any) -> None:
    bench.to(7)
    for data in (b"", bytes(261)):
        with pytest.raises(LocalError, match="1 to 260"):
            bench.link.send(data, bench.now)
    with pytest.raises(LocalError, match="at most 260"):
        bench.link.send_unit(bytes(261), bench.now)
    bench.link.send(bytes(260), bench.now)
    assert len(bench.link.transmit()[0]) == 264


def test_a_unit_of_n201_octets_arrives(bench: Any) -> None:
    bench.to(7)
    bench.put("I c p0 s0 r0 =" + "x" * 260)
    assert bench.events() == [Data(b"x" * 260)]


def test_5_10_t203_asks_a_silent_peer(bench: Any) -> None:
    bench.to(7)
    bench.wait(9.999)
    assert bench.sent() == []
    bench.wait(0.001)
    assert bench.sent() == ["RR c p1 r0"] and bench.link.state == 8 and bench.link.rc == 0
    bench.put("RR r p1 r0")
    assert bench.link.state == 7
    bench.wait(10)
    assert bench.sent() == ["RR c p1 r0"]


def test_5_6_7_peer_gone_after_t203(bench: Any) -> None:
    """T203, then N200 more enquiries, error I, N200 more SABMEs, error G: 10 + 4 + 4 s."""
    bench.to(7)
    bench.wait(17.999)
    assert bench.sent() == ["RR c p1 r0"] * 4 + ["SABME c p1"] * 4
    bench.wait(0.001)
    codes = [e.code if isinstance(e, ManagementError) else e for e in bench.events()]
    assert codes == ["I", "G", Released(False, RELEASED_SILENT)]


def test_returned_lists_belong_to_the_caller(bench: Any) -> None:
    out, events = bench.link.transmit(), bench.link.events()
    bench.put("SABME c p1")
    assert out == [] and events == []


def test_counters_by_name(bench: Any) -> None:
    bench.to(7)
    bench.send("a")
    bench.put("I c p0 s0 r1 =x", "UA r p1")
    bench.link.transmit()
    totals = bench.link.counters.totals()
    expected = {"rx_i": 1, "tx_i": 1, "rx_sabme": 1, "tx_ua": 1, "tx_rr": 1, "error_c": 1}
    assert {name: totals[name] for name in expected} == expected
    assert sum(totals.values()) == sum(expected.values()) + totals["rx_ua"]


def test_every_code_has_meaning_and_clause() -> None:
    assert len(ERROR_CODES) == len(ERROR_TEXTS) == 15
    assert all(text and clause.startswith("5.") for text, clause in ERROR_TEXTS)
