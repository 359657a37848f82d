"""A box of relays on a serial port: names in, verified relays out.

Every command is acknowledged or read back, and sent again when the answer is lost or garbled.
Commands say what a relay shall be, never "toggle", so one that arrives twice does no harm. What a
doubled octet may do, switch another relay (``(@11)`` for ``(@1)``), is seen in the read-back of
the whole board and put right; ``corrections`` counts it. Answers without a check sum are believed
when two in a row agree. Stale octets are thrown away before each command.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Final, Self

from ..board.serial_errors import PortLost, SerialError
from ..errors import LocalError
from .relay_box_codec import Codec
from .relay_box_config import BoxTable, Relay, family_of, find_box, relays_of
from .relay_box_rows import Family, State
from .serial_line import SerialLine, SerialSettings

BLIND_TIMES: Final = 3
"""How often a board that cannot be read back is told."""

RECONNECT_S: Final = 5.0
ANSWER_LIMIT: Final = 1024
ERRORS_LIMIT: Final = 32
"""Longest error queue that is read empty."""


class BoxError(SerialError):
    """A relay box does not do as it is told; the text names port and remedy."""


class BoxSilent(BoxError):
    """It does not answer, or not in its family's words."""


class RelayBox:
    """Relays by name. ``with`` opens the port; leaving it puts relays into their safe state."""

    def __init__(self, name: str, table: BoxTable) -> None:
        self.name: Final = name
        self.table: Final = table
        self.family: Final[Family] = family_of(name, table)
        self.relays: Final[dict[str, Relay]] = relays_of(name, table)
        settings = table.line or SerialSettings(baud=self.family.baud)
        self.line: Final = SerialLine(table.port, settings)
        self.identity = ""
        """What the board says it is, where its family can be asked."""
        self.retries = 0
        """Exchanges that had to be done again."""
        self.corrections = 0
        """Relays that stood otherwise than told, and were put right."""
        first = min(relay.number for relay in self.relays.values())
        self._codec: Final = Codec(self.family, len(self.relays), first, table.unit)
        self._wanted: State = {}
        self._heard = b""
        self._trouble = ""

    @classmethod
    def named(cls, name: str, path: str | None = None) -> RelayBox:
        """A box of the bench's file, or FAMILY@PORT."""
        return cls(name, find_box(name, path))

    @property
    def verified(self) -> bool:
        """The board can be read back."""
        return bool(self.family.asks)

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.to_safe()
        except SerialError as exc:
            if error is None:
                raise
            error.add_note(f"and its relays are not in their safe state: {exc}")
        finally:
            self.disconnect()

    def connect(self) -> None:
        """Open the port, see that the board answers, and take its relays as they stand."""
        self.line.open()
        try:
            self._wake()
            self._clear_errors()
            if self._codec.identity is not None:
                self._identify(self._codec.identity)
            self._wanted = self._read_all()
        except BaseException:
            self.line.close()
            raise

    def disconnect(self) -> None:
        """Let go of the port; relays stay as they are."""
        self.line.close()

    def read(self) -> dict[str, bool | None]:
        """Which relays are closed, read from the board now; None: this board cannot tell."""
        try:
            state = self._read_all()
        except PortLost:
            self.line.reconnect(RECONNECT_S)
            state = self._read_all()
        self._wanted = {**self._wanted, **state}
        return {name: state.get(r.place, self._told(r)) for name, r in self.relays.items()}

    def close(self, *names: str) -> None:
        """Close these relays; back when it is verified."""
        self.set(dict.fromkeys(names, True))

    def open(self, *names: str) -> None:
        """Open these relays; back when it is verified."""
        self.set(dict.fromkeys(names, False))

    def set(self, wanted: Mapping[str, bool]) -> None:
        """Close those that are True, open those that are False: opening comes first."""
        places = {self.relay(name).place: closed for name, closed in wanted.items()}
        self._wanted = {**self._wanted, **places}
        self._apply(sorted(places, key=lambda place: places[place]))

    def pulse(self, name: str, seconds: float) -> None:
        """Change one relay for so long: closed when it is open, open when it is closed."""
        name = self.relay(name).name
        before = bool(self.read()[name])
        self.set({name: not before})
        try:
            time.sleep(seconds)
        finally:
            self.set({name: before})

    def to_safe(self) -> None:
        """Put every relay into its stated safe state; those of ``leave`` stay."""
        self.set({n: r.safe == "closed" for n, r in self.relays.items() if r.safe != "leave"})

    def relay(self, name: str) -> Relay:
        """One relay by its name or number; LocalError names those that there are."""
        found = self.relays.get(name)
        if found is None and name.isdecimal():
            found = next((r for r in self.relays.values() if r.number == int(name)), None)
        if found is None:
            raise LocalError(f"box {self.name} has no relay '{name}'; it has {self._have()}")
        return found

    def _have(self) -> str:
        return ", ".join(self.relays)

    def _told(self, relay: Relay) -> bool | None:
        return self._wanted.get(relay.place) if not self.verified else None

    def _apply(self, places: Iterable[int]) -> None:
        """Send the commands for these places, read back, and again for what is not so."""
        todo = list(places)
        for attempt in range(self.table.tries):
            try:
                if attempt:
                    self.retries += 1
                    self._wake()
                for place in todo:
                    self._command(place)
                if not self.verified:
                    return
                state = self._read_all()
            except PortLost:
                self.line.reconnect(RECONNECT_S)
                continue
            wrong = {place for place, closed in self._wanted.items() if state[place] != closed}
            if not wrong:
                return
            self.corrections += len(wrong - set(todo))
            todo = sorted(wrong, key=lambda place: self._wanted[place])
        raise self._stuck(todo)

    def _command(self, place: int) -> None:
        command = self._codec.command(place, self._wanted[place])
        if not self.verified:
            for _ in range(BLIND_TIMES):
                self.line.write(self._codec.wake())
                self.line.write(command)
            return
        self.line.drain()
        self.line.write(command)
        if self._codec.ack is not None:
            # Read back decides; the acknowledgement tells why not, and when to go on.
            answer = self._collect(self._codec.ack, self._codec.refused)
            if self._codec.refused is not None and self._codec.refused.fullmatch(answer):
                self._trouble = "it refuses (is it locked by a password or set to local?)"
        self._clear_errors()

    def _read_all(self) -> State:
        """All relays by place."""
        state: State = {}
        for question in self._codec.asks():
            state.update(self._read_part(*question))
        return state

    def _read_part(self, command: bytes, pattern: re.Pattern[bytes], place: int) -> State:
        """What one question tells: two agreeing answers, or one with a good check sum."""
        last: State | None = None
        for attempt in range(self.table.tries * 2):
            if attempt and last is None:
                self.retries += 1
                self._wake()
            answer = self._ask(command, pattern)
            state = self._codec.read(answer, pattern, place) if answer is not None else None
            if state is not None and (self.family.crc or state == last):
                return state
            last = state
        raise self._silent()

    def _ask(self, command: bytes, pattern: re.Pattern[bytes]) -> bytes | None:
        """One question; its whole answer, or None when it is lost or garbled."""
        self.line.drain()
        self.line.write(command)
        answer = self._collect(pattern)
        return answer if pattern.fullmatch(answer) else None

    def _collect(self, *patterns: re.Pattern[bytes] | None) -> bytes:
        """What comes until an answer is whole, or the time is over. An answer of plain octets has
        no end of its own: nothing may follow it for a while."""
        quiet = self.table.quiet_ms / 1000 if self.family.binary else 0.0
        until = time.monotonic() + self.table.timeout_ms / 1000
        data = b""
        while len(data) < ANSWER_LIMIT:
            whole = any(p is not None and p.fullmatch(data) for p in patterns)
            left = until - time.monotonic()
            more = self.line.read(quiet if whole else max(left, 0.0))
            data += more
            if not more and (whole or left <= 0):
                break
        self._heard = data or self._heard
        return data

    def _wake(self) -> None:
        """End half a command in the board, and throw away what it says to that."""
        self.line.write(self._codec.wake())
        self.line.drain(self.table.quiet_ms / 1000)

    def _clear_errors(self) -> None:
        if not self.family.errors:
            return
        self.line.drain()
        for _ in range(ERRORS_LIMIT):
            self.line.write(self._codec.errors())
            answer = self._collect(ERROR_LINE).strip()
            if not answer or self._codec.no_error.fullmatch(answer):
                return
            self._trouble = f"it reports {answer.decode('ascii', 'replace')}"

    def _identify(self, pattern: re.Pattern[bytes]) -> None:
        for attempt in range(self.table.tries):
            if attempt:
                self.retries += 1
                self._wake()
            answer = self._ask(self._codec.identify(), pattern)
            found = pattern.fullmatch(answer) if answer is not None else None
            if found is not None:
                self.identity = self._codec.identity_text(found)
                return
        raise self._silent()

    def _silent(self) -> BoxSilent:
        family, line = self.family, self.line
        if not self._heard:
            said = "does not answer: is it powered, and is this its port?"
        else:
            said = f"answers {self._heard[:40]!r}, which is not what family {family.name} says:"
        hint = f"it is asked as {family.title} at {line.settings}; `trunkd bench families`"
        return BoxSilent(line.port, f"the relay box '{self.name}' {said} {hint} lists others")

    def _stuck(self, places: list[int]) -> BoxError:
        names = [name for name, relay in self.relays.items() if relay.place in places]
        why = f": {self._trouble}" if self._trouble else ""
        return BoxError(
            self.line.port,
            f"relay {', '.join(names)} of box '{self.name}' is not as told after "
            f"{self.table.tries} tries{why}; check the supply of its coils",
        )


ERROR_LINE: Final = re.compile(rb'\s*[+-]?\d+,\s*"[^"\r\n]*"\s*\n')
"""An entry of SCPI's error queue: number, text (SCPI-99, 21.8)."""
