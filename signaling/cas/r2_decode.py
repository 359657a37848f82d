"""What received ABCD bits mean: it depends on the state of the line, and is made a table once."""

from __future__ import annotations

from typing import Final

from . import r2_states as s
from .r2_config import R2Config, Rows


class LineCodes:
    """The codes that a channel sends, and ``meaning[state][bits]``: the input for the bits (of the
    mask) that come. ``direction``: of its calls."""

    def __init__(self, rows: Rows, direction: str, config: R2Config) -> None:
        line = rows.line
        self.mask: Final = rows.mask
        self.idle: Final = line["idle"] & rows.mask
        self.send_idle: Final = line["clear_forward"] if direction == "out" else line["idle"]
        self.clear_forward: Final = line["clear_forward"]
        self.seize: Final = line["seize"]
        self.seize_ack: Final = line["seize_ack"]
        self.answer: Final = line["answer"]
        self.clear_back: Final = line["clear_back"]
        self.blocked: Final = line["blocked"]
        self.forced: Final = line["forced_release"]
        self.accept: Final = line["accept"]
        self.metering: Final = line["metering"]
        self.meaning: Final = _meanings(rows, direction, config)


Pairs = tuple[tuple[str, int], ...]


def _row(rows: Rows, pairs: Pairs) -> list[int]:
    """Of several signals with one code the first counts."""
    row = [s.FAULTY_CODE] * 16
    for name, input_ in reversed(pairs):
        code = rows.line[name]
        if code >= 0:
            row[code & rows.mask] = input_
    return row


def _resting(direction: str) -> Pairs:
    if direction == "out":
        return (("idle", s.IDLE_CODE), ("blocked", s.BLOCKED_CODE))
    seized = (("clear_forward", s.IDLE_CODE), ("seize", s.SEIZED_CODE))
    if direction == "in":
        return seized
    return (("idle", s.IDLE_CODE), *seized, ("blocked", s.BLOCKED_CODE))


def _meanings(rows: Rows, direction: str, config: R2Config) -> list[list[int]]:
    idle = ("idle", s.IDLE_CODE)
    answer = ("answer", s.ANSWER_CODE)
    forced = ("forced_release", s.FORCED_CODE)
    seized = (("seize", s.SEIZED_CODE),) if direction == "both" else ()
    talk: Pairs = (answer, ("clear_back", s.CLEAR_BACK_CODE), forced, idle)
    if config.metering == "pulses":
        talk = (*talk[:2], ("metering", s.METER_CODE), *talk[2:])
    unacknowledged = (("seize_ack", s.ACK_CODE), *seized, idle)
    register: Pairs = (
        ("seize_ack", s.ACK_CODE),
        answer,
        ("accept", s.ACCEPT_CODE),
        forced,
        idle,
    )
    pairs = {
        s.OUT_SEIZED: unacknowledged,
        s.OUT_UNACKNOWLEDGED: unacknowledged,
        s.OUT_DOUBLE: (*seized, idle),
        s.OUT_REGISTER: register,
        s.OUT_WAIT_ANSWER: register,
        s.OUT_ANSWERED: talk,
        s.OUT_PULSE: talk,
        s.OUT_CLEARED_BACK: talk,
        s.OUT_CLEARING: (idle, ("seize_ack", s.ACK_CODE), *seized, ("answer", s.ANSWER_CODE)),
    }
    incoming = (("clear_forward", s.CLEAR_FORWARD_CODE), ("seize", s.SEIZED_CODE))
    table: list[list[int]] = []
    for state in s.STATE_NAMES:
        if state in pairs:
            table.append(_row(rows, pairs[state]))
        elif state >= s.IN_REGISTER:
            table.append(_row(rows, incoming))
        else:
            table.append(_row(rows, _resting(direction)))
    return table
