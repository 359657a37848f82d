"""Caller identity of every kind at once, without configuration, out of what a line hears.

FSK characters of the V.23 and the Bell 202 receiver (either reads both modems; the frequency of the
mark tells which it was) and DTMF digits go in, identities come out: SDMF and MDMF of GR-30 and EN
300 659-3, DTMF in every framing of callerid_dtmf. When they come (before the first ring behind a
reversal, a ring pulse or a dual tone alerting signal, between rings, off hook behind CAS) makes no
difference here: fxo_incoming and fxo_talking know when to listen. No I/O; times are ns.
"""

from __future__ import annotations

from typing import Final

from ..call import PartyNumber
from ..call_line import CallerIdentified
from . import callerid as cid
from .callerid_dtmf import PRIVATE, read_dtmf
from .callerid_jclip import TYPE as JCLIP
from .callerid_jclip import JclipReader
from .callerid_name import decode_name

_MS: Final = 1_000_000
NEVER: Final = 1 << 62
LETTERS_GAP: Final = 700 * _MS
"""No digit for so long ends a sequence without an end letter (digits last 50 to 100 ms, pauses as
long)."""
SETTLE: Final = 120 * _MS
"""A message waits so long at most for its carrier's end, which tells the modem."""
SAME: Final = 3_000 * _MS
"""The same message within this time is the other receiver's, or is repeated: told once."""
MARK_BETWEEN: Final = 125
"""1250 Hz: between the marks of Bell 202 (1200) and V.23 (1300), as FSK receivers tell them."""
OCTET: Final = 2
"""FskReceived.kind up to which it has a character."""
CARRIER: Final = 3
LOST: Final = 4

ALLOWED: Final = 0
RESTRICTED: Final = 1
UNAVAILABLE: Final = 2
"""PartyNumber.presentation."""


class CallerId:
    """An identity. ``number`` empty: none was sent, ``presentation`` says why (RESTRICTED,
    UNAVAILABLE). ``standard``: "bell202-mdmf", "bell202-sdmf", "v23-mdmf", "v23-sdmf", "v23-jclip",
    "dtmf".
    ``message``: of FSK. ``raw``: the octets of the message or the digits. ``waiting``: of a message
    waiting indication, which is of no call. ``began``, ``ended``: ns."""

    def __init__(
        self,
        number: str,
        presentation: int,
        name: str,
        name_raw: bytes,
        standard: str,
        time: tuple[int, int, int, int] | None,
        raw: bytes,
        waiting: bool | None,
        message: cid.CallerIdMessage | None,
        began: int,
        ended: int,
    ) -> None:
        self.number: Final = number
        self.presentation: Final = presentation
        self.name: Final = name
        self.name_raw: Final = name_raw
        self.standard: Final = standard
        self.time: Final = time
        self.raw: Final = raw
        self.waiting: Final = waiting
        self.message: Final = message
        self.began: Final = began
        self.ended: Final = ended

    @property
    def is_call(self) -> bool:
        """It tells of a call; else of messages waiting, charges, a short message."""
        message = self.message
        if message is None:
            return True
        return message.kind in (cid.SDMF_CALL, cid.CALL_SETUP, JCLIP)

    def party(self) -> PartyNumber:
        """For CallRequest.calling: screened by the network."""
        return PartyNumber(self.number, 0, 1, self.presentation, 3)

    def event(self, call: int) -> CallerIdentified:
        """The neutral event for a call. Without a number ``calling`` has none, and says why."""
        return CallerIdentified(
            call, self.party(), self.name, self.name_raw, self.standard, self.time
        )

    def __repr__(self) -> str:
        return f"CallerId({self.number!r}, {self.presentation}, {self.name!r}, {self.standard!r})"


_NUMBER: Final = frozenset(b"0123456789*#+ABCDabcdPO-() ")
_KNOWN: Final = frozenset(
    (cid.DATE_TIME, cid.CALLING_NUMBER, cid.NUMBER_ABSENT, cid.CALLING_NAME, cid.NAME_ABSENT)
) | {cid.CALLED_NUMBER, cid.VISUAL_INDICATOR, cid.MESSAGES, cid.CALL_TYPE, cid.CHARGE_AMOUNT}


def is_plausible(message: cid.CallerIdMessage) -> bool:
    """Could it have been sent? Noise makes octets whose sum is right one time in 256."""
    number = message.octets(cid.CALLING_NUMBER)
    if not message.parameters or len(number) > 24 or any(o not in _NUMBER for o in number):
        return False
    if message.kind == cid.SDMF_CALL:
        return message.date_time is not None
    if message.kind == cid.SDMF_WAITING:
        return message.raw[2:-1] in (cid.LAMP_ON, cid.LAMP_OFF)
    return any(parameter.kind in _KNOWN for parameter in message.parameters)


def _of_message(message: cid.CallerIdMessage, bell202: bool, began: int, ended: int) -> CallerId:
    presentation = ALLOWED
    if not message.number:
        presentation = RESTRICTED if message.number_absent == cid.PRIVATE else UNAVAILABLE
    raw = message.octets(cid.CALLING_NAME)
    single = message.kind in (cid.SDMF_CALL, cid.SDMF_WAITING)
    standard = ("bell202" if bell202 else "v23") + ("-sdmf" if single else "-mdmf")
    if message.kind == JCLIP:
        standard = "v23-jclip"
    return CallerId(
        message.number.strip(" \0"),
        presentation,
        decode_name(raw),
        raw,
        standard,
        message.date_time,
        message.raw,
        message.waiting,
        message,
        began,
        ended,
    )


class _Modem:
    """One of the two FSK receivers."""

    def __init__(self) -> None:
        self.reader: Final = cid.CallerIdReceiver()
        self.jclip: Final = JclipReader()
        self.carrier = False
        self.began = 0
        self.mark = 0
        """Of the latest carrier, (Hz - 1000) / 2; 0: not known (yet)."""
        self.messages: list[cid.CallerIdMessage] = []


class CallerIdWatch:
    """One line's. Feed it, call ``handle_timeout`` at ``deadline``, take ``found``."""

    def __init__(self) -> None:
        self._modems: Final = (_Modem(), _Modem())
        self._found: list[CallerId] = []
        self._digits = ""
        self._digits_began = 0
        self._digits_until = NEVER
        self._settle = NEVER
        self._told: list[tuple[bytes, int]] = []
        self.faults = 0
        """Transmissions that began as a message and were none."""

    @property
    def deadline(self) -> int:
        """When ``handle_timeout`` wants to be called (ns), or NEVER."""
        return min(self._digits_until, self._settle)

    @property
    def receiving(self) -> bool:
        """A carrier, or a sequence of digits that has begun: what comes is worth waiting for."""
        return self._modems[0].carrier or self._modems[1].carrier or self._digits != ""

    def found(self) -> list[CallerId]:
        """Identities since the last call."""
        found, self._found = self._found, []
        return found

    def reset(self) -> None:
        """Forget what has begun: the line is answered, or idle again."""
        for modem in self._modems:
            modem.reader.carrier()
            modem.carrier = False
            modem.messages.clear()
        self._digits = ""
        self._digits_until = self._settle = NEVER
        self._told.clear()

    # FSK

    def fsk(self, bell202: bool, kind: int, octet: int, now: int) -> None:
        """FskReceived's fields. The octet of kind LOST is the mark's frequency."""
        modem = self._modems[1 if bell202 else 0]
        if kind == CARRIER:
            modem.reader.carrier()
            modem.jclip.carrier()
            modem.carrier = True
            modem.began = now
            modem.mark = 0
            return
        if kind == LOST:
            modem.carrier = False
            modem.mark = octet
            faults = modem.reader.faults
            modem.reader.lost()
            self.faults += modem.reader.faults - faults
        elif kind <= OCTET:
            modem.reader.receive(octet)
            framed = modem.jclip.receive(octet)
            if framed is not None and is_plausible(framed):
                modem.messages.append(framed)
        for event in modem.reader.events():
            if isinstance(event, cid.CallerIdMessage) and is_plausible(event):
                modem.messages.append(event)
        if modem.messages and self._settle == NEVER:
            self._settle = now + SETTLE
        if self._settle != NEVER and not (self._modems[0].carrier or self._modems[1].carrier):
            self._tell(now)

    def _tell(self, now: int) -> None:
        """Both receivers' messages become identities, each once."""
        self._settle = NEVER
        v23, bell = self._modems
        mark = bell.mark or v23.mark
        bell202 = 0 < mark < MARK_BETWEEN or (not mark and not v23.messages)
        for modem in (bell, v23) if bell202 else (v23, bell):
            for message in modem.messages:
                if self._is_new(message.raw, now):
                    self._found.append(_of_message(message, bell202, modem.began, now))
            modem.messages.clear()

    def _is_new(self, raw: bytes, now: int) -> bool:
        self._told = [(known, at) for known, at in self._told if now - at < SAME]
        for known, _ in self._told:
            if known == raw:
                return False
        self._told.append((raw, now))
        return True

    # DTMF

    def digit(self, digit: str, began: int, now: int) -> None:
        """A DTMF digit was recognised."""
        if not self._digits:
            self._digits_began = began
        self._digits += digit
        self._digits_until = now + LETTERS_GAP
        if digit in "C#":
            self._digits_end(now)
        elif len(self._digits) > 64:
            self._digits = ""
            self._digits_until = NEVER

    def ring(self, now: int) -> None:
        """Ringing began: no more digits of this sequence come."""
        if self._digits:
            self._digits_end(now)

    def _digits_end(self, now: int) -> None:
        digits, self._digits = self._digits, ""
        self._digits_until = NEVER
        # A digit of noise may stand in front of the start letter.
        for at in range(len(digits)):
            if at and digits[at] not in "ABD":
                continue
            identity = read_dtmf(digits[at:])
            if identity is None:
                continue
            presentation = ALLOWED
            if not identity.number:
                private = identity.absent == PRIVATE
                presentation = RESTRICTED if private else UNAVAILABLE
            raw = identity.digits.encode()
            if self._is_new(raw, now):
                self._found.append(
                    CallerId(
                        *(identity.number, presentation, "", b"", "dtmf", None, raw),
                        *(None, None, self._digits_began, now),
                    )
                )
            return
        self.faults += 1

    def handle_timeout(self, now: int) -> None:
        if now >= self._digits_until:
            self._digits_end(now)
        if now >= self._settle:
            self._tell(now)
