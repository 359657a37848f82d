"""Analog ports of DAHDI boards.

The kernel debounces hook and pulses itself: a pulsed digit and a hookflash are told as the changes
of hook that they must have been. Ringing's frequency and voltage are the board's own.
"""

from __future__ import annotations

import errno
import math
from typing import TYPE_CHECKING

from ...board.line import AnalogLine, Battery, Feed, LineMeasure, PortKind, PulseShape, Ringing
from ...errors import LocalError
from ...native import wrap_dahdi as native

if TYPE_CHECKING:
    from .board import DahdiBoard


class DahdiLine(AnalogLine):
    """One port; ``kind`` FXS where system.conf says fxo signalling, and the other way round."""

    def __init__(self, board: DahdiBoard, span: int, number: int, kind: PortKind) -> None:
        self.kind = kind
        self.span = span
        self.number = number
        self._board = board
        self._ringing = False
        self._reversed = False
        self._feed = Feed.NORMAL

    def where(self) -> str:
        """For texts of errors."""
        return f"{self._board.address} span {self.span} port {self.number}"

    def _need(self, kind: PortKind, what: str) -> None:
        if self.kind is not kind:
            a = "an FXS" if self.kind is PortKind.FXS else "an FXO"
            raise LocalError(f"{self.where()} is {a} and cannot {what}")

    def _check(self, code: int, what: str) -> None:
        if code in (-errno.ENOTTY, -errno.ENOSYS, -errno.EOPNOTSUPP):
            raise LocalError(f"{self.where()}: this board cannot {what}")
        if code == -errno.EBUSY:
            raise LocalError(f"{self.where()} is busy: wait for its LineSent to {what}")
        if code == -errno.ENODATA:
            raise LocalError(
                f"{self.where()} cannot {what} without tones in the kernel: write 'loadzone=' and "
                "'defaultzone=' into /etc/dahdi/system.conf and run `dahdi_cfg`"
            )
        self._board.span(self.span).timeslots[self.number].checked(code, what)  # type: ignore[attr-defined]

    def _hook(self, what: int, doing: str) -> None:
        self._check(self._board.engine.hook(self.span, self.number, what), doing)

    def feed(self, feed: Feed, ringing: Ringing | None = None) -> None:
        self._need(PortKind.FXS, "feed a line")
        engine = self._board.engine
        if feed is Feed.RINGING:
            if ringing is None:
                raise LocalError(f"{self.where()}: Feed.RINGING needs a Ringing")
            self._check(engine.ring_steadily(self.span, self.number), "ring")
            self._hook(native.RING, "ring")
            self._ringing = True
            self._feed = feed
            return
        if self._ringing:
            self._hook(native.RING_OFF, "stop ringing")
            self._ringing = False
        reverse = feed is Feed.REVERSED
        if reverse is not self._reversed:
            self._check(engine.polarity(self.span, self.number, reverse), "reverse its battery")
            self._reversed = reverse
        if feed in (Feed.OPEN, Feed.TIP_OPEN):
            self._hook(native.ON_HOOK, "open the line")
        elif self._feed in (Feed.OPEN, Feed.TIP_OPEN):
            self._hook(native.OFF_HOOK, "feed a line")
        self._feed = feed

    def loop(self, closed: bool) -> None:
        self._need(PortKind.FXO, "close a loop")
        self._hook(native.OFF_HOOK if closed else native.ON_HOOK, "close a loop")

    def ground(self, on: bool) -> None:
        self._need(PortKind.FXO, "ground the ring")
        self._hook(native.START if on else native.ON_HOOK, "ground the ring")

    def pulses(self, digits: str, shape: PulseShape, tag: int = 0) -> None:
        self._need(PortKind.FXO, "dial by pulses")
        if not self.off_hook():
            raise LocalError(f"{self.where()} is on hook: close the loop to dial by pulses")
        period = 1000 / shape.pps
        break_ms = round(period * shape.break_percent / 100)
        code = self._board.engine.pulses(
            self.span,
            self.number,
            digits if digits.isascii() else "?",
            round(period) - break_ms,
            break_ms,
            shape.interdigit_ms,
            tag,
        )
        if code == -errno.EINVAL:
            raise LocalError(f"{self.where()}: pulses '{digits}': give 1 to 32 digits 0 to 9")
        self._check(code, "dial by pulses")

    def flash(self, ms: int, tag: int = 0) -> None:
        code = self._board.engine.flash(self.span, self.number, ms, tag)
        if code == -errno.EINVAL:
            raise LocalError(f"{self.where()}: a flash of {ms} ms: give 1 to 10000")
        self._check(code, "flash")

    def metering(self, ms: int, hz: int = 16000, tag: int = 0) -> None:
        raise LocalError(f"{self.where()}: DAHDI has no metering pulses")

    def monitor(self, on: bool) -> None:
        self._need(PortKind.FXO, "keep a voice path on hook")

    def impedance(self, name: str) -> None:
        raise LocalError(
            f"{self.where()}: the impedance is set when the board's module is loaded (opermode= or "
            "fxsimpedance=)"
        )

    def lamp(self, on: bool) -> None:
        self._need(PortKind.FXS, "light a lamp")
        self._check(self._board.engine.lamp(self.span, self.number, on), "light a lamp")

    def sending(self) -> bool:
        return self._board.engine.sending(self.span, self.number) > 0

    def off_hook(self) -> bool:
        return self._board.engine.line(self.span, self.number)[1]

    def battery(self) -> Battery:
        if self.kind is PortKind.FXS:
            if self._feed in (Feed.OPEN, Feed.TIP_OPEN):
                return Battery.ABSENT
            return Battery.REVERSED if self._reversed else Battery.NORMAL
        return Battery(self._board.engine.line(self.span, self.number)[2])

    def measure(self) -> LineMeasure:
        """DAHDI tells no voltages: all are nan."""
        return LineMeasure(math.nan, math.nan, math.nan, math.nan, math.inf)
