"""Settings of a trunk of FXS ports: rows with their ranges, and the timers. Settings are in ms.

A country's row (tones in board/progress_tones.py, ringing in ring_cadences.py, caller identity in
callerid_send.py) gives what is not set.
"""

from __future__ import annotations

from typing import Final

from ...board.collect import CollectConfig, Pattern
from ...board.progress_tones import COUNTRIES
from ...errors import ConfigError, LocalError
from .callerid_dtmf import FRAMINGS
from .callerid_send import ENCODINGS, STANDARDS, Standard, parse_order, standard_of
from .hook import HOOK_ROWS, HookWindows
from .impedances import country_row
from .pulse import CODES, PulseWindows
from .ring_cadences import RINGS, Cadence, ring_cadence

_MS: Final = 1_000_000

STARTS: Final = ("loop", "ground", "kewl")
FEATURES: Final = ("hold", "transfer", "conference", "waiting", "event")
MWI: Final = ("stutter", "fsk", "neon")


class Setting:
    """A row. ``values``: what a text may be (empty: any); ``low`` and ``high``: of a number."""

    def __init__(
        self,
        name: str,
        default: int | str | bool,
        about: str,
        low: int = 0,
        high: int = 0,
        values: tuple[str, ...] = (),
    ) -> None:
        self.name: Final = name
        self.default: Final = default
        self.about: Final = about
        self.low: Final = low
        self.high: Final = high
        self.values: Final = values


SETTINGS: Final = {
    row.name: row
    for row in (
        Setting("start", "loop", "how a call begins and ends on the line", values=STARTS),
        Setting("impedance", "", "row of the board's impedances; empty: the country's"),
        Setting("ring_cadence", "normal", "name of the country's row, or ms: 1000,4000"),
        Setting("ring_hz", 0, "frequency of ringing; 0: the country's", 0, 68),
        Setting(
            "distinctive", "", "calling-number prefix=cadence pairs: 55=distinctive-1;0=recall"
        ),
        Setting("ring_timeout", 120_000, "ringing without answer, then cause 19", 1000, 3_600_000),
        Setting("caller_id", "country", "a row of STANDARDS, country, or none"),
        Setting("caller_id_order", "", "own order of the sequence; empty: the row's"),
        Setting("caller_id_framing", "", "own DTMF framing", values=("", *FRAMINGS)),
        Setting("caller_id_waiting", True, "caller ID with call waiting (type II)"),
        Setting("waiting_ack", "D", "DTMF that acknowledges CAS", values=("A", "B", "C", "D")),
        Setting("name_encoding", "", "of names sent; empty: gb2312 in China, else latin-1"),
        Setting("hook", "wide", "row of hook windows", values=tuple(HOOK_ROWS)),
        Setting("flash_min", 0, "hookflash from this on; 0: the row's", 0, 2500),
        Setting("flash_max", 0, "hookflash up to this; 0: the row's", 0, 2500),
        Setting("on_hook", 0, "the receiver is down after this; 0: the row's", 0, 5000),
        Setting("off_hook", 0, "the receiver is up after this; 0: the row's", 0, 1000),
        Setting("pulse", True, "take pulse dialling"),
        Setting("pulse_code", "standard", "what the dial's pulses mean", values=tuple(CODES)),
        Setting("pulse_break_min", 18, "shortest break of a pulse", 1, 1000),
        Setting("pulse_break_max", 105, "longest break of a pulse", 2, 2000),
        Setting("pulse_make_min", 8, "shortest make between pulses", 1, 1000),
        Setting("pulse_make_max", 130, "longest make inside a digit", 2, 2000),
        Setting("dtmf", True, "take DTMF dialling"),
        Setting("dial_plan", "", "valid numbers, patterns as in collect, with ; between"),
        Setting("min_digits", 1, "least digits of a number", 0, 32),
        Setting("max_digits", 32, "a number of so many digits is complete", 1, 32),
        Setting("end_digit", "#", "ends dialling", values=("", "#", "*")),
        Setting("overlap", False, "offer the call with the first digits, tell the others"),
        Setting("hotline", "", "number offered at once when the telephone goes off hook"),
        Setting("hotline_after", 0, "warm line: wait so long for digits before", 0, 60_000),
        Setting("first_digit", 15_000, "dial tone without a digit", 500, 120_000),
        Setting("interdigit", 5000, "between digits", 500, 60_000),
        Setting("features", "", "of hold, transfer, conference, waiting; or event: tell flashes"),
        Setting("reversal_on_answer", False, "reverse when the called party answers"),
        Setting("reversal_on_clear", False, "change polarity when the far party clears"),
        Setting("drop", 750, "battery drop of kewl start when the far party clears", 100, 5000),
        Setting("ground_wait", 2000, "ground start: from ground to loop", 200, 20_000),
        Setting(
            "answer_timeout",
            300_000,
            "a dialled call that nobody answers, then cause 19",
            10_000,
            3_600_000,
        ),
        Setting("tone_time", 30_000, "busy or other tone, then howler", 1000, 600_000),
        Setting("howler_time", 60_000, "howler, then the line is parked", 1000, 600_000),
        Setting("power_denial", False, "a parked line gets no battery"),
        Setting("probe", 10_000, "denied: how often battery is tried", 1000, 600_000),
        Setting("rering", 60_000, "ring back a held call so long", 1000, 600_000),
        Setting("waiting_again", 10_000, "call waiting tone comes again", 2000, 60_000),
        Setting("message_waiting", "stutter", "of stutter, fsk, neon"),
        Setting("metering_hz", 16_000, "of metering pulses", 12_000, 16_000),
        Setting("metering_on", 150, "length of a metering pulse", 50, 1000),
        Setting("metering_off", 300, "pause between them", 90, 5000),
        Setting("charge_per_pulse", 1, "units of charge that a pulse stands for", 1, 1000),
        Setting("message_waiting_order", "", "own order of the FSK message; empty: the standard's"),
        Setting("ring_open_volts", 75, "of the port's ringing without a load, for REN", 20, 110),
        Setting("loop_ohms", 0, "of the pair to the telephone, left out of REN", 0, 4000),
        Setting("ring_source_ohms", 400, "of the port's ringing source, for REN", 50, 10_000),
    )
}

T_RING: Final = 1
T_RERING: Final = 2
T_TONE: Final = 3
T_HOWLER: Final = 4
T_DROP: Final = 5
T_GROUND: Final = 6
T_PROBE: Final = 7
T_WAITING: Final = 8
T_METER: Final = 9
T_HOOK: Final = 10
T_STEP: Final = 11
T_DIGITS: Final = 12
T_ANSWER: Final = 13
T_NAMES: Final = {
    T_RING: "ringing",
    T_ANSWER: "answer",
    T_RERING: "ringing back",
    T_TONE: "tone",
    T_HOWLER: "howler",
    T_DROP: "battery drop",
    T_GROUND: "ground to loop",
    T_PROBE: "battery probe",
    T_WAITING: "call waiting again",
    T_METER: "metering",
    T_HOOK: "hook windows",
    T_STEP: "sequence",
    T_DIGITS: "digits",
}


class FxsConfig:
    """Settings of one trunk of FXS ports; ConfigError names the key and the remedy.

    ``channels``: port numbers. ``numbers``: the number of each port, as far as it has one.
    ``settings``: rows of SETTINGS by name.
    """

    def __init__(
        self,
        channels: tuple[int, ...],
        country: str = "cn",
        settings: dict[str, object] | None = None,
        numbers: dict[int, str] | None = None,
    ) -> None:
        if not channels or len(set(channels)) != len(channels) or min(channels) < 1:
            raise ConfigError("channels: give each port number once, 1 and up, e.g. 1-8")
        if country not in COUNTRIES:
            raise ConfigError(f"country is {country!r}; give one of {', '.join(sorted(COUNTRIES))}")
        self.channels: Final = tuple(sorted(channels))
        self.country: Final = country
        self.values: Final = _checked(settings or {})
        self.numbers: Final = _numbers(numbers or {}, self.channels)
        self.start: Final = self.text("start")
        self.overlap: Final = self.flag("overlap")
        self.dtmf: Final = self.flag("dtmf")
        self.pulse: Final = self.flag("pulse")
        self.pulse_code: Final = self.text("pulse_code")
        self.hotline: Final = self.text("hotline")
        self.reversal_on_answer: Final = self.flag("reversal_on_answer")
        self.reversal_on_clear: Final = self.flag("reversal_on_clear")
        self.power_denial: Final = self.flag("power_denial")
        self.hook: Final = self._hook()
        self.cadence: Final = ring_cadence(country, self.text("ring_cadence"))
        self.ring_hz: Final = self._ring_hz()
        self.distinctive: Final = self._distinctive()
        self.standard: Final = self._standard()
        self.encoding: Final = self._encoding()
        self.features: Final = _words("features", self.text("features"), FEATURES)
        self.message_waiting: Final = _words("message_waiting", self.text("message_waiting"), MWI)
        self.lamp_standard: Final = self._lamp_standard()
        self.lamp_order: Final = self._lamp_order()
        self.collect: Final = self._collect()
        self.impedance: Final = self.text("impedance") or country_row(country)
        self.duration: Final = self._durations()
        self._check()

    def _check(self) -> None:
        """Settings that do not go together."""
        if "event" in self.features and len(self.features) > 1:
            raise ConfigError("features: event tells flashes as they are; leave the others out")
        if {"transfer", "conference"} & self.features and "hold" not in self.features:
            raise ConfigError("features: transfer and conference need hold; add it")
        if not self.dtmf and not self.pulse:
            raise ConfigError("dtmf and pulse are both off: leave one on, or nobody can dial")

    def number(self, name: str) -> int:
        """The value of a row of numbers."""
        value = self.values[name]
        assert isinstance(value, int)
        return value

    def text(self, name: str) -> str:
        value = self.values[name]
        assert isinstance(value, str)
        return value

    def flag(self, name: str) -> bool:
        value = self.values[name]
        assert isinstance(value, bool)
        return value

    def _hook(self) -> HookWindows:
        pulses = PulseWindows(
            self.number("pulse_break_min"),
            self.number("pulse_break_max"),
            self.number("pulse_make_min"),
            self.number("pulse_make_max"),
        )
        return HookWindows(
            self.text("hook"),
            self.number("flash_min"),
            self.number("flash_max"),
            self.number("on_hook"),
            self.number("off_hook"),
            pulses,
        )

    def _ring_hz(self) -> float:
        hz = self.number("ring_hz")
        if 0 < hz < 16:
            raise ConfigError(f"ring_hz is {hz}; give 16 to 68, or 0 for the country's")
        return float(hz) or RINGS[self.country].hz

    def _distinctive(self) -> tuple[tuple[str, Cadence], ...]:
        found: list[tuple[str, Cadence]] = []
        for pair in self.text("distinctive").split(";"):
            if not pair.strip():
                continue
            prefix, equals, name = pair.strip().partition("=")
            if not equals:
                raise ConfigError(f"distinctive: {pair!r}; write it as prefix=cadence")
            found.append((prefix, ring_cadence(self.country, name)))
        found.sort(key=_longest_first)
        return tuple(found)

    def _standard(self) -> Standard | None:
        name = self.text("caller_id")
        order, framing = self.text("caller_id_order"), self.text("caller_id_framing")
        if name == "country":
            name = standard_of(self.country)
        if name == "none":
            return None
        row = STANDARDS.get(name)
        if row is None:
            raise ConfigError(
                f"caller_id is {name!r}; give country, none or one of {', '.join(STANDARDS)}"
            )
        if framing and row.how != "dtmf":
            raise ConfigError(f"caller_id_framing: {name} is no DTMF row; leave it out")
        if not order and not framing:
            return row
        text = ",".join(w + (f"/{ms}" if ms else "") for w, ms in row.order)
        parse_order(order or text)
        return Standard(
            name,
            row.how,
            order or text,
            "own settings",
            row.bell202,
            row.single,
            framing or row.framing,
            row.seizure,
            row.mark,
            row.level_dbm0,
            row.alert_dbm0,
        )

    def _lamp_standard(self) -> Standard:
        """FSK of the message waiting indicator: caller ID's own, else the country's usual one."""
        if self.standard is not None and self.standard.how == "fsk":
            return self.standard
        return STANDARDS["v23"]

    def _lamp_order(self) -> str:
        own = self.text("message_waiting_order")
        if not own:
            bell202 = self.lamp_standard.bell202
            return "silence/300,data" if bell202 else "dtas/100,silence/150,data"
        if "first-ring" in own:
            raise ConfigError("message_waiting_order: nothing rings; leave first-ring out")
        parse_order(own)
        return own

    def _encoding(self) -> str:
        encoding = self.text("name_encoding") or ("gb2312" if self.country == "cn" else "latin-1")
        if encoding not in ENCODINGS:
            raise ConfigError(f"name_encoding is {encoding!r}; give one of {', '.join(ENCODINGS)}")
        return encoding

    def _collect(self) -> CollectConfig:
        patterns = tuple(p.strip() for p in self.text("dial_plan").split(";") if p.strip())
        low, high = self.number("min_digits"), self.number("max_digits")
        if low > high:
            raise ConfigError(f"min_digits is {low}, above max_digits {high}; give less")
        for pattern in patterns:
            try:
                Pattern(pattern)
            except LocalError as exc:
                raise ConfigError(f"dial_plan: {exc}") from None
        first = self.number("first_digit")
        if self.hotline:
            first = self.number("hotline_after") or 1
        return CollectConfig(
            low,
            high,
            first * _MS,
            self.number("interdigit") * _MS,
            0,
            self.text("end_digit"),
            patterns,
        )

    def _durations(self) -> dict[int, int]:
        rows = {
            T_RING: "ring_timeout",
            T_ANSWER: "answer_timeout",
            T_RERING: "rering",
            T_TONE: "tone_time",
            T_HOWLER: "howler_time",
            T_DROP: "drop",
            T_GROUND: "ground_wait",
            T_PROBE: "probe",
            T_WAITING: "waiting_again",
        }
        found = {timer: self.number(name) * _MS for timer, name in rows.items()}
        found[T_METER] = (self.number("metering_on") + self.number("metering_off")) * _MS
        return found


def _longest_first(pair: tuple[str, Cadence]) -> int:
    return -len(pair[0])


def _checked(settings: dict[str, object]) -> dict[str, int | str | bool]:
    values: dict[str, int | str | bool] = {name: row.default for name, row in SETTINGS.items()}
    for name, value in settings.items():
        row = SETTINGS.get(name)
        if row is None:
            raise ConfigError(f"there is no setting {name!r}; FXS has {', '.join(SETTINGS)}")
        values[name] = _value(row, value)
    return values


def _value(row: Setting, value: object) -> int | str | bool:
    if isinstance(row.default, bool):
        if not isinstance(value, bool):
            raise ConfigError(f"{row.name} is {value!r}; give true or false")
        return value
    if isinstance(row.default, int):
        if isinstance(value, bool) or not isinstance(value, int):
            raise ConfigError(f"{row.name} is {value!r}; give a whole number")
        if not row.low <= value <= row.high:
            raise ConfigError(f"{row.name} is {value}; give {row.low} to {row.high}: {row.about}")
        return value
    if not isinstance(value, str):
        raise ConfigError(f"{row.name} is {value!r}; give a text")
    if row.values and value not in row.values:
        raise ConfigError(f"{row.name} is {value!r}; give one of {', '.join(row.values)}")
    return value


def _words(name: str, text: str, known: tuple[str, ...]) -> frozenset[str]:
    words = frozenset(word.strip() for word in text.split(",") if word.strip())
    for word in sorted(words):
        if word not in known:
            raise ConfigError(f"{name} has {word!r}; give some of {', '.join(known)}")
    return words


def _numbers(numbers: dict[int, str], channels: tuple[int, ...]) -> dict[int, str]:
    for channel, number in numbers.items():
        if channel not in channels:
            raise ConfigError(f"numbers: there is no port {channel} on this trunk")
        if not number or not number.isdigit():
            raise ConfigError(f"numbers: {number!r} of port {channel}; give digits")
    if len(set(numbers.values())) != len(numbers):
        raise ConfigError("numbers: two ports have the same; give each its own")
    return dict(numbers)
