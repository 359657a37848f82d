"""E&M trunks on T1 robbed bits and E1 CAS bits: times, variants and settings as rows of data.

The names in ``source`` are those of the documents that state the procedure: ANSI T1.403 and T1.405
(bits and supervision of DS1 interfaces), GR-506-CORE (signalling for analog interfaces, formerly
LSSGR section 6), TIA-464 (PBX supervision), GR-690-CORE (exchange access: feature groups B and
D). Their texts are sold and were not at hand: the figures are those that are commonly printed in
manuals of exchanges and gateways, and each can be set in the configuration.
"""

from __future__ import annotations

from typing import Final

from ...errors import ConfigError
from ..line_names import DTMF, R1
from .em_address import Form, ii_digits, read_form

_MS: Final = 1_000_000

RECOGNITION: Final = 0
START_DELAY: Final = 1
WINK_DELAY: Final = 2
WINK: Final = 3
WINK_MIN: Final = 4
WINK_MAX: Final = 5
WINK_WAIT: Final = 6
DELAY_DIAL: Final = 7
DELAY_MAX: Final = 8
HOLD_WAIT: Final = 9
DIAL_DELAY: Final = 10
STAGE_WAIT: Final = 11
FIRST_DIGIT: Final = 12
INTERDIGIT: Final = 13
ANSWER_TIME: Final = 14
ANSWER_WAIT: Final = 15
DISCONNECT_TIME: Final = 16
RESUME_WAIT: Final = 17
RELEASE_WAIT: Final = 18
REFUSE_WAIT: Final = 19
GUARD_TIME: Final = 20
FLASH_TIME: Final = 21
FLASH_MIN: Final = 22
FLASH_MAX: Final = 23
PULSE_BREAK: Final = 24
PULSE_MAKE: Final = 25
PULSE_GAP: Final = 26
PULSE_MIN: Final = 27
PULSE_MAX: Final = 28
DIGIT_END: Final = 29
DTMF_ON: Final = 30
DTMF_OFF: Final = 31
MF_ON: Final = 32
MF_OFF: Final = 33
KP_ON: Final = 34


class TimeRow:
    """A time, ms: number, name in the configuration, default, range, source, what it is."""

    def __init__(
        self, number: int, name: str, ms: int, low: int, high: int, source: str, text: str
    ) -> None:
        self.number: Final = number
        self.name: Final = name
        self.ms: Final = ms
        self.low: Final = low
        self.high: Final = high
        self.source: Final = source
        self.text: Final = text


TIMES: Final[tuple[TimeRow, ...]] = (
    TimeRow(RECOGNITION, "recognition", 15, 0, 60, "T1.405", "a shorter change is a hit"),
    TimeRow(START_DELAY, "start_delay", 150, 65, 5000, "TIA-464", "immediate start: to 1st digit"),
    TimeRow(WINK_DELAY, "wink_delay", 210, 100, 5000, "GR-506", "seizure to our wink"),
    TimeRow(WINK, "wink", 200, 140, 290, "GR-506, T1.405", "length of our wink"),
    TimeRow(WINK_MIN, "wink_min", 100, 20, 290, "GR-506", "a shorter wink is a hit"),
    TimeRow(WINK_MAX, "wink_max", 350, 140, 3000, "GR-506", "a longer one is glare"),
    TimeRow(WINK_WAIT, "wink_wait", 4500, 1000, 30000, "GR-506", "our seizure to their wink"),
    TimeRow(DELAY_DIAL, "delay_dial", 256, 140, 5000, "TIA-464", "length of our delay dial"),
    TimeRow(DELAY_MAX, "delay_max", 4000, 500, 30000, "GR-506", "a longer delay dial is glare"),
    TimeRow(HOLD_WAIT, "hold_wait", 6000, 1000, 30000, "GR-506", "glare: they give way"),
    TimeRow(DIAL_DELAY, "dial_delay", 100, 50, 2000, "GR-506", "end of wink to 1st digit"),
    TimeRow(STAGE_WAIT, "stage_wait", 10000, 1000, 60000, "GR-690", "digits to the next wink"),
    TimeRow(FIRST_DIGIT, "first_digit", 10000, 1000, 60000, "GR-506", "permanent signal"),
    TimeRow(INTERDIGIT, "interdigit", 5000, 500, 60000, "GR-506", "partial dial"),
    TimeRow(ANSWER_TIME, "answer", 400, 0, 2000, "GR-506", "off-hook that is an answer"),
    TimeRow(ANSWER_WAIT, "answer_wait", 180000, 1000, 900000, "Q.118", "digits to answer"),
    TimeRow(DISCONNECT_TIME, "disconnect", 300, 100, 3000, "GR-506, TIA-464", "on-hook that ends"),
    TimeRow(RESUME_WAIT, "resume_wait", 0, 0, 120000, "GR-506 (10-13 s)", "called hung up: wait"),
    TimeRow(RELEASE_WAIT, "release_wait", 10000, 1000, 120000, "GR-506", "they follow on-hook"),
    TimeRow(REFUSE_WAIT, "refuse_wait", 30000, 1000, 300000, "GR-506", "tone to a caller"),
    TimeRow(GUARD_TIME, "guard", 750, 0, 5000, "GR-506 (750-1250)", "idle to the next seizure"),
    TimeRow(FLASH_TIME, "flash", 500, 80, 1500, "TIA-464", "length of our flash"),
    TimeRow(FLASH_MIN, "flash_min", 200, 80, 1000, "TIA-464", "a shorter on-hook is a hit"),
    TimeRow(FLASH_MAX, "flash_max", 1100, 200, 1500, "GR-506", "a longer one is a hang-up"),
    TimeRow(PULSE_BREAK, "pulse_break", 61, 25, 100, "TIA-464", "on-hook of a pulse, sent"),
    TimeRow(PULSE_MAKE, "pulse_make", 39, 20, 75, "TIA-464", "off-hook of a pulse, sent"),
    TimeRow(PULSE_GAP, "pulse_gap", 700, 300, 2000, "TIA-464", "between digits, sent"),
    TimeRow(PULSE_MIN, "pulse_min", 18, 5, 60, "TIA-464", "shortest on-hook that is a pulse"),
    TimeRow(PULSE_MAX, "pulse_max", 120, 60, 250, "TIA-464", "longest on-hook of a pulse"),
    TimeRow(DIGIT_END, "digit_end", 160, 100, 600, "TIA-464", "off-hook that ends a digit"),
    TimeRow(DTMF_ON, "dtmf_on", 70, 40, 500, "TIA-464", "DTMF signal"),
    TimeRow(DTMF_OFF, "dtmf_off", 70, 40, 500, "TIA-464", "pause between DTMF signals"),
    TimeRow(MF_ON, "mf_on", 68, 50, 200, "Q.322 (68)", "MF signal"),
    TimeRow(MF_OFF, "mf_off", 68, 50, 200, "Q.322 (68)", "pause between MF signals"),
    TimeRow(KP_ON, "kp_on", 100, 90, 300, "Q.322 (100)", "MF signal KP"),
)

WINK_START: Final = "wink"
IMMEDIATE_START: Final = "immediate"
DELAY_START: Final = "delay"
STARTS: Final = (WINK_START, IMMEDIATE_START, DELAY_START)

PULSE: Final = 0
"""Register kind of decadic pulses; the others are DigitReceived's kinds."""
REGISTERS: Final = {"dtmf": DTMF, "mf": R1, "pulse": PULSE}
DIRECTIONS: Final = ("both", "in", "out")
GLARES: Final = ("yield", "hold")
SELECTIONS: Final = ("ascending", "descending", "cyclic")
BUSY_OUTS: Final = ("off hook", "nothing")


class EmVariant:
    """How a kind of trunk is used: ``start``, ``register`` (key of REGISTERS) and ``address``, a
    name of em_address.FORMS."""

    def __init__(self, name: str, start: str, register: str, address: str, source: str) -> None:
        self.name: Final = name
        self.start: Final = start
        self.register: Final = register
        self.address: Final = address
        self.source: Final = source


VARIANTS: Final[dict[str, EmVariant]] = {
    row.name: row
    for row in (
        EmVariant("wink", WINK_START, "dtmf", "dnis", "T1.405, TIA-464: wink start, DTMF"),
        EmVariant("wink-mf", WINK_START, "mf", "dnis-mf", "GR-506: wink start, MF"),
        EmVariant("immediate", IMMEDIATE_START, "dtmf", "dnis", "TIA-464: immediate start"),
        EmVariant("immediate-pulse", IMMEDIATE_START, "pulse", "dnis", "TIA-464: dial pulse"),
        EmVariant("delay", DELAY_START, "dtmf", "dnis", "TIA-464: delay dial"),
        EmVariant("delay-mf", DELAY_START, "mf", "dnis-mf", "GR-506: delay dial, MF"),
        EmVariant("fgb", WINK_START, "mf", "fgb", "GR-690: feature group B"),
        EmVariant("fgd", WINK_START, "mf", "fgd", "GR-690: feature group D, direct"),
        EmVariant("fgd-tandem", WINK_START, "mf", "fgd-tandem", "GR-690: by access tandem"),
        EmVariant("fgd-dtmf", WINK_START, "dtmf", "ani-dnis", "vendors: FGD digits by DTMF"),
        EmVariant("e911", WINK_START, "mf", "e911", "GR-350: E911 tandem, CAMA digits"),
    )
}

BITS: Final[dict[str, tuple[int, int]]] = {
    "t1": (0b0000, 0b1111),  # T1.403: B, C and D repeat A
    "e1": (0b0001, 0b1101),  # TS16: never 0000 (G.704 5.1.3.2.2: it would look like its alignment)
}
"""ABCD while idle and while seized; only A is read."""


class EmConfig:
    """Settings of a group of E&M trunks; ConfigError names what is wrong.

    ``channels``: timeslots. ``variant``: a key of VARIANTS; it gives ``start``, ``register`` and
    ``address`` (a name of FORMS or a form of your own, em_address.py) where those are "".
    ``direction``: "both", "in" (we only take calls) or "out". ``digits``: with so many digits a
    number without end mark is complete, 0: not known. ``min_digits``: fewer are refused (cause
    28). ``overlap``: a number without end mark is offered with ``min_digits``, the rest follows.
    ``glare``: who gives way on a trunk of both directions: "yield", we do; the far end must be
    set to "hold". ``selection``: one of SELECTIONS; "": who yields chooses from the other end.
    ``bits``: a key of BITS or "idle/seized" as ABCD. ``busy_out``: a blocked channel shows "off
    hook", or "nothing". ``country``: of the tones that a caller hears (ringing, busy,
    congestion), "": none. ``flash``: on-hook of flash_min to flash_max in a call is a
    CallFlashed. ``attempts``: trunks tried for a call. ``ii``, ``cic``, ``ozz``: what a form
    sends for them. ``times``: ms by name of TIMES.
    """

    def __init__(
        self,
        channels: tuple[int, ...],
        variant: str = "wink",
        start: str = "",
        register: str = "",
        address: str = "",
        direction: str = "both",
        digits: int = 0,
        min_digits: int = 1,
        overlap: bool = False,
        glare: str = "yield",
        selection: str = "",
        bits: str = "t1",
        busy_out: str = "off hook",
        country: str = "us",
        flash: bool = False,
        attempts: int = 2,
        ii: str = "00",
        cic: str = "0288",
        ozz: str = "001",
        times: dict[str, int] | None = None,
    ) -> None:
        self.channels: Final = _channels(channels)
        row = VARIANTS.get(variant)
        if row is None:
            raise ConfigError(f"variant is {variant!r}; give one of {', '.join(VARIANTS)}")
        self.variant: Final = row
        self.start: Final = _one_of("start", start or row.start, STARTS)
        name = _one_of("register", register or row.register, tuple(REGISTERS))
        self.register: Final[int] = REGISTERS[name]
        self.form: Final[Form] = read_form(address or row.address, self.register == DTMF)
        if self.register == PULSE and self.form.marks:
            raise ConfigError(
                f"address {self.form.text!r} has marks that pulses cannot send; give 'dnis'"
            )
        self.direction: Final = _one_of("direction", direction, DIRECTIONS)
        self.digits: Final = _number("digits", digits, 0, 32)
        self.min_digits: Final = _number("min_digits", min_digits, 0, 32)
        if digits and digits < min_digits:
            raise ConfigError(f"digits is {digits}, less than min_digits {min_digits}; raise it")
        if overlap and not self.form.open_ended:
            raise ConfigError(f"overlap: address {self.form.text!r} has an end mark; leave it out")
        self.overlap: Final = overlap
        self.yields: Final = _one_of("glare", glare, GLARES) == "yield"
        usual = "descending" if self.yields else "ascending"
        self.selection: Final = _one_of("selection", selection or usual, SELECTIONS)
        self.idle, self.seized = _bits(bits)
        self.shows_busy: Final = _one_of("busy_out", busy_out, BUSY_OUTS) == "off hook"
        self.country: Final = country
        self.flash: Final = flash
        self.attempts: Final = _number("attempts", attempts, 1, 10)
        self.ii: Final = ii_digits("ii", ii, 2, 2)
        self.cic: Final = ii_digits("cic", cic, 3, 4)
        self.ozz: Final = ii_digits("ozz", ozz, 3, 3)
        self.time: Final[list[int]] = _times(times or {})
        """ns by number of TIMES."""
        self._check_windows()

    def _check_windows(self) -> None:
        """Times that contradict each other."""
        time = self.time
        for below, above in (
            (WINK_MIN, WINK_MAX),
            (FLASH_MIN, FLASH_MAX),
            (PULSE_MIN, PULSE_MAX),
            (RECOGNITION, WINK_MIN),
            (PULSE_MAX, DISCONNECT_TIME),
            (DELAY_MAX, HOLD_WAIT),
        ):
            if time[below] >= time[above]:
                a, b = TIMES[below], TIMES[above]
                raise ConfigError(
                    f"times: {a.name} is {time[below] // _MS} ms and {b.name} "
                    f"{time[above] // _MS} ms; {a.name} must be the shorter one"
                )
        if self.register == PULSE and time[RECOGNITION] > time[PULSE_MIN]:
            raise ConfigError("times: recognition is longer than pulse_min; pulses would be lost")


def _one_of(key: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ConfigError(f"{key} is {value!r}; give one of {', '.join(allowed)}")
    return value


def _number(key: str, value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise ConfigError(f"{key} is {value}; give {low} to {high}")
    return value


def _channels(channels: tuple[int, ...]) -> tuple[int, ...]:
    if not channels:
        raise ConfigError("channels is empty; give at least one timeslot, e.g. 1-24")
    for channel in channels:
        if channel < 1:
            raise ConfigError(f"channels has {channel}; timeslots are 1 to 24 on a T1, 31 on an E1")
    if len(set(channels)) != len(channels):
        raise ConfigError("channels names a timeslot twice")
    return tuple(sorted(channels))


def _bits(text: str) -> tuple[int, int]:
    if text in BITS:
        return BITS[text]
    parts = text.split("/")
    if len(parts) != 2 or any(len(p) != 4 or p.strip("01") for p in parts):
        raise ConfigError(
            f"bits is {text!r}; give {', '.join(BITS)} or idle and seized like '0000/1111'"
        )
    idle, seized = int(parts[0], 2), int(parts[1], 2)
    if idle & 8 or not seized & 8:
        raise ConfigError(f"bits is {text!r}; bit A must be 0 while idle and 1 while seized")
    return idle, seized


def _times(given: dict[str, int]) -> list[int]:
    names = {row.name: row for row in TIMES}
    time = [row.ms * _MS for row in TIMES]
    for name, ms in given.items():
        row = names.get(name)
        if row is None:
            raise ConfigError(f"times: there is no {name!r}; there are {', '.join(names)}")
        if not row.low <= ms <= row.high:
            raise ConfigError(
                f"times: {name} is {ms} ms; give {row.low} to {row.high} ({row.source}: {row.text})"
            )
        time[row.number] = ms * _MS
    return time
