"""Settings of call progress analysis: rows with default, least and greatest value.

All times are ms where they are set, as in common use; the engine turns them into ns.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ..errors import ConfigError


class Parameter(NamedTuple):
    """A row: name, default, least, greatest, what it means."""

    name: str
    default: float
    least: float
    most: float
    about: str


PARAMETERS: Final[tuple[Parameter, ...]] = (
    Parameter(
        "no_answer", 60_000, 1_000, 600_000, "before answer: from the beginning to no-answer"
    ),
    Parameter("max_rings", 0, 0, 100, "before answer: rings until no-answer; 0: any number"),
    Parameter(
        "infer_answer", 0, 0, 1, "1: no answer supervision, voice or a missing ring means it"
    ),
    Parameter("initial_silence", 4_000, 500, 30_000, "after answer: nothing heard gives silence"),
    Parameter("min_word", 100, 20, 1_000, "shorter voice is a click or a breath"),
    Parameter("between_words", 60, 0, 1_000, "a shorter pause does not end a word"),
    Parameter("max_words", 12, 2, 100, "so many words are a machine"),
    Parameter("min_greeting", 0, 0, 10_000, "no verdict machine on less voice than this"),
    Parameter("max_greeting", 4_000, 500, 60_000, "more voice than this is a machine"),
    Parameter("min_pause", 800, 0, 5_000, "no verdict person on a shorter pause than this"),
    Parameter("after_greeting", 1_600, 200, 10_000, "a pause so long ends it: the likelier one"),
    Parameter("total_analysis", 7_000, 1_000, 60_000, "after answer: the likelier one by then"),
    Parameter("sure_machine", 0.92, 0.5, 0.999, "confidence that decides for a machine"),
    Parameter("sure_person", 0.95, 0.5, 0.999, "confidence that decides for a person"),
    Parameter("beep_wait", 45_000, 0, 300_000, "after machine: how long its beep is waited for"),
    Parameter("beep_watch", 10_000, 0, 300_000, "the same after a verdict that is not machine"),
    Parameter(
        "greeting_silence", 3_500, 500, 30_000, "silence that ends a greeting without a beep"
    ),
    Parameter("beep_lowest", 300, 200, 3_000, "Hz"),
    Parameter("beep_highest", 2_500, 400, 3_400, "Hz"),
    Parameter("beep_shortest", 100, 60, 1_000, "ms"),
    Parameter("beep_longest", 1_500, 200, 5_000, "ms"),
)
"""Times in ms unless it is said otherwise."""

_ROWS: Final = {row.name: row for row in PARAMETERS}


def _ns(ms: float) -> int:
    return round(ms * 1_000_000)


class AnalysisConfig:
    """Settings by name, those not named at their default; ConfigError names a wrong one.

    >>> AnalysisConfig({"initial_silence": 2500})
    """

    def __init__(self, settings: dict[str, float] | None = None) -> None:
        given = dict(settings or {})
        values = {row.name: float(given.pop(row.name, row.default)) for row in PARAMETERS}
        if given:
            raise ConfigError(
                f"call analysis has no setting {', '.join(sorted(given))}: "
                f"there are {', '.join(_ROWS)}"
            )
        for name, value in values.items():
            row = _ROWS[name]
            if not row.least <= value <= row.most:
                raise ConfigError(
                    f"call analysis: {name} = {value:g}, give {row.least:g} to {row.most:g} "
                    f"({row.about})"
                )
        for low, high in (("beep_lowest", "beep_highest"), ("beep_shortest", "beep_longest")):
            if values[low] >= values[high]:
                raise ConfigError(f"call analysis: give {low} less than {high}")
        self.no_answer: Final = _ns(values["no_answer"])
        self.max_rings: Final = int(values["max_rings"])
        self.infer_answer: Final = bool(values["infer_answer"])
        self.initial_silence: Final = _ns(values["initial_silence"])
        self.min_word: Final = _ns(values["min_word"])
        self.between_words: Final = _ns(values["between_words"])
        self.max_words: Final = int(values["max_words"])
        self.min_greeting: Final = _ns(values["min_greeting"])
        self.max_greeting: Final = _ns(values["max_greeting"])
        self.min_pause: Final = _ns(values["min_pause"])
        self.after_greeting: Final = _ns(values["after_greeting"])
        self.total_analysis: Final = _ns(values["total_analysis"])
        self.sure_machine: Final = values["sure_machine"]
        self.sure_person: Final = values["sure_person"]
        self.beep_wait: Final = _ns(values["beep_wait"])
        self.beep_watch: Final = _ns(values["beep_watch"])
        self.greeting_silence: Final = _ns(values["greeting_silence"])
        self.beep_lowest: Final = values["beep_lowest"]
        self.beep_highest: Final = values["beep_highest"]
        self.beep_shortest: Final = _ns(values["beep_shortest"])
        self.beep_longest: Final = _ns(values["beep_longest"])
