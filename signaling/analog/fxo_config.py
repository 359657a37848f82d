"""Settings of exchange lines (FXO): rows with default, range and meaning. Times are ms where they
are set, ns in the engine.
"""

from __future__ import annotations

from typing import Final

from ...board.progress_tones import COUNTRIES
from ...errors import ConfigError
from .impedances import ROWS, country_row
from .tone_rows import ToneRow

_MS: Final = 1_000_000


class Number:
    """A setting with a number: default, least, most, what it means."""

    def __init__(self, name: str, default: float, least: float, most: float, about: str) -> None:
        self.name: Final = name
        self.default: Final = default
        self.least: Final = least
        self.most: Final = most
        self.about: Final = about


class Choice:
    """A setting with a word, or several in order of preference (``several``)."""

    def __init__(
        self, name: str, default: tuple[str, ...], words: tuple[str, ...], several: bool, about: str
    ) -> None:
        self.name: Final = name
        self.default: Final = default
        self.words: Final = words
        self.several: Final = several
        self.about: Final = about


_C = Choice
CHOICES: Final[dict[str, Choice]] = {
    row.name: row
    for row in (
        _C("start", ("loop",), ("loop", "ground", "kewl"), False, "how the line is seized"),
        _C("dialling", ("dtmf",), ("dtmf", "pulse"), False, "how digits are sent"),
        _C(
            *("dial_tone", ("wait",), ("wait", "time", "blind"), False),
            "wait: no dial tone, no call; time: dial anyway behind dial_tone_wait; blind: dial "
            "behind dial_delay",
        ),
        _C(
            *("answer", ("reversal", "tone"), ("reversal", "tone", "time"), True),
            "what an answer is told by, the best first; time: answer_time behind the last digit",
        ),
        _C(
            "supervision",
            ("drop", "reversal", "tone", "silence", "limit"),
            ("drop", "reversal", "tone", "silence", "limit"),
            True,
            "what says that the far end is gone",
        ),
        _C(
            "tones",
            (
                "busy",
                "congestion",
                "howler",
                "unobtainable",
                "special-information",
                "dial",
                "special-dial",
            ),
            (
                "busy",
                "congestion",
                "howler",
                "unobtainable",
                "special-information",
                "dial",
                "special-dial",
            ),
            True,
            "the country's tones that end a call",
        ),
        _C(
            *("glare", ("incoming",), ("incoming", "refuse"), False),
            "a ring as we seize: the call is taken, or refused",
        ),
        _C(
            *("listen", ("all",), ("all", "woken", "none"), False),
            "caller ID of an idle line: all the time; only behind a reversal or a ring; never",
        ),
        _C(
            *("parallel", ("refuse",), ("refuse", "ignore"), False),
            "another telephone holds the line: calls are not placed on it, or are",
        ),
        _C(
            *("impedance", ("country",), ("country", *ROWS), False),
            "termination and balance of the port, a row of the board's; `trunkd line train` finds "
            "the best",
        ),
    )
}

_N = Number
NUMBERS: Final[dict[str, Number]] = {
    row.name: row
    for row in (
        _N("ring_lowest", 15, 10, 60, "Hz (T1.401; EN 300 001 1.7.1: 25 and 50)"),
        _N("ring_highest", 68, 20, 80, "Hz"),
        _N("ring_validate", 350, 100, 3_000, "ringing so long is a call; twice a shorter one too"),
        _N("ring_gap", 7_000, 1_000, 20_000, "no ringing for so long: the caller gave up"),
        _N("cid_wait", 4_000, 0, 10_000, "behind the first ring, until the call is offered"),
        _N("answer_settle", 1_000, 0, 5_000, "behind our off hook a reversal means nothing"),
        _N("dial_tone_wait", 5_000, 500, 60_000, "for dial tone"),
        _N("dial_delay", 1_000, 100, 20_000, "blind: from off hook to the first digit"),
        _N("dial_pause", 2_000, 100, 20_000, "what a comma in a number stands for"),
        _N("digit_on", 100, 40, 1_000, "DTMF"),
        _N("digit_off", 100, 40, 1_000, "DTMF"),
        _N("digit_level", -8, -30, 3, "dBm0 of each frequency"),
        _N("pulse_rate", 10, 8, 22, "pulses a second"),
        _N("pulse_break", 61.5, 30, 80, "percent (GB/T 3378: 1.6 to 1)"),
        _N("pulse_pause", 800, 200, 2_000, "between pulse digits"),
        _N("digits_wait", 15_000, 1_000, 60_000, "overlap: for the next digit"),
        _N("answer_time", 10_000, 1_000, 120_000, "answer by time"),
        _N("answer_voice", 400, 100, 5_000, "voice of so long is an answer"),
        _N("answer_prefer", 1_500, 0, 10_000, "a better sign of answer is waited for"),
        _N("ringing_limit", 180_000, 5_000, 600_000, "no answer at all: the call ends"),
        _N("drop", 250, 50, 2_000, "battery away so long: gone (kewl start, OSI)"),
        _N("cut", 1_500, 300, 20_000, "on hook, battery away so long: the line is cut"),
        _N("reversal", 60, 20, 2_000, "the other polarity so long is a reversal"),
        _N("cycles", 3, 2, 10, "rounds of a tone before it ends a call that talks"),
        _N("silence", 300_000, 0, 3_600_000, "no voice both ways so long; 0: never"),
        _N("limit", 14_400_000, 0, 86_400_000, "of a call's talk; 0: none"),
        _N("guard", 1_000, 100, 20_000, "on hook before the line is used again"),
        _N("flash", 100, 50, 1_500, "hookflash (GB/T 3378: 80 to 120; others 400 to 700)"),
        _N("ground_wait", 3_000, 200, 20_000, "ground start: for the exchange's ground"),
        _N("train_digit", 5, 0, 9, "training: breaks the dial tone"),
        _N("call_waiting", 1, 0, 1, "1: caller ID of type II is acknowledged"),
    )
}


class FxoConfig:
    """A trunk of exchange lines. ``settings``: by name, CHOICES and NUMBERS, the others at their
    default; several words as a list, or with commas. ``tones``: own and learned rows. ConfigError
    names the setting and what it may be."""

    def __init__(
        self,
        channels: tuple[int, ...],
        country: str = "cn",
        settings: dict[str, object] | None = None,
        tones: tuple[ToneRow, ...] = (),
    ) -> None:
        if not channels or len(set(channels)) != len(channels):
            raise ConfigError("exchange lines: give the numbers of their ports, each once")
        if country not in COUNTRIES:
            raise ConfigError(
                f"no tones of country {country!r}: give one of {', '.join(sorted(COUNTRIES))}"
            )
        given = dict(settings or {})
        words = {name: _words(row, given.pop(name, None)) for name, row in CHOICES.items()}
        values = {name: _number(row, given.pop(name, None)) for name, row in NUMBERS.items()}
        if given:
            known = ", ".join((*CHOICES, *NUMBERS))
            raise ConfigError(
                f"exchange lines have no setting {', '.join(sorted(given))}: there are {known}"
            )
        self.channels: Final = channels
        self.country: Final = country
        self.rows: Final = tones
        self.ground: Final[bool] = words["start"][0] == "ground"
        self.pulse: Final[bool] = words["dialling"][0] == "pulse"
        self.dial_tone: Final[str] = words["dial_tone"][0]
        self.answer: Final[tuple[str, ...]] = words["answer"]
        self.supervision: Final[tuple[str, ...]] = words["supervision"]
        self.tones: Final[tuple[str, ...]] = words["tones"]
        self.glare_refused: Final[bool] = words["glare"][0] == "refuse"
        self.listen: Final[str] = words["listen"][0]
        self.parallel_refused: Final[bool] = words["parallel"][0] == "refuse"
        self.by_drop: Final[bool] = "drop" in self.supervision or words["start"][0] == "kewl"
        self.by_reversal: Final[bool] = "reversal" in self.supervision
        self.by_tone: Final[bool] = "tone" in self.supervision
        self.ring_lowest: Final[float] = values["ring_lowest"]
        self.ring_highest: Final[float] = values["ring_highest"]
        if self.ring_lowest >= self.ring_highest:
            raise ConfigError("exchange lines: give ring_lowest less than ring_highest")
        self.digit_level: Final[float] = values["digit_level"]
        self.digit_on: Final[int] = int(values["digit_on"])
        self.digit_off: Final[int] = int(values["digit_off"])
        impedance = words["impedance"][0]
        self.impedance_chosen: Final[bool] = impedance != "country"
        self.impedance: Final[str] = impedance if self.impedance_chosen else country_row(country)
        self.train_digit: Final[str] = str(int(values["train_digit"]))
        self.pulse_rate: Final[float] = values["pulse_rate"]
        self.pulse_break: Final[float] = values["pulse_break"]
        self.pulse_pause: Final[int] = int(values["pulse_pause"])
        self.flash: Final[int] = int(values["flash"])
        self.cycles: Final[int] = int(values["cycles"])
        self.call_waiting: Final[bool] = bool(values["call_waiting"])
        silence = values["silence"] if "silence" in self.supervision else 0.0
        limit = values["limit"] if "limit" in self.supervision else 0.0
        self.silence: Final[int] = round(silence * _MS)
        self.limit: Final[int] = round(limit * _MS)
        self.ns: Final[dict[str, int]] = {
            name: round(value * _MS) for name, value in values.items()
        }
        """Times by name."""


def _words(row: Choice, given: object) -> tuple[str, ...]:
    if given is None:
        return row.default
    if isinstance(given, str):
        words = tuple(word.strip() for word in given.split(",")) if row.several else (given,)
    elif isinstance(given, list | tuple) and row.several:
        words = tuple(str(word) for word in given)
    else:
        words = (str(given),)
    if words == ("",) and row.several:
        return ()
    unknown = [word for word in words if word not in row.words]
    if unknown or len(set(words)) != len(words):
        kind = "some of" if row.several else "one of"
        raise ConfigError(
            f"exchange lines: {row.name} = {given!r}, give {kind} {', '.join(row.words)} "
            f"({row.about})"
        )
    return words


def _number(row: Number, given: object) -> float:
    value = row.default if given is None else given
    if isinstance(value, bool) or not isinstance(value, int | float):
        value = float("nan")
    if not row.least <= value <= row.most:
        raise ConfigError(
            f"exchange lines: {row.name} = {given!r}, give {row.least:g} to {row.most:g} "
            f"({row.about})"
        )
    return float(value)
