"""Settings of an R2 trunk. A nonstandard exchange is a matter of ``overrides``, never of code."""

from __future__ import annotations

from typing import Final

from ...errors import ConfigError
from . import r2_names as n
from . import r2_timers as t
from .r2_dtmf_format import DtmfFormat
from .r2_variants import LINE_NAMES, VARIANTS, Variant

DIRECTIONS: Final = ("out", "in", "both")
REGISTERS: Final = ("mfc", "dtmf", "decadic")
MODES: Final = ("compelled", "semi", "pulsed")
ANI_WHEN: Final = ("none", "before", "during", "after")
HUNTING: Final = ("ascending", "descending", "cyclic")
COLLECT: Final = ("accept", "refuse", "double_answer")
UNDECIDED: Final = ("free", "congestion")
METERING: Final = ("none", "pulses")
SINGLES: Final = ("dnis_end", "ani_end", "ani_restricted", "ani_returns")
Overrides = dict[str, object]


class R2Config:
    """Settings of the channels of one trunk; ConfigError names the key and what to give instead.

    ``channels``: timeslots. ``variant``: a key of r2_variants.VARIANTS. ``overrides``: own rows, by
    dotted keys or nested: "a.5", "ani.1", "b.6" the name of a meaning (r2_names.MEANINGS,
    B_MEANINGS) or "" to take it out; "line.answer" the ABCD bits "0101"; "line.mask" the bits that
    are looked at; "category.8", "purpose.3" a Q.763 3.11 category; "cause.17" the name of the
    B meaning that says it; "dnis_end", "ani_end", "ani_restricted" a signal 1 to 15, 0 none
    ("ani_end" 0: both ends know how long callers' numbers are: ``ani_max``);
    "ani_returns" bool; "timer.T1" ms.
    ``direction``: of all channels, or a dict of channel to one of DIRECTIONS. ``register``:
    REGISTERS. ``mode``: MODES: of MF signals. ``dnis_min``, ``dnis_max``: length of the numbers we
    take; max 0: until the far end says that it is complete, or no digit comes for TDIG.
    ``overlap``: offer the call at ``dnis_min`` digits already, the rest comes in DigitsReceived.
    ``ani``: when to ask for the caller's number, one of ANI_WHEN, "" as the variant does;
    ``ani_after``: digits of the called number before that, with "during"; ``ani_max``: most digits
    of it. ``accept_in_a``: say "free" by A-6 where the variant has it, no group B. ``category``:
    Q.763 3.11 of our calls that have none the variant knows; ``purpose``: the signal that answers
    COMPLETE, 0: by the call's category. ``hunting``: HUNTING. ``attempts``: on other channels,
    after double seizure or no seizing-acknowledgement. ``collect``: what to do with collect calls,
    COLLECT; "double_answer" answers every call twice, by which the network ends those that are
    collect (Brazil). ``metering``: "pulses": a clear-back shorter than TMETER is a metering pulse.
    ``forced_release``: the called side may end calls by it. ``charge``: False: our answers are free
    of charge (B-7). ``undecided``: what the far end is told where the application says nothing for
    TOFFER. ``dtmf_format``: what is sent by DTMF: "{dnis}", "{ani}", "{category}", characters.
    ``tones``: country of the tones that we give to callers ("": none, the application's business).
    ``satellite``: our answer to A-13. ``language``: the signal that answers A-12. ``location``,
    ``far_location``: of causes, Q.850 table 1. ``timers``: ns by name (r2_timers.TIMERS).
    """

    def __init__(
        self,
        channels: tuple[int, ...],
        variant: str = "itu",
        overrides: Overrides | None = None,
        direction: str | dict[int, str] = "both",
        register: str = "mfc",
        mode: str = "compelled",
        dnis_min: int = 1,
        dnis_max: int = 0,
        overlap: bool = False,
        ani: str = "",
        ani_after: int = 1,
        ani_max: int = 20,
        accept_in_a: bool = False,
        category: int = n.ORDINARY,
        purpose: int = 0,
        hunting: str = "cyclic",
        attempts: int = 1,
        collect: str = "accept",
        metering: str = "none",
        forced_release: bool = False,
        charge: bool = True,
        undecided: str = "free",
        dtmf_format: str = "{dnis}",
        tones: str = "",
        satellite: bool = False,
        language: int = 10,
        location: int = 0,
        far_location: int = 4,
        timers: dict[str, int] | None = None,
    ) -> None:
        self.channels: Final = _channels(channels)
        base = VARIANTS[_choice("variant", variant, tuple(VARIANTS))]
        rows = Rows(base)
        for key, value in _flat(overrides or {}):
            rows.change(key, value)
        self.variant: Final = base
        self.rows: Final = rows
        self.direction: Final = _directions(self.channels, direction)
        self.register: Final = _choice("register", register, REGISTERS)
        self.mode: Final = _choice("mode", mode, MODES)
        self.dnis_min: Final = _number("dnis_min", dnis_min, 1, 32)
        self.dnis_max: Final = _number("dnis_max", dnis_max, 0, 32)
        if dnis_max and dnis_max < dnis_min:
            raise ConfigError(
                f"dnis_max is {dnis_max}, below dnis_min {dnis_min}; give {dnis_min} or more, "
                "or 0 for numbers of any length"
            )
        self.overlap: Final = overlap
        self.ani: Final = _choice("ani", ani or base.ani_when, ANI_WHEN)
        self.ani_after: Final = _number("ani_after", ani_after, 1, 32)
        self.ani_max: Final = _number("ani_max", ani_max, 1, 32)
        self.accept_in_a: Final = accept_in_a
        self.category: Final = _number("category", category, 0, 255)
        self.purpose: Final = _number("purpose", purpose, 0, 15)
        self.hunting: Final = _choice("hunting", hunting, HUNTING)
        self.attempts: Final = _number("attempts", attempts, 0, 10)
        self.collect: Final = _choice("collect", collect, COLLECT)
        self.metering: Final = _choice("metering", metering, METERING)
        self.forced_release: Final = forced_release
        self.charge: Final = charge
        self.undecided: Final = _choice("undecided", undecided, UNDECIDED)
        self.dtmf_format: Final = DtmfFormat(dtmf_format)
        self.tones: Final = tones
        self.satellite: Final = satellite
        self.language: Final = _number("language", language, 1, 15)
        self.location: Final = _number("location", location, 0, 15)
        self.far_location: Final = _number("far_location", far_location, 0, 15)
        self.duration: Final = _durations(rows.timers, timers or {})
        self._check()

    def _check(self) -> None:
        """What must be there for this register to work at all."""
        rows = self.rows
        if self.register == "mfc":
            for meaning in (n.NEXT_DIGIT, n.COMPLETE):
                if not rows.signal(rows.a, meaning):
                    name = n.MEANING_NAMES[meaning]
                    raise ConfigError(f"overrides: group a has no signal for {name!r}; give one")
            if self.ani != "none" and not rows.signal(rows.a, n.CATEGORY):
                raise ConfigError(
                    "ani is asked for, and group a has no signal for 'category'; give ani 'none' "
                    "or overrides a.5 = 'category'"
                )
            if self.ani != "none" and not rows.signal(rows.ani, n.COMPLETE):
                raise ConfigError("overrides: group ani has no signal for 'complete'; give one")
            if self.ani in ("before", "during") and not (
                rows.ani_returns or rows.signal(rows.ani, n.NEXT_DIGIT)
            ):
                raise ConfigError(
                    f"ani is {self.ani!r}, and group ani has no signal for 'next_digit' to come "
                    "back by; give ani 'after', or overrides ani.N = 'next_digit'"
                )
            if not rows.signal(rows.b, n.FREE_CHARGE):
                raise ConfigError("overrides: group b has no signal for 'free_charge'; give one")
        if self.metering == "pulses" and not self.duration[t.METER]:
            raise ConfigError(
                "metering is 'pulses' and timer TMETER is 0; give timer.TMETER, the longest pulse"
            )


class Rows:
    """A variant's rows with the overrides of a config."""

    def __init__(self, base: Variant) -> None:
        self.a: Final = dict(base.a)
        self.ani: Final = dict(base.ani)
        self.b: Final = dict(base.b)
        self.category: Final = dict(base.category)
        self.purpose: Final = dict(base.purpose)
        self.line: Final = {key: _bits("line." + key, code) for key, code in base.line.items()}
        self.mask: int = _bits("line.mask", base.mask)
        self.causes: Final[dict[int, int]] = {}
        self.dnis_end: int = base.dnis_end
        self.ani_end: int = base.ani_end
        self.ani_restricted: int = base.ani_restricted
        self.ani_returns: bool = base.ani_returns
        self.timers: Final = dict(base.timers)

    def signal(self, group: dict[int, int], meaning: int) -> int:
        """The first signal of a group with this meaning, 0: there is none."""
        for signal, other in group.items():
            if other == meaning:
                return signal
        return 0

    def change(self, key: str, value: object) -> None:
        """One override; ConfigError when the key or its value is unknown."""
        group, _, name = key.partition(".")
        if group in ("a", "ani"):
            self._meaning(self.a if group == "a" else self.ani, key, name, value, n.MEANINGS)
        elif group == "b":
            self._meaning(self.b, key, name, value, n.B_MEANINGS)
        elif group in ("category", "purpose"):
            row = self.category if group == "category" else self.purpose
            row[_signal(key, name)] = _number("overrides " + key, _integer(key, value), 0, 255)
        elif group == "cause":
            cause = _number("overrides " + key, _integer(key, name), 1, 127)
            self.causes[cause] = n.B_MEANINGS[
                _choice("overrides " + key, str(value), tuple(n.B_MEANINGS))
            ]
        elif group == "line":
            self._line(key, name, value)
        elif group == "timer":
            self.timers[_choice("overrides timer", name, t.NAMES)] = _integer(key, value)
        else:
            self._single(key, value)

    def _single(self, key: str, value: object) -> None:
        number = _integer(key, value) if key in SINGLES else 0
        if key == "dnis_end":
            self.dnis_end = _number("overrides " + key, number, 0, 15)
        elif key == "ani_end":
            self.ani_end = _number("overrides " + key, number, 0, 15)
        elif key == "ani_restricted":
            self.ani_restricted = _number("overrides " + key, number, 1, 15)
        elif key == "ani_returns":
            self.ani_returns = bool(number)
        else:
            raise ConfigError(
                f"overrides has {key!r}; give a.N, ani.N, b.N, category.N, purpose.N, cause.N, "
                "line.NAME, timer.NAME, dnis_end, ani_end, ani_restricted or ani_returns"
            )

    def _meaning(
        self, row: dict[int, int], key: str, name: str, value: object, known: dict[str, int]
    ) -> None:
        signal = _signal(key, name)
        row.pop(signal, None)
        if value:
            row[signal] = known[_choice("overrides " + key, str(value), tuple(known))]

    def _line(self, key: str, name: str, value: object) -> None:
        if name == "mask":
            self.mask = _bits("overrides " + key, str(value))
            return
        if name not in LINE_NAMES:
            raise ConfigError(
                f"overrides has {key!r}; give line.mask or one of "
                + ", ".join("line." + known for known in LINE_NAMES)
            )
        self.line[name] = _bits("overrides " + key, str(value))


def _flat(overrides: Overrides) -> list[tuple[str, object]]:
    flat: list[tuple[str, object]] = []
    for key, value in overrides.items():
        if isinstance(value, dict):
            flat += [(f"{key}.{inner}", value[inner]) for inner in value]
        else:
            flat.append((key, value))
    return flat


def _integer(key: str, value: object) -> int:
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    raise ConfigError(f"overrides {key} is {value!r}; give a number")


def _signal(key: str, name: str) -> int:
    if not name.isdecimal() or not 1 <= int(name) <= 15:
        raise ConfigError(f"overrides has {key!r}; a signal is 1 to 15 (Table 5/Q.441)")
    return int(name)


def _bits(key: str, code: str) -> int:
    """ABCD as a number, -1 for a signal that is not used."""
    if not code:
        return -1
    if len(code) != 4 or code.strip("01"):
        raise ConfigError(f"{key} is {code!r}; give the bits ABCD, e.g. '1001'")
    return int(code, 2)


def _choice(name: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise ConfigError(f"{name} is {value!r}; give one of {', '.join(known)}")
    return value


def _number(name: str, value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise ConfigError(f"{name} is {value}; give {low} to {high}")
    return value


def _channels(channels: tuple[int, ...]) -> tuple[int, ...]:
    if not channels:
        raise ConfigError("channels is empty; give at least one timeslot, e.g. 1-15,17-31")
    if len(set(channels)) != len(channels) or min(channels) < 1:
        raise ConfigError("channels has a timeslot twice or one below 1; give each once")
    return tuple(sorted(channels))


def _directions(channels: tuple[int, ...], given: str | dict[int, str]) -> dict[int, str]:
    if isinstance(given, str):
        return dict.fromkeys(channels, _choice("direction", given, DIRECTIONS))
    for channel in given:
        if channel not in channels:
            raise ConfigError(f"direction names channel {channel}, which is not in channels")
    return {c: _choice("direction", given.get(c, "both"), DIRECTIONS) for c in channels}


def _durations(by_variant: dict[str, int], given: dict[str, int]) -> list[int]:
    """ns by number. What a variant or an override says of a timer is in ms, ``given`` in ns."""
    duration = [0] * t.COUNT
    for row in t.TIMERS.values():
        duration[row.number] = row.default * t.MS
    own = {name: ms * t.MS for name, ms in by_variant.items()} | given
    for name, value in own.items():
        found = t.TIMERS.get(name)
        if found is None:
            raise ConfigError(f"timers: there is no timer {name!r}; there are {', '.join(t.NAMES)}")
        if not found.low * t.MS <= value <= found.high * t.MS:
            raise ConfigError(
                f"timers: {name} is {value // t.MS} ms; give {found.low} to {found.high} ms "
                f"({found.clause}, {found.text})"
            )
        duration[found.number] = value
    return duration
