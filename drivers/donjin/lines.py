"""Lines of analog cards, asked again and again what has happened: trunks, stations, recorders."""

from __future__ import annotations

import enum
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Final

from ...errors import DriverError
from . import facts
from .library import Library

Tell = Callable[..., None]


class State(enum.Enum):
    """Of a line's call."""

    IDLE = "idle"
    RINGS = "rings"
    """It rings, and the caller's number may come yet."""
    OFFERED = "incoming call"
    ANSWERS = "answers"
    DIALS = "dials"
    ALERTS = "rings at the far end"
    TALKS = "connected"
    OVER = "the far end hung up"
    CLEARS = "clears"


CALLS: Final = frozenset(State) - {State.IDLE, State.RINGS, State.CLEARS}
"""States with a call that the driver knows of."""


class Line(ABC):
    """A channel of the library. ``tell``: an event for the driver, as SdkHost.tell."""

    def __init__(self, library: Library, tell: Tell, ch: int, options: dict[str, Any]) -> None:
        self.library: Final = library
        self._tell: Final = tell
        self.ch: Final = ch
        self.options: Final = options
        self.state = State.IDLE
        self._since = 0.0

    def become(self, state: State) -> None:
        self.state = state
        self._since = time.monotonic()

    def lasted(self, ms: int) -> bool:
        """It has been in this state for so long."""
        return time.monotonic() - self._since >= ms / 1000

    def tell(self, what: str, *values: Any) -> None:
        self._tell(what, self.ch, *values)

    def raw(self, name: str, *values: Any) -> int:
        return self.library.raw(name, self.ch, *values)

    def ended(self, cause: int, far: bool, how: str = "") -> None:
        """The call is over; the line waits for ``hang_up``."""
        self.become(State.OVER)
        self.tell("ended", cause, far, False, how)

    def idle(self, far: bool = False) -> None:
        """The line is free, whatever call there was."""
        known = self.state in CALLS or self.state is State.CLEARS
        self.become(State.IDLE)
        if known:
            self.tell("ended", 16, far, True, "")

    @abstractmethod
    def poll(self) -> None:
        """What has happened since the last time."""

    @abstractmethod
    def dial(self, number: str, calling: str) -> None: ...

    @abstractmethod
    def answer(self) -> None: ...

    @abstractmethod
    def hang_up(self) -> None: ...

    def block(self, on: bool) -> None:
        raise DriverError("this card cannot block its channels")


class Trunk(Line):
    """A telephone line from the exchange."""

    _rang = 0.0
    _refused = False

    def poll(self) -> None:
        if self.state is State.IDLE:
            if self.raw("RingDetect"):
                self._begins()
        elif self.state is State.RINGS:
            self._waits_for_number()
        elif self.state is State.OFFERED:
            self._still_rings()
        elif self.state in (State.DIALS, State.ALERTS):
            self._dialling()
        elif self.state is State.TALKS:
            if self.raw("Sig_CheckBusy"):
                self.ended(16, True, "busy tone")
        elif self.state is State.CLEARS and self._is_free():
            self.idle()

    def _is_free(self) -> bool:
        """It was left alone for a while, and a caller who was refused has given up."""
        return self.lasted(self.options["guard_ms"]) and not (self._refused and self._rings())

    def _begins(self) -> None:
        self._rang = time.monotonic()
        if self.library.has("ResetCallerIDBuffer"):
            self.raw("ResetCallerIDBuffer")
        self.become(State.RINGS)
        self._waits_for_number()

    def _numbers(self) -> bool:
        library = self.library
        knows = library.has("GetCallerIDStr") or library.has("GetCallerIDStrEx")
        supports = not library.has("IsSupportCallerID") or library.raw("IsSupportCallerID")
        return bool(knows and supports and self.options["caller_id_ms"])

    def _waits_for_number(self) -> None:
        step, number, name = self.library.caller(self.ch) if self._numbers() else (0, "", "")
        right = step == facts.CALLER_OK
        done = right or step == facts.CALLER_WRONG or not self._numbers()
        if done or self.lasted(self.options["caller_id_ms"]):
            self.become(State.OFFERED)
            self.tell("arrived", "", number if right else "", name if right else "")
        elif not self._rings():
            self.become(State.IDLE)  # nobody was told

    def _rings(self) -> bool:
        if self.raw("RingDetect"):
            self._rang = time.monotonic()
        gap: int = self.options["ring_gap_ms"]
        return time.monotonic() - self._rang < gap / 1000

    def _still_rings(self) -> None:
        if not self._rings():
            self.idle(far=True)

    def dial(self, number: str, calling: str) -> None:
        """The caller's number is the line's own."""
        if self.state is not State.IDLE:
            raise DriverError(f"the line is busy ({self.state.value})")
        self.raw("OffHook")
        self.raw("StartSigCheck")
        self.raw("Sig_ResetCheck")
        prefix = self.options["prefix"].encode()
        if not self.raw("Sig_StartDial", number.encode(), prefix, self.options["dial_mode"]):
            self.raw("HangUp")
            self.become(State.CLEARS)
            raise DriverError("Sig_StartDial: the library refused")
        self.become(State.DIALS)
        self.tell("progress", False)

    def _dialling(self) -> None:
        result, reason = self.library.check_dial(self.ch)
        if result == facts.CONNECTED:
            self.become(State.TALKS)
            self.raw("Sig_ResetCheck")
            self.tell("answered", facts.HOW.get(reason, "voice"))
        elif result != facts.NO_RESULT and result in facts.DIAL_CAUSES:
            cause, how = facts.DIAL_CAUSES[result]
            self.ended(cause, True, how)
        elif self.state is State.DIALS and self._hears_ringing():
            self.become(State.ALERTS)
            self.tell("progress", True)

    def _hears_ringing(self) -> bool:
        name = "Sig_GetCadenceCount"
        return self.library.has(name) and self.raw(name, facts.RINGBACK) > 0

    def answer(self) -> None:
        if self.state is not State.OFFERED:
            raise DriverError(f"there is no call to answer ({self.state.value})")
        self.raw("OffHook")
        self.raw("StartSigCheck")
        self.raw("Sig_ResetCheck")
        self.raw("InitDtmfBuf")
        self.become(State.TALKS)
        self.tell("answered", "")

    def hang_up(self) -> None:
        """A ringing line has no way to refuse: it is left to ring until its caller gives up."""
        if self.state is State.IDLE:
            return
        self._refused = self.state is State.OFFERED
        self.raw("HangUp")
        self.raw("Sig_ResetCheck")
        self.become(State.CLEARS)


class Station(Line):
    """A telephone of ours."""

    def poll(self) -> None:
        off_hook = bool(self.raw("RingDetect")) if self.state is not State.ALERTS else False
        if self.state is State.IDLE:
            if off_hook:
                self._watch_hook()
                self.become(State.OFFERED)
                self.tell("arrived", "", "", "")
        elif self.state is State.ALERTS:
            if self.raw("OffHookDetect"):
                self.raw("FeedPower")
                self._watch_hook()
                self.become(State.TALKS)
                self.tell("answered", "")
        elif self._hung_up(off_hook):
            if self.state is State.CLEARS:
                self._signal(facts.NO_TONE)
            self.idle(far=self.state is not State.CLEARS)

    def _watch_hook(self) -> None:
        self.raw("InitDtmfBuf")
        if self.library.has("StartHangUpDetect"):
            self.raw("StartHangUpDetect")

    def _hung_up(self, off_hook: bool) -> bool:
        name = "HangUpDetect"
        return self.raw(name) == facts.HUNG_UP if self.library.has(name) else not off_hook

    def _signal(self, signal: int) -> None:
        if self.library.has("StartPlaySignal"):
            self.raw("StartPlaySignal", signal)

    def dial(self, number: str, calling: str) -> None:
        """Ring; the number is of no use to a telephone."""
        if self.state is not State.IDLE:
            raise DriverError(f"the station is busy ({self.state.value})")
        self.raw("FeedRealRing")
        self.become(State.ALERTS)
        self.tell("progress", True)

    def answer(self) -> None:
        if self.state is not State.OFFERED:
            raise DriverError(f"there is no call to answer ({self.state.value})")
        self.become(State.TALKS)
        self.tell("answered", "")

    def hang_up(self) -> None:
        """A telephone that is off hook hears busy tone until its user hangs up."""
        if self.state is State.ALERTS:
            self.raw("FeedPower")
            self.idle()
        elif self.state in CALLS:
            self._signal(facts.BUSY_TONE)
            self.become(State.CLEARS)


class Recorder(Line):
    """A line that others talk on."""

    def poll(self) -> None:
        off_hook = self.raw("DRec_OffHookDetect")
        if self.state is State.IDLE and off_hook:
            self.become(State.OFFERED)
            self.tell("arrived", "", "", "")
        elif self.state is not State.IDLE and not off_hook:
            self.idle(far=self.state is not State.CLEARS)

    def dial(self, number: str, calling: str) -> None:
        raise DriverError("it records others' calls: it cannot dial")

    def answer(self) -> None:
        self.become(State.TALKS)
        self.tell("answered", "")

    def hang_up(self) -> None:
        """Others' call goes on; the channel is free when they have hung up."""
        if self.state is not State.IDLE:
            self.become(State.CLEARS)
