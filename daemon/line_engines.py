"""From a trunk's table of lines to its engine: R2, E&M, FXS, FXO, taps.

The engines know their own settings, with ranges and meanings; a table has them by the same names.
Times are written as everywhere in the file ("300ms"), or as a number of ms.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ..board.model import Span, SpanKind
from ..board.progress_tones import COUNTRIES
from ..errors import ConfigError
from ..signaling.line import LineEngine
from .config import TrunkTable
from .config_read import parse_duration
from .config_ss7 import parse_numbers

if TYPE_CHECKING:
    from ..signaling.cas.robbed_codes import RobbedCodes

MS: Final = 1_000_000

LEARNED: Final = "learned"
"""Table of an FXO trunk: tones of its exchange that `trunkd line learn-tone` learned."""
NUMBERS: Final = "numbers"
"""Table of an FXS trunk: the number of each telephone, by port."""
TIMES: Final = ("timers", "times")
"""Tables of times by name."""


class Kind(NamedTuple):
    """How a signalling's engine is made. ``keys``: of its table, beside ``channels`` and
    ``country``."""

    keys: Callable[[], frozenset[str]]
    make: Callable[[dict[str, Any], tuple[int, ...], str], Any]
    """Its configuration; ConfigError."""
    engine: Callable[[Any], LineEngine]


def last_channel(kind: SpanKind) -> int:
    """The highest timeslot of a span."""
    return 24 if kind is SpanKind.T1 else 31


def all_channels(span: Span, signalling: str) -> tuple[int, ...]:
    """The channels of a trunk that names none: all that can be of its kind."""
    if span.kind is SpanKind.ANALOG:
        return tuple(
            slot.number
            for slot in span.timeslots
            if slot.line is not None and slot.line.kind.value == signalling
        )
    if span.kind is SpanKind.T1:
        return tuple(range(1, 25))
    return tuple(n for n in range(1, 32) if n != 16)


def named_channels(table: TrunkTable, high: int = 31) -> tuple[int, ...]:
    """Those that the table names, ascending; ValueError says what is wrong with the text."""
    text = str((table.lines or {}).get("channels", ""))
    return tuple(sorted(parse_numbers(text, "channel", high, 1))) if text else ()


def channels_of(table: TrunkTable, span: Span) -> tuple[int, ...]:
    """The channels of a trunk; ConfigError when the span has no such."""
    found = named_channels(table) or all_channels(span, table.signalling)
    if not found:
        raise ConfigError(
            f"trunk '{table.name}': span {table.span} has no {table.signalling} ports: "
            "name another span, or give it ports"
        )
    for channel in found:
        if not 1 <= channel < len(span.timeslots):
            raise ConfigError(f"trunk '{table.name}': span {table.span} has no channel {channel}")
        line = span.timeslots[channel].line
        kind = line.kind.value if line is not None else ""
        if span.kind is SpanKind.ANALOG and kind != table.signalling:
            raise ConfigError(
                f"trunk '{table.name}': port {channel} of {table.span} is {kind or 'not there'}, "
                f"not {table.signalling}: name others in channels"
            )
    return found


def make_engine(
    table: TrunkTable, config: Any, channels: tuple[int, ...], kind: SpanKind
) -> LineEngine:
    """The engine of a trunk; ``config`` is ``make_config``'s."""
    if kind is not SpanKind.ANALOG and table.signalling in ("fxs", "fxo"):
        return _robbed(table, channels, config)
    return KINDS[table.signalling].engine(config)


def make_config(
    table: TrunkTable, channels: tuple[int, ...], country: str, e1: bool = False
) -> Any:
    """What the engine is configured with; ConfigError says what it does not take. ``e1``: its bits
    are those of an E1."""
    own = {k: _plain(k, v) for k, v in (table.lines or {}).items() if k != "channels"}
    if table.signalling in ("fxs", "fxo"):
        robbed_codes(table)
        own.pop("bits", None)
    if e1 and table.signalling == "em":
        own.setdefault("bits", "e1")
    where = str(own.pop("country", "") or table.media.country or country).lower()
    if where not in COUNTRIES:
        raise ConfigError(f"country is {where!r}; give one of {', '.join(sorted(COUNTRIES))}")
    return KINDS[table.signalling].make(own, channels, where)


def _plain(key: str, value: Any) -> Any:
    """Times as numbers of ms; everything else as it is written."""
    if not isinstance(value, dict) or key not in TIMES:
        return _ms(value)
    times = {name: _ms(text) for name, text in value.items()}
    for name, ms in times.items():
        if isinstance(ms, bool) or not isinstance(ms, int | float):
            raise ConfigError(f'{key}: {name} is {ms!r}; write it as "300ms" or "15s"')
    return times


def _ms(value: Any) -> Any:
    if not isinstance(value, str) or not value[:1].isdigit():
        return value
    try:
        ms = parse_duration(value) / MS
    except ValueError:
        return value
    return int(ms) if ms == int(ms) else ms


# R2


def _parameters(kind: type) -> frozenset[str]:
    return frozenset(inspect.signature(kind).parameters) - {"channels"}


_TYPES: Final = {bool: "true or false", int: "a whole number", str: "a text"}


def _typed(kind: type, own: dict[str, Any]) -> dict[str, Any]:
    """The settings again; ConfigError where one is no such thing as its default is."""
    for name, parameter in inspect.signature(kind).parameters.items():
        wanted = type(parameter.default)
        if name in own and wanted in _TYPES and type(own[name]) is not wanted:
            raise ConfigError(f"{name} is {own[name]!r}; give {_TYPES[wanted]}")
    return own


def _r2_keys() -> frozenset[str]:
    from ..signaling.cas.r2_config import R2Config

    return _parameters(R2Config)


def _r2_config(own: dict[str, Any], channels: tuple[int, ...], country: str) -> Any:
    from ..signaling.cas.r2_config import R2Config

    timers = {name: round(ms * MS) for name, ms in own.pop("timers", {}).items()}
    if isinstance(own.get("overrides"), dict):
        own["overrides"] = {k: _override(k, v) for k, v in own["overrides"].items()}
    direction = own.pop("direction", "both")
    if isinstance(direction, dict):
        direction = {
            channel: way
            for text, way in direction.items()
            for channel in parse_numbers(text, "channel", 31, 1)
        }
    return R2Config(channels, direction=direction, timers=timers, **_typed(R2Config, own))


def _override(key: str, value: Any) -> Any:
    """Times of timers as ms; all else as it is written."""
    if key == "timer" and isinstance(value, dict):
        return {name: _ms(text) for name, text in value.items()}
    return _ms(value) if key.startswith("timer.") else value


def _r2_engine(config: Any) -> LineEngine:
    from ..signaling.cas.r2 import R2Trunk

    return R2Trunk(config)


# E&M


def _em_keys() -> frozenset[str]:
    from ..signaling.cas.em_config import EmConfig

    return _parameters(EmConfig)


def _em_config(own: dict[str, Any], channels: tuple[int, ...], country: str) -> Any:
    from ..signaling.cas.em_config import EmConfig

    return EmConfig(channels, country=country, **_typed(EmConfig, own))


def _em_engine(config: Any) -> LineEngine:
    from ..signaling.cas.em import EmTrunk

    return EmTrunk(config)


# Analog lines


def _fxo_keys() -> frozenset[str]:
    from ..signaling.analog.fxo_config import CHOICES, NUMBERS

    return frozenset({*CHOICES, *NUMBERS, LEARNED, "country", "bits"})


def _fxo_config(own: dict[str, Any], channels: tuple[int, ...], country: str) -> Any:
    from ..signaling.analog.fxo_config import FxoConfig
    from ..signaling.analog.tone_rows import ToneRow

    learned = own.pop(LEARNED, {})
    tones = []
    for name, text in learned.items():
        try:
            tones.append(ToneRow.from_text(name, str(text)))
        except ConfigError as exc:
            raise ConfigError(
                f"learned: {name} is {text!r} ({exc}); write what `trunkd line learn-tone` printed"
            ) from exc
    return FxoConfig(channels, country, own, tuple(tones))


def _fxo_engine(config: Any) -> LineEngine:
    from ..signaling.analog.fxo import FxoTrunk

    return FxoTrunk(config)


def _fxs_keys() -> frozenset[str]:
    from ..signaling.analog.fxs_config import SETTINGS

    return frozenset({*SETTINGS, NUMBERS, "country", "bits"})


def _fxs_config(own: dict[str, Any], channels: tuple[int, ...], country: str) -> Any:
    from ..signaling.analog.fxs_config import FxsConfig

    numbers = own.pop(NUMBERS, {})
    wrong = next((port for port in numbers if not str(port).isdigit()), None)
    if wrong is not None:
        raise ConfigError(f'numbers: {wrong!r} is no port; write them as 1 = "8001"')
    return FxsConfig(channels, country, own, {int(port): str(n) for port, n in numbers.items()})


def _fxs_engine(config: Any) -> LineEngine:
    from ..signaling.analog.fxs import FxsTrunk

    return FxsTrunk(config)


def _tap_keys() -> frozenset[str]:
    from ..signaling.analog.tap import TapConfig

    return _parameters(TapConfig)


def _tap_config(own: dict[str, Any], channels: tuple[int, ...], country: str) -> Any:
    from ..signaling.analog.tap import TapConfig

    return TapConfig(channels, country, **_typed(TapConfig, own))


def _tap_engine(config: Any) -> LineEngine:
    from ..signaling.analog.tap import TapTrunk

    return TapTrunk(config)


def unsendable(table: TrunkTable) -> bool:
    """Some of the codes are 0000, which would look like an E1's multiframe alignment (G.704
    5.1.3.2.2)."""
    if table.signalling == "em":
        config = make_config(table, (1,), "cn", e1=True)
        return 0 in (config.idle, config.seized)
    if table.signalling in ("fxs", "fxo"):
        codes = robbed_codes(table)
        return 0 in (codes.office if table.signalling == "fxs" else codes.station)
    return False


def robbed_codes(table: TrunkTable) -> RobbedCodes:
    """ABCD codes of FXS and FXO on the bits of a T1 or an E1; ConfigError."""
    from ..signaling.cas.robbed_codes import CODES, own_codes

    own = table.lines or {}
    bits = own.get("bits", "ground" if own.get("start") == "ground" else "loop")
    if isinstance(bits, str):
        if bits not in CODES:
            raise ConfigError(
                f"bits is {bits!r}; give one of {', '.join(CODES)}, or a table of your own codes"
            )
        return CODES[bits]
    if not isinstance(bits, dict) or not {"office", "station"} <= bits.keys():
        raise ConfigError(f"bits is {bits!r}; give its tables office and station")
    return own_codes("own", bits["office"], bits["station"], str(bits.get("mask", "1100")))


def _robbed(table: TrunkTable, channels: tuple[int, ...], config: Any) -> LineEngine:
    """FXS and FXO on the robbed bits of a T1, or the bits of an E1."""
    from ..signaling.cas.robbed import RobbedBitLine

    engine = KINDS[table.signalling].engine(config)
    return RobbedBitLine(engine, channels, robbed_codes(table), table.signalling == "fxs")


KINDS: Final[dict[str, Kind]] = {
    "r2": Kind(_r2_keys, _r2_config, _r2_engine),
    "em": Kind(_em_keys, _em_config, _em_engine),
    "fxo": Kind(_fxo_keys, _fxo_config, _fxo_engine),
    "fxs": Kind(_fxs_keys, _fxs_config, _fxs_engine),
    "tap": Kind(_tap_keys, _tap_config, _tap_engine),
}
