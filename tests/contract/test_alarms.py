"""Alarms on every board: one direction of the line interrupted, and restored."""

from __future__ import annotations

from trunkd.board.events import Alarm, AlarmChanged, FrameReceived


def changes(bench, span: int, active: bool) -> list[Alarm]:
    return [e.alarm for e in bench.of(AlarmChanged) if e.span == span and e.active is active]


def test_one_direction_cut_and_mended(up) -> None:
    """The far end loses the signal and says so to the near end by RAI; both are clean again."""
    up.cut()
    up.wait(lambda: Alarm.LOS in up.far.alarms and Alarm.RAI in up.near.alarms)
    up.pass_time(45)
    assert changes(up, 2, True)[:2] == list(up.SIGNAL_LOST)
    assert changes(up, 1, True) == [Alarm.RAI]
    assert up.far.alarms == set(up.SIGNAL_LOST)
    assert up.near.alarms == {Alarm.RAI}
    up.mend()
    up.wait(lambda: not up.far.alarms and not up.near.alarms)
    up.wait(lambda: changes(up, 1, False) == [Alarm.RAI])
    assert sorted(changes(up, 2, False)) == sorted(up.SIGNAL_LOST)
    assert up.far.counters().alarms[Alarm.LOS] == 1
    assert up.near.counters().alarms == {Alarm.RAI: 1}


def test_each_alarm_is_told_once_and_alternates(up) -> None:
    for _ in range(3):
        up.cut()
        up.wait(lambda: Alarm.LOS in up.far.alarms and Alarm.RAI in up.near.alarms)
        up.mend()
        up.wait(lambda: not up.far.alarms and not up.near.alarms)
        up.pass_time(5)
    state: dict[tuple[int, Alarm], bool] = {}
    for event in up.of(AlarmChanged):
        assert state.get((event.span, event.alarm), False) is not event.active
        state[event.span, event.alarm] = event.active
    assert not any(state.values())
    assert up.far.counters().alarms[Alarm.LOS] == 3


def test_no_frame_is_invented_while_the_line_is_down(up) -> None:
    near, far = up.hdlc()
    up.cut()
    up.wait(lambda: Alarm.LOS in up.far.alarms)
    up.seen.clear()
    near.transmit(b"lost")
    far.transmit(b"heard")
    up.wait(lambda: up.of(FrameReceived) != [])
    up.pass_time(60)
    assert [(e.span, e.frame) for e in up.of(FrameReceived)] == [(1, b"heard")]
    up.mend()
    up.wait(lambda: not up.far.alarms)
    up.pass_time(45)
    up.seen.clear()
    near.transmit(b"back again")
    up.wait(lambda: up.of(FrameReceived) != [])
    assert [e.frame for e in up.of(FrameReceived)] == [b"back again"]


def test_counters_of_a_good_line_stay(up) -> None:
    before = up.far.counters()
    up.pass_time(60)
    after = up.far.counters()
    assert after.frames - before.frames >= 200
    assert after.fas_errors == before.fas_errors
    assert after.crc4_errors == before.crc4_errors
    assert after.slips == before.slips
