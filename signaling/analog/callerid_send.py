"""Caller identity to a telephone: the sequence of each standard, as rows of data.

``order`` is what happens on the line, with commas between, ``/`` before a length in ms:
``first-ring`` the cadence up to its long silence, ``ring/250`` a short ringing by itself (RP-AS),
``reverse`` and ``normal`` polarity, ``open/200`` no battery, ``silence/600``, ``dtas/100`` the dual
tone alerting signal 2130 + 2750 Hz, ``data`` the message. Ringing follows, or goes on when what is
left of its long silence has passed.

The sources are the documents' numbers as commonly cited; of EN 300 659-1 and SIN 227/242 single
timings were read in public descriptions, not the texts themselves. YD/T 1277.1: only its opening.
"""

from __future__ import annotations

from typing import Final

from ...errors import ConfigError, LocalError
from ..line_actions import SendDigits, SendFsk, SendSteps
from ..line_names import DTMF, FEED_NORMAL, FEED_OPEN, FEED_REVERSED
from . import callerid
from .callerid_dtmf import ABROAD, FRAMINGS, PRIVATE, UNAVAILABLE, encode_dtmf
from .fxs_sequence import FEED, QUIET, REST, RING, SEND, WAIT, Step

DTAS: Final[tuple[float, ...]] = (2130.0, 2750.0)
"""Hz of the dual tone alerting signal, and of CAS (EN 300 659-1 6.3; GR-30)."""

WORDS: Final = ("first-ring", "ring", "reverse", "normal", "open", "silence", "dtas", "data")
_TIMED: Final = ("ring", "open", "silence", "dtas")


class Standard:
    """A row. ``how``: "fsk" or "dtmf"; ``single``: SDMF; ``framing``: a key of FRAMINGS.

    ``seizure`` and ``mark``: bits before an FSK message. ``country``: who uses it.
    """

    def __init__(
        self,
        name: str,
        how: str,
        order: str,
        source: str,
        bell202: bool = False,
        single: bool = False,
        framing: str = "",
        seizure: int = 300,
        mark: int = 180,
        level_dbm0: float = -13.5,
        alert_dbm0: float = -16.0,
    ) -> None:
        self.name: Final = name
        self.how: Final = how
        self.order: Final = parse_order(order)
        self.source: Final = source
        self.bell202: Final = bell202
        self.single: Final = single
        self.framing: Final = framing
        self.seizure: Final = seizure
        self.mark: Final = mark
        self.level_dbm0: Final = level_dbm0
        self.alert_dbm0: Final = alert_dbm0
        """dBm0 of each frequency of DT-AS."""


def parse_order(order: str) -> tuple[tuple[str, int], ...]:
    """An order as it is written above. Raises ConfigError naming what is wrong."""
    steps: list[tuple[str, int]] = []
    for part in order.split(","):
        word, _, length = part.strip().partition("/")
        if word not in WORDS:
            raise ConfigError(f"caller ID order {order!r}: '{word}' is none of {', '.join(WORDS)}")
        if (word in _TIMED) != (length.isdigit() and 0 < int(length) <= 5000):
            raise ConfigError(
                f"caller ID order {order!r}: give a length of 1 to 5000 ms with "
                f"{', '.join(_TIMED)} and none with the others"
            )
        steps.append((word, int(length) if length else 0))
    words = [word for word, _ in steps]
    if words.count("data") != 1 or words.count("first-ring") > 1:
        raise ConfigError(f"caller ID order {order!r}: give data once and first-ring once at most")
    return tuple(steps)


_BETWEEN: Final = "first-ring,silence/600,data,silence/250"
_BEFORE: Final = "silence/250,data,silence/300"
_REVERSED: Final = "reverse,silence/250,data,silence/300,normal"

STANDARDS: Final[dict[str, Standard]] = {
    row.name: row
    for row in (
        Standard("bell202", "fsk", _BETWEEN, "GR-30: MDMF after the first ring", True),
        Standard("bell202-sdmf", "fsk", _BETWEEN, "GR-30: SDMF after the first ring", True, True),
        Standard("cn", "fsk", _BETWEEN, "YD/T 1277.1: Bell 202, MDMF, after the first ring", True),
        Standard("cn-sdmf", "fsk", _BETWEEN, "YD/T 1277.1: SDMF after the first ring", True, True),
        Standard("v23", "fsk", _BETWEEN, "EN 300 659-1 6.1.1: during ringing"),
        Standard(
            "v23-dtas",
            "fsk",
            "dtas/100,silence/150,data,silence/300",
            "EN 300 659-1 6.1.2 a: before ringing, after DT-AS; Taiwan DGT 0003",
        ),
        Standard(
            "v23-rpas",
            "fsk",
            "ring/250,silence/650,data,silence/300",
            "EN 300 659-1 6.1.2 b: before ringing, after a short ringing",
        ),
        Standard(
            "v23-lr",
            "fsk",
            "reverse,silence/150,dtas/100,silence/150,data,silence/300,normal",
            "EN 300 659-1 6.1.2 c: before ringing, after line reversal and DT-AS",
        ),
        Standard(
            "bt",
            "fsk",
            "reverse,silence/300,dtas/100,silence/150,data,silence/400,normal",
            "SIN 227, SIN 242: reversal, idle tone alert, 80 to 262 ms of seizure, 45 to 75 ms "
            "of mark; the telephone's wetting pulse of 15 ms comes after the tone",
            seizure=128,
            mark=72,
        ),
        Standard("dtmf-cn", "dtmf", _BEFORE, "China: D number C before ringing", framing="d-c"),
        Standard("dtmf-cn-reversal", "dtmf", _REVERSED, "China, behind a reversal", framing="d-c"),
        Standard("dtmf-tw", "dtmf", _BEFORE, "Taiwan DGT 0003: D number C", framing="d-c"),
        Standard("dtmf-se", "dtmf", _REVERSED, "Televerket 8211-A112: A number C", framing="a-c"),
        Standard("dtmf-dk", "dtmf", _REVERSED, "Tele Danmark: A number #", framing="a-hash"),
        Standard("dtmf-nl", "dtmf", _REVERSED, "KPN: number between letters", framing="a-c"),
        Standard("dtmf-in", "dtmf", _REVERSED, "India TEC: behind a reversal", framing="a-c"),
        Standard("dtmf-br", "dtmf", _BEFORE, "Brazil: A number C, no reversal", framing="a-c"),
        Standard(
            "dtmf-ring",
            "dtmf",
            "first-ring,silence/400,data,silence/300",
            "EN 300 659-1 annex B: DTMF between the first and the second ring",
            framing="d-c",
        ),
        Standard(
            "dtmf-rpas",
            "dtmf",
            "ring/250,silence/650,data,silence/300",
            "EN 300 659-1 annex B: DTMF after a short ringing",
            framing="a-c",
        ),
    )
}

BY_COUNTRY: Final = {
    "cn": "cn",
    "us": "bell202",
    "au": "bell202",
    "nz": "bell202",
    "sg": "bell202",
    "my": "bell202",
    "mx": "bell202",
    "gb": "bt",
    "dk": "dtmf-dk",
    "se": "dtmf-se",
    "fi": "dtmf-se",
    "nl": "dtmf-nl",
    "in": "dtmf-in",
    "br": "dtmf-br",
    "jp": "none",
}
"""The standard of a country's network; all others: V.23 during ringing (EN 300 659-1). Japan's own,
in which the telephone goes off hook for the message, is none of the rows."""


def standard_of(country: str) -> str:
    return BY_COUNTRY.get(country, "v23")


class Caller:
    """Who calls. ``presentation`` 0 shown, 1 withheld, 2 not available. ``name`` raw octets.

    ``abroad``: the number cannot be had because the call is from abroad (DTMF knows it)."""

    def __init__(
        self,
        number: str = "",
        presentation: int = 0,
        name: bytes = b"",
        time: tuple[int, int, int, int] | None = None,
        abroad: bool = False,
    ) -> None:
        self.number: Final = number if presentation == 0 else ""
        self.presentation: Final = presentation
        self.name: Final = name if presentation == 0 else b""
        self.time: Final = time
        self.abroad: Final = abroad

    @property
    def absent(self) -> str:
        """The letter of why there is no number: P withheld, O not available."""
        return callerid.PRIVATE if self.presentation == 1 else callerid.UNAVAILABLE


ENCODINGS: Final = ("latin-1", "gb2312", "gbk", "gb18030", "utf-8", "big5", "ascii")
MOST_NAME: Final = 50
"""Octets of a name (EN 300 659-3 5.4.6)."""


def name_octets(name: str, encoding: str) -> bytes:
    """A name for the wire: what the encoding has not becomes ``?``, what is too long is cut, but
    never inside a character."""
    octets = b""
    for character in name:
        more = character.encode(encoding, "replace")
        if len(octets) + len(more) > MOST_NAME:
            break
        octets += more
    return octets


def fsk_message(single: bool, caller: Caller, kind: int = callerid.CALL_SETUP) -> bytes:
    """The message with its checksum, MDMF or SDMF (GR-30, EN 300 659-3 5.2)."""
    if single:
        return callerid.single_call(caller.time or (1, 1, 0, 0), caller.number, caller.absent)
    parameters: list[callerid.Parameter] = []
    time = caller.time
    if time is not None:
        octets = callerid.date_time(time[0], time[1], time[2], time[3])
        parameters.append(callerid.Parameter(callerid.DATE_TIME, octets))
    if caller.number:
        number = caller.number.encode("ascii", "replace")[:20]
        parameters.append(callerid.Parameter(callerid.CALLING_NUMBER, number))
    else:
        absent = caller.absent.encode()
        parameters.append(callerid.Parameter(callerid.NUMBER_ABSENT, absent))
    if caller.name:
        parameters.append(callerid.Parameter(callerid.CALLING_NAME, caller.name))
    elif caller.presentation:
        absent = caller.absent.encode()
        parameters.append(callerid.Parameter(callerid.NAME_ABSENT, absent))
    return callerid.encode(kind, parameters)


def waiting_message(on: bool) -> bytes:
    """Visual message waiting indicator: MDMF 0x82 with parameter 0x0b (GR-30, GR-1401)."""
    return callerid.encode(
        callerid.MESSAGE_WAITING,
        [callerid.Parameter(callerid.VISUAL_INDICATOR, b"\xff" if on else b"\x00")],
    )


def dtmf_digits(standard: Standard, caller: Caller) -> str:
    """The digits of a DTMF row; letters and signs in a number are left out."""
    number = "".join(digit for digit in caller.number if digit in "0123456789*")[:20]
    if number:
        return encode_dtmf(standard.framing, number)
    absent = PRIVATE if caller.presentation == 1 else UNAVAILABLE
    if caller.abroad and ABROAD in FRAMINGS[standard.framing].absent:
        absent = ABROAD
    return encode_dtmf(standard.framing, "", absent)


DTMF_ON: Final = 70
DTMF_OFF: Final = 70
"""ms (Telia; EN 300 659-1 annex B: 70 +- 5)."""


def data_step(channel: int, standard: Standard, octets: bytes, digits: str) -> Step:
    """Send the message; the step's limit is twice what it takes."""
    if standard.how == "dtmf":
        took = len(digits) * (DTMF_ON + DTMF_OFF)
        send = SendDigits(channel, DTMF, digits, DTMF_ON, DTMF_OFF, -9.0)
        return Step(SEND, 2 * took + 1000, action=send)
    took = (standard.seizure + standard.mark + 10 * len(octets)) * 1000 // 1200
    fsk = SendFsk(
        channel, standard.bell202, octets, standard.seizure, standard.mark, standard.level_dbm0
    )
    return Step(SEND, 2 * took + 1000, action=fsk)


def dtas_step(channel: int, ms: int, level_dbm0: float) -> Step:
    """The dual tone alerting signal, or CAS."""
    return Step(SEND, ms + 1000, action=SendSteps(channel, ((DTAS, ms, level_dbm0),)))


def first_ring(cadence: tuple[int, ...], hz: float) -> list[Step]:
    """The cadence up to its long silence, which begins."""
    steps: list[Step] = []
    last = len(cadence) - 2
    for at in range(0, len(cadence), 2):
        steps.append(Step(RING, cadence[at], hz=hz))
        steps.append(Step(QUIET, cadence[at + 1] if at < last else 0))
    return steps


def presentation(
    channel: int,
    order: tuple[tuple[str, int], ...],
    data: Step,
    alert_dbm0: float,
    cadence: tuple[int, ...],
    hz: float,
    mark: Step | None = None,
) -> list[Step]:
    """The steps of an order. ``mark`` goes before the first ring where it is part of the order."""
    steps: list[Step] = []
    rung = False
    for word, ms in order:
        if word == "first-ring":
            if mark is not None:
                steps.append(mark)
            steps += first_ring(cadence, hz)
            rung = True
        elif word == "ring":
            steps += [Step(RING, ms, hz=hz), Step(QUIET)]
        elif word == "silence":
            steps.append(Step(WAIT, ms))
        elif word == "dtas":
            steps.append(dtas_step(channel, ms, alert_dbm0))
        elif word == "data":
            steps.append(data)
        else:
            steps += _feed(word, ms)
    if rung:
        steps.append(Step(REST, cadence[-1]))
    elif mark is not None:
        steps.append(mark)
    return steps


def _feed(word: str, ms: int) -> list[Step]:
    if word == "open":
        return [Step(FEED, to=FEED_OPEN), Step(WAIT, ms), Step(FEED, to=FEED_NORMAL)]
    return [Step(FEED, to=FEED_REVERSED if word == "reverse" else FEED_NORMAL)]


def caller_steps(
    channel: int,
    standard: Standard,
    caller: Caller,
    cadence: tuple[int, ...],
    hz: float,
    mark: Step | None = None,
) -> list[Step]:
    """All steps of caller identity by a standard, up to where plain ringing goes on."""
    dtmf = standard.how == "dtmf"
    octets = b"" if dtmf else fsk_message(standard.single, caller)
    digits = dtmf_digits(standard, caller) if dtmf else ""
    data = data_step(channel, standard, octets, digits)
    return presentation(channel, standard.order, data, standard.alert_dbm0, cadence, hz, mark)


def standard_row(name: str) -> Standard:
    """A row by name. Raises LocalError with the names there are."""
    row = STANDARDS.get(name)
    if row is None:
        raise LocalError(f"no caller ID standard {name!r}: there are {', '.join(STANDARDS)}")
    return row
