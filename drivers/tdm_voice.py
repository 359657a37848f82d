"""What an engine's voice timeslots hear, how they are conditioned, and conferences of them."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from ..board.clock import FRAME
from ..board.events import BoardEvent
from ..board.media import (
    Conditioning,
    Conference,
    ConferenceConfig,
    Direction,
    EchoCancelling,
    EchoState,
    Level,
    Listen,
    Role,
)
from ..board.media_events import (
    Clipped,
    DigitHeard,
    DigitKind,
    FskHeard,
    ModemToneHeard,
    SegmentHeard,
    TalkersChanged,
    VoiceHeard,
)
from ..board.model import Timeslot
from ..errors import DriverError, LocalError
from ..native import wrap_media as native

if TYPE_CHECKING:
    from .tdm import TdmBoard

FIRST_KIND = native.EVENT_DIGIT
"""Kinds of events from here on are ``event``'s."""

_CONDITION_BITS = {
    "agc": native.CONDITION_AGC,
    "gate": native.CONDITION_GATE,
    "limit": native.CONDITION_LIMIT,
}
_DIGIT_KINDS = {int(kind): kind for kind in DigitKind}


class TdmVoice(Timeslot):
    """Listening, conditioning and echo cancelling of one timeslot."""

    def __init__(self, board: TdmBoard, span: int, number: int) -> None:
        self.span = span
        self.number = number
        self._board = board

    def __repr__(self) -> str:
        return f"<timeslot {self.number} of span {self.span} of {self._board.address}>"

    def where(self) -> str:
        """The timeslot as errors name it."""
        return f"{self._board.address} span {self.span} timeslot {self.number}"

    def checked(self, code: int, doing: str) -> int:
        """Turn a negative errno of the engine into an error that names the remedy."""
        if code >= 0:
            return code
        where = self.where()
        if code == -errno.EBUSY:
            raise LocalError(f"{where} is busy: end what it does before you {doing}")
        if code == -errno.ENOTCONN:
            raise LocalError(f"{where} is closed: open it before you {doing}")
        if code == -errno.EOPNOTSUPP:
            raise LocalError(f"{where} is open for something else: close it before you {doing}")
        if code == -errno.EAGAIN:
            raise DriverError(f"{where}: the engine does not keep up, cannot {doing} now; retry")
        raise DriverError(f"{where}: cannot {doing}: {os.strerror(-code)}")

    def listen(self, kinds: Listen) -> None:
        code = native.listen(self._board.engine, self.span, self.number, kinds.value)
        self.checked(code, "listen on it")

    def level(self) -> Level:
        code, now = native.level(self._board.engine, self.span, self.number)
        if code == -errno.ENOTCONN:
            raise LocalError(f"{self.where()} has no meter: listen to Listen.LEVEL on it first")
        self.checked(code, "read its level")
        return Level(
            now["rms"] / 100,
            now["fast"] / 100,
            now["peak_level"] / 100,
            now["floor"] / 100,
            now["dc"],
            now["clipped"],
            now["voice"] != 0,
            now["since_voice"] * FRAME,
        )

    def condition(self, direction: Direction, how: Conditioning | None) -> None:
        config = None if how is None else _condition(self.where(), how)
        code = native.condition(self._board.engine, self.span, self.number, direction, config)
        if code == -errno.EINVAL:
            raise LocalError(f"{self.where()}: conditioning out of range: {how}")
        self.checked(code, "condition it")

    def cancel_echo(self, how: EchoCancelling | None) -> None:
        options, tail_ms = 0, 0
        if how is not None:
            tail_ms = how.tail_ms
            options = (
                native.ECHO_ON
                | (native.ECHO_NLP if how.nonlinear else 0)
                | (native.ECHO_COMFORT if how.comfort_noise else 0)
                | (native.ECHO_TONE_DISABLE if how.tone_disable else 0)
            )
        code = native.echo(self._board.engine, self.span, self.number, options, tail_ms)
        if code == -errno.EINVAL:
            raise LocalError(
                f"{self.where()}: echo canceller of {tail_ms} ms: give 16 to 128 in steps of 8"
            )
        if code == -errno.EBUSY:
            raise LocalError(
                f"{self.where()}: span {self.span} cancels echoes with another tail than "
                f"{tail_ms} ms: use one tail for all timeslots of a span"
            )
        self.checked(code, "cancel its echo")

    def echo_state(self) -> EchoState:
        code, stats = native.echo_stats(self._board.engine, self.span, self.number)
        if code == -errno.ENOTCONN:
            raise LocalError(f"{self.where()} has no echo canceller: call cancel_echo first")
        self.checked(code, "read its echo canceller")
        return EchoState(
            stats["erl_db"],
            stats["erle_db"],
            stats["residual_dbm0"],
            stats["noise_dbm0"],
            stats["delay_ms"],
            stats["resets"],
            stats["double_talk"] != 0,
            stats["disabled"] != 0,
        )


def _condition(where: str, how: Conditioning) -> dict[str, int]:
    """Fields of td_condition_config in 1/100 dB; 0 there means the default: it is not given."""
    options = 0
    config: dict[str, int] = {}
    for field in fields(how):
        value = getattr(how, field.name)
        if isinstance(value, bool):
            options |= _CONDITION_BITS[field.name] if value else 0
            continue
        if not -327 <= value <= 327:
            raise LocalError(f"{where}: conditioning: {field.name} = {value}: give -90 to 90")
        name = field.name.removesuffix("_dbm0").removesuffix("_db")
        config[name] = round(100 * value) or int(name != "gain")
    config["options"] = options
    return config


class TdmConference(Conference):
    """A conference of an engine."""

    def __init__(self, board: TdmBoard, config: ConferenceConfig) -> None:
        self._board = board
        code = native.conference_open(
            board.engine,
            config.gate_above,
            round(100 * config.talk_dbm0),
            config.hold_ms,
            config.report_ms,
        )
        if code == -errno.ENOSPC:
            raise LocalError(f"{board.address} has all its conferences in use: close one")
        board.check(code)
        self.number = code

    def _where(self) -> str:
        return f"conference {self.number} of {self._board.address}"

    def _own(self, timeslot: Timeslot) -> TdmVoice:
        if not isinstance(timeslot, TdmVoice) or timeslot._board is not self._board:
            raise LocalError(
                f"{self._where()} takes timeslots of its own board: bridge to a soft channel of it"
            )
        return timeslot

    def join(
        self, timeslot: Timeslot, role: Role = Role.TALK, coached: Timeslot | None = None
    ) -> None:
        ours = self._own(timeslot)
        if (Role.COACH in role) != (coached is not None) or (
            Role.COACH in role and Role.SPEAK in role
        ):
            raise LocalError(
                f"{self._where()}: a coach is heard by the coached member alone: give "
                "Role.COACH (with Role.HEAR) and `coached`, or neither"
            )
        whom = None if coached is None else self._own(coached)
        code = native.conference_join(
            self._board.engine,
            self.number,
            ours.span,
            ours.number,
            role.value,
            0 if whom is None else whom.span,
            0 if whom is None else whom.number,
        )
        if code == -errno.EBUSY:
            raise LocalError(f"{ours.where()} is in another conference: leave that first")
        if code == -errno.EINVAL:
            raise LocalError(f"{self._where()}: {role} is no role: give SPEAK, HEAR or COACH")
        ours.checked(code, f"join {self._where()}")

    def leave(self, timeslot: Timeslot) -> None:
        ours = self._own(timeslot)
        code = native.conference_leave(self._board.engine, self.number, ours.span, ours.number)
        if code == -errno.ENOTCONN:
            raise LocalError(f"{ours.where()} is not in {self._where()}")
        ours.checked(code, f"leave {self._where()}")

    def close(self) -> None:
        code = native.conference_close(self._board.engine, self.number)
        if code != -errno.ENOTCONN:
            self._board.check(code)


# ---- events ----------------------------------------------------------------------------------


def _digit(time: int, span: int, timeslot: int, code: int, began: int, raw: bytes) -> BoardEvent:
    _, duration, _, kind, phase, digit, _, level, twist, _ = native.DIGIT.unpack(raw)
    return DigitHeard(
        time,
        span,
        timeslot,
        began,
        _DIGIT_KINDS[kind],
        chr(digit),
        phase == native.TONE_END,
        duration * FRAME,
        round(level, 1),
        round(twist, 1),
    )


def _fsk(time: int, span: int, timeslot: int, code: int, began: int, raw: bytes) -> BoardEvent:
    _, _, level, kind, octet = native.FSK.unpack(raw)
    return FskHeard(time, span, timeslot, began, code != 0, kind, octet, level / 100)


def _modem(time: int, span: int, timeslot: int, code: int, began: int, raw: bytes) -> BoardEvent:
    _, duration, _, level, frequency, reversals, kind, tone = native.MODEM.unpack(raw)
    return ModemToneHeard(
        time,
        span,
        timeslot,
        began,
        kind,
        tone,
        duration * FRAME,
        frequency / 10,
        level / 100,
        reversals,
    )


def _segment(time: int, span: int, timeslot: int, code: int, began: int, raw: bytes) -> BoardEvent:
    values: tuple[Any, ...] = native.PROGRESS.unpack(raw)
    _, duration, _, level, kind, n = values[:6]
    return SegmentHeard(
        time,
        span,
        timeslot,
        began,
        kind == native.PROGRESS_OFF,
        duration * FRAME,
        level / 100,
        tuple(f / 10 for f in values[6 : 6 + n]),
        tuple(each / 100 for each in values[10 : 10 + n]),
    )


def _level(time: int, span: int, timeslot: int, code: int, began: int, raw: bytes) -> BoardEvent:
    _, _, duration, level, kind, active, clipped = native.LEVEL.unpack(raw)
    if kind == native.LEVEL_VOICE:
        return VoiceHeard(time, span, timeslot, began, active != 0, duration * FRAME, level / 100)
    return Clipped(time, span, timeslot, began, active != 0, duration * FRAME, clipped)


def _talkers(time: int, span: int, timeslot: int, code: int, tag: int, raw: bytes) -> BoardEvent:
    return TalkersChanged(
        time, tag, tuple((s, t, level / 100) for s, t, level in native.TALKER.iter_unpack(raw))
    )


event_makers: dict[int, Callable[[int, int, int, int, int, bytes], BoardEvent]] = {
    native.EVENT_DIGIT: _digit,
    native.EVENT_FSK: _fsk,
    native.EVENT_MODEM: _modem,
    native.EVENT_PROGRESS: _segment,
    native.EVENT_LEVEL: _level,
    native.EVENT_TALKERS: _talkers,
}


def event(
    kind: int, time: int, span: int, timeslot: int, code: int, tag: int, payload: bytes
) -> BoardEvent:
    """The event of one of the kinds from FIRST_KIND on."""
    return event_makers[kind](time, span, timeslot, code, tag, payload)
