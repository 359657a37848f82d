"""docs/lines.md: trunks of lines (R2, E&M, FXS, FXO, taps), from the rows of their engines."""

from __future__ import annotations

import inspect
from typing import Any, Final

import page_lines_guide
from page_tools import GENERATED, ROOT, block, md, table

from trunkd.signaling.analog import fxo_config, fxs_config
from trunkd.signaling.analog.callerid_dtmf import FRAMINGS
from trunkd.signaling.analog.callerid_send import BY_COUNTRY, STANDARDS
from trunkd.signaling.analog.hook import HOOK_ROWS
from trunkd.signaling.analog.ring_cadences import RINGS
from trunkd.signaling.cas import em_config, r2_config, r2_timers
from trunkd.signaling.cas.em_address import FORMS
from trunkd.signaling.cas.r2_variants import VARIANTS

INTRO: Final = """\
A trunk of lines has no messages: each of its channels shows bits (R2, E&M), loop current and
ringing (FXS, FXO), and sounds. trunkd carries its signalling channel by channel, beside the same
calls, methods and events as PRI and SS7.

| `signalling` | lines | span |
| --- | --- | --- |
| `"r2"` | MFC-R2 by Q.400 to Q.490 and its national forms; DTMF or decadic digits on such bits \
| E1 with `cas = true` |
| `"em"` | E&M: wink, immediate, delay dial, feature groups B and D | T1 with `cas = true`, or E1 |
| `"fxs"` | telephones at our ports | analog; T1 (robbed bits) |
| `"fxo"` | lines of an exchange at our ports | analog; T1 (robbed bits) |
| `"tap"` | recorders across somebody else's line | analog |

`trunkd lines` shows them all, `trunkd line show TRUNK/CHANNEL` one with its meters, `trunkd cas
bits SPAN` the ABCD bits live, `trunkd r2 calls` what registers are doing, `trunkd trace` (also with
`--ladder`) every signal with its time. Line signals are no frames: a pcapng has none of them.

Every table has `channels` (`"1-15,17-31"`; left out: all that the span has of that kind) and
`country`, whose tones are meant (left out: as in `[trunk.media]` or `[media]`). Times are written
as everywhere (`"300ms"`, `"15s"`) or as a number of milliseconds; the tables below give ms.
"""

R2_EXAMPLE: Final = """\
[[trunk]]
name = "exchange"
span = "b0/1"
signalling = "r2"
[trunk.r2]
variant = "cn"
dnis_max = 7             # numbers that come in have 7 digits; 0: the far end or a pause says
ani = "during"           # ask for the caller's number (KA, A-6)
[trunk.r2.overrides]     # what a nonstandard exchange does otherwise
"b.3" = "busy"
"line.answer" = "0101"
"timer.TACK" = "500ms"
"""

OVERRIDES: Final = """\
`overrides` changes single rows of the variant, so that an exchange which does something of its own
needs no new code: `"a.5"`, `"ani.1"`, `"b.6"` the name of a meaning (`""` takes it out),
`"line.answer"` ABCD bits, `"category.8"`, `"purpose.3"` a category of Q.763 3.11, `"cause.17"` the
meaning that says it, `"dnis_end"`, `"ani_end"` a signal 1 to 15, `"timer.T1"` a time.
"""

FXO_EXAMPLE: Final = """\
[[trunk]]
name = "office"
span = "b0/3"
signalling = "fxo"
[trunk.fxo]
channels = "9-16"
answer = ["reversal", "tone"]
silence = "300s"
[trunk.fxo.learned]      # printed by `trunkd line learn-tone office/9`
pbx-busy = "450/350,0/350 ~12Hz ~10% x3"
"""

FXS_EXAMPLE: Final = """\
[[trunk]]
name = "phones"
span = "b0/3"
signalling = "fxs"
[trunk.fxs]
channels = "1-8"
features = "hold,transfer,conference"
max_digits = 4
[trunk.fxs.numbers]
1 = "8001"
2 = "8002"
"""

EM_EXAMPLE: Final = """\
[[trunk]]
name = "tie"
span = "b0/2"            # kind = "t1", cas = true
signalling = "em"
law = "mulaw"
[trunk.em]
variant = "wink"
digits = 4
"""


def value(text: Any) -> str:
    """A default as TOML has it."""
    if isinstance(text, bool):
        return f"`{str(text).lower()}`"
    if isinstance(text, tuple):
        return "`[" + ", ".join(f'"{word}"' for word in text) + "]`"
    if isinstance(text, str):
        return f'`"{text}"`'
    return "" if text is None else f"`{text}`"


def parameters(kind: type) -> str:
    """Keys and defaults of an engine's configuration; its docstring says what they are."""
    rows = [
        (f"`{name}`", value(p.default))
        for name, p in inspect.signature(kind).parameters.items()
        if name != "channels"
    ]
    return table(("key", "default"), rows)


def about(kind: type) -> str:
    """Its docstring without the first sentence about the class."""
    return md(kind.__doc__ or "").partition(". ")[2]


def r2() -> list[str]:
    timers = [
        (f"`{r.name}`", f"{r.default}", f"{r.low} to {r.high}", r.clause, r.text)
        for r in r2_timers.TIMERS.values()
    ]
    variants = [(f"`{v.name}`", v.text, v.source) for v in VARIANTS.values()]
    return [
        "## MFC-R2\n",
        block("ini", R2_EXAMPLE),
        about(r2_config.R2Config) + "\n",
        parameters(r2_config.R2Config),
        OVERRIDES,
        "### Variants\n",
        table(("variant", "network", "source"), variants),
        "### Timers of R2\n",
        table(("timer", "default", "range", "clause", "what it is"), timers),
    ]


def em() -> list[str]:
    variants = [
        (f"`{v.name}`", v.start, v.register, v.address, v.source)
        for v in em_config.VARIANTS.values()
    ]
    times = [
        (f"`{r.name}`", f"{r.ms}", f"{r.low} to {r.high}", r.source, r.text)
        for r in em_config.TIMES
    ]
    forms = [(f"`{name}`", f"`{form}`", source) for name, (form, source) in FORMS.items()]
    return [
        "## E&M\n",
        block("ini", EM_EXAMPLE),
        about(em_config.EmConfig) + "\n",
        parameters(em_config.EmConfig),
        "### Variants of E&M\n",
        table(("variant", "start", "register", "address", "source"), variants),
        "### Forms of address\n",
        table(("form", "what is sent", "source"), forms),
        "### Times of E&M\n",
        table(("time", "default", "range", "source", "what it is"), times),
    ]


def fxs() -> list[str]:
    rows = [
        (f"`{r.name}`", value(r.default), _range(r.low, r.high, r.values), r.about)
        for r in fxs_config.SETTINGS.values()
    ]
    users: dict[str, list[str]] = {}
    for country, name in BY_COUNTRY.items():
        users.setdefault(name, []).append(country)
    standards = [
        (f"`{s.name}`", ", ".join(users.get(s.name, [])), s.source) for s in STANDARDS.values()
    ]
    rings = [
        (country, f"{r.hz:g} Hz", ", ".join(str(ms) for ms in r.cadences["normal"]), r.source)
        for country, r in sorted(RINGS.items())
    ]
    return [
        "## Telephones: FXS\n",
        block("ini", FXS_EXAMPLE),
        table(("key", "default", "range", "what it is"), rows),
        f"Hook windows: {', '.join(f'`{name}`' for name in HOOK_ROWS)}.\n",
        "### Caller ID to telephones\n",
        table(("`caller_id`", "countries", "source"), standards),
        "### Ringing\n",
        table(("country", "frequency", "on and off, ms", "source"), rings),
    ]


def _range(low: int, high: int, values: tuple[str, ...]) -> str:
    if values:
        return ", ".join(f'`"{v}"`' for v in values)
    return f"{low} to {high}" if high else ""


def fxo() -> list[str]:
    words = [
        (
            f"`{c.name}`",
            value(c.default if c.several else c.default[0]),
            ", ".join(f'`"{w}"`' for w in c.words),
            c.about,
        )
        for c in fxo_config.CHOICES.values()
    ]
    numbers = [
        (f"`{n.name}`", f"`{n.default:g}`", f"{n.least:g} to {n.most:g}", n.about)
        for n in fxo_config.NUMBERS.values()
    ]
    framings = [
        (f"`{f.name}`", f"`{f.start}`…`{f.end}`" if f.start else f"…`{f.end}`", f.where)
        for f in FRAMINGS.values()
    ]
    return [
        "## Exchange lines: FXO\n",
        block("ini", FXO_EXAMPLE),
        table(("key", "default", "values", "what it is"), words),
        table(("key", "default", "range", "what it is"), numbers),
        "Caller ID of every kind is heard without a setting: Bell 202 and V.23, single and\n"
        "multiple data message, before the first ring or between rings, and DTMF in these forms:\n",
        table(("framing", "letters", "where"), framings),
    ]


TAP: Final = """\
## Taps

A tap hears both directions of somebody else's line and sends nothing. A call begins when the line's
telephone goes off hook or it rings; the digits dialled, the caller's number and the end are told as
of other calls, and `recordMessage` records it.
"""


def text() -> str:
    parts = [
        "# Lines: R2, E&M, telephones, exchange lines\n",
        GENERATED,
        INTRO,
        "Three examples run on a laptop: [r2-china.toml](../examples/r2-china.toml), "
        "[t1-em.toml](../examples/t1-em.toml)\nand [pots.toml](../examples/pots.toml).\n",
        page_lines_guide.text(),
        *r2(),
        *em(),
        *fxs(),
        *fxo(),
        TAP,
    ]
    assert (ROOT / "examples/r2-china.toml").is_file() and (ROOT / "examples/pots.toml").is_file()
    return "\n".join(parts)
