"""Call progress tones by country: what exchanges send, as rows of data.

A cadence is written as in common use: steps with commas between; a step is frequencies in Hz
(``350+440`` together, ``400*25`` the first modulated in amplitude by the second, ``0`` silence), a
length in ms after ``/`` (none: for ever), and a level in dBm0 after ``@`` where it is not the
usual -10. Steps that begin with ``!`` come once; the others are repeated.

E.180 stands for ITU-T E.180 Supplement 2 (various tones used in national networks) and its
continuation, the list in ITU Operational Bulletin 781 (tones-0203). Names are the same everywhere.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ..errors import ConfigError

RATE: Final = 8000
LEVEL: Final = -10.0
MODULATION_DEPTH: Final = 0.9


class Step(NamedTuple):
    """A step of a cadence, in the form that trunkd.native.wrap_progress makes."""

    frequencies: tuple[float, ...]
    samples: int = 0
    """Of 8000 a second; 0: for ever."""
    level: float = LEVEL
    am_hz: float = 0.0
    am_depth: float = 0.0
    reversal: int = 0


class Cadence(NamedTuple):
    """Steps, and from which of them on they are repeated (None: not)."""

    steps: tuple[Step, ...]
    repeat_from: int | None


class Country(NamedTuple):
    """The tones of a national network."""

    name: str
    source: str
    tones: dict[str, str]


SIT: Final = "950/330,1400/330,1800/330,0/1000"
RECALL_425: Final = "!425/100,!0/100,!425/100,!0/100,!425/100,!0/100,425"
RECALL_US: Final = "!350+440/100,!0/100,!350+440/100,!0/100,!350+440/100,!0/100,350+440"


def _e180(
    name: str,
    busy: str,
    congestion: str,
    ringback: str,
    call_waiting: str,
    *,
    dial: str = "425",
    sit: str = SIT,
    source: str = "E.180",
) -> Country:
    tones = {
        "dial": dial,
        "busy": busy,
        "ringback": ringback,
        "congestion": congestion,
        "special-information": sit,
        "call-waiting": call_waiting,
    }
    return Country(name, source, tones)


def _even(hz: str, ms: int) -> str:
    return f"{hz}/{ms},0/{ms}"


RING_14: Final = "425/1000,0/4000"
RING_15: Final = "425/1000,0/5000"

# GB/T 3380-1982: number unobtainable (a number that does not exist, or is barred), which is what
# E.180 calls special information. Queueing has no tone of its own there, nor have payphones.
CHINA_UNOBTAINABLE: Final = "450/100,0/100,450/100,0/100,450/100,0/100,450/400,0/400"
# GB/T 3380-1982: 950 Hz without a pause, from low to high in five steps of 0 to +25 dBm where the
# line leaves the exchange. A digital path ends at +3.14 dBm0: about that range below
# 0. How long a step lasts is left open; 3 s. Confirmation, which an operator sends to check the
# caller's number, is the same 950 Hz in one step: what is heard is called a howler.
CHINA_HOWLER: Final = "!950/3000@-24,!950/3000@-18,!950/3000@-12,!950/3000@-6,950@0"

COUNTRIES: Final[dict[str, Country]] = {
    "cn": Country(
        "China",
        "GB/T 3380-1982 (450 and 950 Hz); stored-program exchanges' special-dial, congestion, "
        "call-waiting and reminder as China's operators announce them; record: E.180",
        {
            "dial": "450",
            "special-dial": "450/400,0/40",
            "busy": "450/350,0/350",
            "congestion": "450/700,0/700",
            "ringback": "450/1000,0/4000",
            "special-information": CHINA_UNOBTAINABLE,
            "trunk-offering": "450/200@-20,0/200,450/200@-20,0/600",
            "call-waiting": "450/400@-20,0/4000",
            "reminder": "1400/400@-20,0/10000",
            "record": "950/400@-20,0/10000",
            "howler": CHINA_HOWLER,
            "confirmation": "950@-20",
        },
    ),
    "us": Country(
        "United States and Canada",
        "E.180; ANSI T1.401, Telcordia GR-506 (howler, recall)",
        {
            "dial": "350+440@-13",
            "recall-dial": RECALL_US,
            "busy": "480+620/500@-24,0/500",
            "congestion": "480+620/250@-24,0/250",
            "ringback": "440+480/2000@-19,0/4000",
            "special-information": "!950/330,!1400/330,!1800/330",
            "call-waiting": "440/300@-13,0/10000",
            "confirmation": "!350+440/100,!0/100,!350+440/100,!0/100,!350+440/300",
            "record": "1400/500@-15,0/15000",
            "howler": "1400+2060+2450+2600/100@-9,0/100",
        },
    ),
    "gb": Country(
        "United Kingdom",
        "BT SIN 350",
        {
            "dial": "350+440",
            "special-dial": "350+440/750,440/750",
            "busy": "400/375,0/375",
            "congestion": "400/400,0/350,400/225,0/525",
            "ringback": "400+450/400,0/200,400+450/400,0/2000",
            "unobtainable": "400",
            "special-information": "950/330,0/15,1400/330,0/15,1800/330,0/1000",
            "call-waiting": "400/100,0/4000",
            "confirmation": "1400",
        },
    ),
    "at": _e180(
        "Austria",
        _even("420", 400),
        _even("420", 200),
        "420/1000,0/5000",
        "420/40,0/1960",
        dial="420",
        sit="950/330,1450/330,1850/330,0/1000",
    ),
    "au": _e180(
        "Australia",
        _even("425", 375),
        "425/375,0/375,425/375@-20,0/375",
        "413+438/400,0/200,413+438/400,0/2000",
        "425/200,0/200,425/200,0/4400",
        dial="413+438",
        sit="425/2500,0/500",
        source="ACIF S002:2001",
    ),
    "be": _e180(
        "Belgium",
        _even("425", 500),
        _even("425", 167),
        "425/1000,0/3000",
        "1400/175,0/175,1400/175,0/3500",
        sit="900/330,1400/330,1800/330,0/1000",
    ),
    "bg": _e180(
        "Bulgaria", _even("425", 500), _even("425", 250), RING_14, "425/150,0/150,425/150,0/4000"
    ),
    "br": _e180(
        "Brazil", _even("425", 250), "425/250,0/250,425/750,0/250", RING_14, "425/50,0/1000"
    ),
    "ch": _e180(
        "Switzerland", _even("425", 500), _even("425", 200), RING_14, "425/200,0/200,425/200,0/4000"
    ),
    "cz": _e180(
        "Czech Republic",
        _even("425", 330),
        _even("425", 165),
        RING_14,
        "425/330,0/9000",
        dial="425/330,0/330,425/660,0/660",
        sit="950/330,0/30,1400/330,0/30,1800/330,0/1000",
    ),
    "de": _e180(
        "Germany", _even("425", 480), _even("425", 240), RING_14, "425/200,0/200,425/200,0/5000"
    ),
    "dk": _e180(
        "Denmark", _even("425", 500), _even("425", 200), RING_14, "425/200,0/600,425/200,0/3000"
    ),
    "es": _e180(
        "Spain",
        _even("425", 200),
        "425/200,0/200,425/200,0/200,425/200,0/600",
        "425/1500,0/3000",
        "425/175,0/175,425/175,0/3500",
    ),
    "fi": _e180(
        "Finland", _even("425", 300), _even("425", 200), RING_14, "425/150,0/150,425/150,0/8000"
    ),
    "fr": _e180(
        "France",
        _even("440", 500),
        _even("440", 250),
        "440/1500,0/3500",
        "440/300,0/10000",
        dial="440",
    ),
    "gr": _e180(
        "Greece",
        _even("425", 300),
        _even("425", 200),
        RING_14,
        "425/150,0/150,425/150,0/8000",
        dial="425/200,0/300,425/700,0/800",
    ),
    "hu": _e180(
        "Hungary", _even("425", 300), _even("425", 300), "425/1250,0/3750", "425/40,0/1960"
    ),
    "id": _e180(
        "Indonesia", _even("425", 500), _even("425", 250), RING_14, "425/150,0/150,425/150,0/10000"
    ),
    "in": _e180(
        "India",
        _even("400", 750),
        _even("400", 250),
        "400*25/400,0/200,400*25/400,0/2000",
        "400/200,0/100,400/200,0/7500",
        dial="400*25",
    ),
    "it": _e180(
        "Italy",
        _even("425", 500),
        _even("425", 200),
        RING_14,
        "425/400,0/100,425/250,0/100,425/150,0/14000",
        dial="425/200,0/200,425/600,0/1000",
    ),
    "jp": _e180(
        "Japan",
        _even("400", 500),
        _even("400", 500),
        "400*16/1000,0/2000",
        "400*16/500,0/8000",
        dial="400",
    ),
    "mx": _e180(
        "Mexico",
        _even("425", 250),
        _even("425", 250),
        RING_14,
        "425/200,0/600,425/200,0/10000",
        sit="950/330,0/30,1400/330,0/30,1800/330,0/1000",
    ),
    "my": _e180(
        "Malaysia",
        _even("425", 500),
        _even("425", 500),
        "425/400,0/200,425/400,0/2000",
        "425/1000,0/10000",
    ),
    "nl": _e180("Netherlands", _even("425", 500), _even("425", 250), RING_14, "425/500,0/9500"),
    "no": _e180(
        "Norway", _even("425", 500), _even("425", 200), RING_14, "425/200,0/600,425/200,0/10000"
    ),
    "nz": _e180(
        "New Zealand",
        _even("400", 500),
        _even("400", 250),
        "400+450/400,0/200,400+450/400,0/2000",
        "400/200,0/3000",
        dial="400",
        source="Telepermit TNA 102",
    ),
    "pl": _e180(
        "Poland", _even("425", 500), _even("425", 500), RING_14, "425/150,0/150,425/150,0/4000"
    ),
    "pt": _e180("Portugal", _even("425", 500), _even("425", 200), RING_15, "440/300,0/10000"),
    "ru": _e180(
        "Russian Federation",
        _even("425", 350),
        _even("425", 175),
        RING_14,
        "425/200,0/5000",
        source="OST 45.223-2001",
    ),
    "se": _e180(
        "Sweden",
        _even("425", 250),
        "425/250,0/750",
        RING_15,
        "425/200,0/500,425/200,0/9100",
        sit="950/332,0/24,1400/332,0/24,1800/332,0/2024",
    ),
    "sg": _e180(
        "Singapore",
        _even("425", 750),
        _even("425", 250),
        "425*24/400,0/200,425*24/400,0/2000",
        "425*24/300,0/200,425*24/300,0/3200",
        source="IDA TS PSTN 1",
    ),
    "ve": _e180(
        "Venezuela",
        _even("425", 500),
        _even("425", 250),
        RING_14,
        "400+450/300,0/6000",
        sit="950/330,1440/330,1800/330,0/1000",
    ),
}


def _step(text: str) -> Step:
    sound, _, level = text.partition("@")
    sound, _, length = sound.partition("/")
    if not length and "/" in level:
        level, _, length = level.partition("/")
    samples = int(length) * RATE // 1000 if length else 0
    carrier, _, modulation = sound.partition("*")
    frequencies = tuple(float(hz) for hz in carrier.split("+") if float(hz))
    depth = MODULATION_DEPTH if modulation else 0.0
    return Step(frequencies, samples, float(level or LEVEL), float(modulation or 0), depth)


def parse(text: str) -> Cadence:
    """A cadence as it is written above. Raises ConfigError naming what is wrong."""
    parts = [part.strip() for part in text.split(",")]
    once = [part.startswith("!") for part in parts]
    if once != sorted(once, reverse=True):
        raise ConfigError(f"cadence {text!r}: put the steps that come once (!) first")
    try:
        steps = tuple(_step(part.lstrip("!")) for part in parts)
    except ValueError as exc:
        raise ConfigError(f"cadence {text!r}: {exc}; write steps as 350+440/500@-13") from exc
    for step in steps:
        if len(step.frequencies) > 4 or not all(0 < hz < 4000 for hz in step.frequencies):
            raise ConfigError(f"cadence {text!r}: give at most four frequencies below 4000 Hz")
    if any(not step.samples for step in steps[:-1]):
        raise ConfigError(f"cadence {text!r}: only the last step can be without a length")
    return Cadence(steps, None if all(once) else sum(once))


def cadence(country: str, tone: str) -> Cadence:
    """A country's tone. Raises ConfigError with the names there are."""
    if country not in COUNTRIES:
        raise ConfigError(f"no tones of country {country!r}: {', '.join(sorted(COUNTRIES))}")
    tones = COUNTRIES[country].tones
    if tone not in tones:
        raise ConfigError(f"{country} has no tone {tone!r}: {', '.join(tones)}")
    return parse(tones[tone])
