"""docs/configuration.md: every key, from the Structs that read the file and tables of timers."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec
import page_configuration_ss7 as ss7
import page_sessions as sessions
import page_smdi as smdi
from page_tools import (
    GENERATED,
    ROOT,
    Undocumented,
    attribute_docs,
    block,
    default_of,
    fields,
    named_docs,
    sentence,
    summary,
    table,
    type_text,
)

from trunkd.daemon import config
from trunkd.daemon.config_read import show_duration, unwrap
from trunkd.drivers.dahdi import config as dahdi
from trunkd.drivers.donjin import config as donjin
from trunkd.drivers.e1d import config as e1d
from trunkd.drivers.sim import config as sim
from trunkd.drivers.sim.line_config import LineConfig
from trunkd.drivers.synway import config as synway
from trunkd.signaling.isdn import q921_config, q931_config

GLOSSES: Final = {
    "Daemon.runtime_dir": summary(config.runtime_dir),
    "Daemon.socket_mode": "Mode of the socket, in octal; not for everybody",
    "Daemon.allow_uids": "User ids that may connect; see `allow_gids`",
    "BoardTable.name": "Its name: a letter, then up to 31 letters, digits, `_` and `-`",
    "BoardTable.address": "Which driver and which board, e.g. `sim://lab`",
    "TrunkTable.name": "Its name, as for boards; calls are placed on `trunk/NAME`",
    "TrunkTable.signalling": "The protocol",
    "TrunkTable.pri": "The table `[trunk.pri]`, required for `pri`",
    "TrunkTable.isup": "The table `[trunk.isup]`, required for `isup`",
    "TrunkTable.tup": "The table `[trunk.tup]`, required for `tup`",
    "TrunkTable.r2": "The table `[trunk.r2]`, as the next four: [lines.md](lines.md)",
    "TrunkTable.em": "The table `[trunk.em]`",
    "TrunkTable.fxs": "The table `[trunk.fxs]`",
    "TrunkTable.fxo": "The table `[trunk.fxo]`",
    "TrunkTable.tap": "The table `[trunk.tap]`",
    "PriTable.variant": "The national or vendor variant, see below",
    "PriTable.timers": "The table `[trunk.pri.timers]`",
    "PriTable.side": "Which end we are: the far end must be the other one",
    "PriTable.link": "The table `[trunk.pri.link]`",
    "SpanConfig.crc4": "As `crc4` of the board",
    "SpanConfig.cas": "As `cas` of the board",
    "CableConfig.bursts_per_second": "Bursts of bit errors, 0 to 100000, at random times",
    "SimConfig.span": "Tables `[[board.sim.span]]`",
    "SimConfig.cables": "Tables `[[board.sim.cables]]`",
    "SimConfig.lines": "Tables `[[board.sim.lines]]`: analog lines",
    "LineConfig.fxs": "The FXS port at one end, as `SPAN/PORT`",
    "LineConfig.fxo": "The FXO port at the other end",
    "LineConfig.tap": "A tap across the line",
    "LineConfig.noise_dbm0": "Noise on it, -90 to -10",
    "LineConfig.hum_dbm0": "Hum of the mains on it",
    "SimConfig.ports": "Tables `[[board.sim.ports]]`",
    "PortConfig.mode": "What a packet is, see above",
    "PortConfig.span": "The span",
    "PortConfig.timeslot": "The timeslot, 1 to 31",
}
"""Keys that have no docstring of their own."""

ENGINE_NAMES: Final = {"hunt": "selection"}
"""Keys of ``[trunk.pri]`` that PriConfig calls otherwise."""

TIMES: Final = '"500ms", "4s", "1m30s", "2h"'

PORTS: Final = """\
# One E1 of ours, and a program of yours as the exchange: it opens the socket of the port and
# sends and receives D-channel frames. `trunkd peer pri` is such a program.
[daemon]
socket_mode = "0600"
records = "off"

[[board]]
name = "lab"
address = "sim://lab"
[board.sim]
spans = 2
[[board.sim.cables]]
ends = [1, 2]
ber = 1e-7
[[board.sim.ports]]
span = 2
timeslot = 16
path = "/run/trunkd/exchange.sock"

[[trunk]]
name = "pstn"
span = "lab/1"
signalling = "pri"
incoming = "offer"
[trunk.pri]
side = "user"
channels = "1-15,17-31"
overlap_receiving = true
min_digits = 7
[trunk.pri.timers]
T303 = "2s"
T310 = "1m"
[trunk.pri.link]
k = 7
t200 = "500ms"
"""

MUSIC: Final = """\
[[media.music]]
name = "waiting"
files = ["music/one.wav", "music/please-hold.wav"]
volume = -3
"""

NFAS: Final = """\
# Three T1: 23 + 23 + 24 channels, D-channels on the first two.
[[board]]
name = "b0"
address = "sim://lab"
[board.sim]
spans = 3
kind = "t1"

[[trunk]]
name = "pstn"
signalling = "pri"
[trunk.pri]
side = "user"
variant = "ni2"
backup = "b0/2"
[[trunk.pri.interfaces]]
span = "b0/1"
[[trunk.pri.interfaces]]
span = "b0/2"
[[trunk.pri.interfaces]]
span = "b0/3"
id = 5
"""

NFAS_TEXT: Final = """\
Calls stay when a D-channel is lost and the other one takes over; the event `DChannelChanged` tells,
`trunkd status` shows both, the counter `d_channel_switches` counts, and `trunkd pri switch pstn`
goes back. A span that is lost has its channels blocked until it is back (`blockedHere`); calls on
them end with cause 27 when it stays away for T309.
"""

INTRO: Final = f"""\
One TOML file, `{config.DEFAULT_PATH}` unless `trunkd run -c FILE` names another. Check it
before you start the daemon; every mistake is named with its line, its key and what to write:

```sh
trunkd config check /etc/trunkd/trunkd.toml
trunkd config show /etc/trunkd/trunkd.toml
```

`show` prints the file with all defaults filled in. Changes count from the daemon's next start.

A key that does not exist is a mistake, never ignored. Times are texts with a unit (us, ms, s, m,
h): {TIMES}.
"""


def meaning(cls: type[msgspec.Struct], field: msgspec.inspect.Field) -> str:
    """What a key means: its docstring, the engine's, or a gloss."""
    name = field.name
    glosses = GLOSSES | sessions.GLOSSES
    text = attribute_docs(cls).get(name) or glosses.get(f"{cls.__name__}.{name}")
    if not text and cls is config.PriTable:
        text = named_docs(q931_config.PriConfig.__doc__).get(ENGINE_NAMES.get(name, name))
    text = text or named_docs(cls.__doc__).get(name)
    if not text:
        raise Undocumented(f"{cls.__module__}.{cls.__name__}.{name} has no docstring")
    return sentence(text)


def toml_text(value: Any, duration: bool) -> str:
    """A default as one would write it in the file."""
    if value is None or value == []:
        return "none"
    if duration:
        return f'`"{show_duration(value)}"`'
    if isinstance(value, msgspec.Struct | dict):
        return "none"
    return f"`{msgspec.json.encode(value).decode()}`"


def default_text(cls: type[msgspec.Struct], field: msgspec.inspect.Field) -> str:
    if field.required:
        return "required"
    if (cls, field.name) == (config.Daemon, "runtime_dir"):
        return '`"/run/trunkd"`'
    kind = next(f.type for f in msgspec.structs.fields(cls) if f.name == field.name)
    return toml_text(default_of(field), "duration" in unwrap(kind)[1])


def keys(cls: type[msgspec.Struct], skip: tuple[str, ...] = ()) -> str:
    """The table of a Struct's keys."""
    rows = [
        (
            f"`{field.encode_name}`",
            type_text(field.type, lambda _: "table").replace("`^", "matching `^"),
            default_text(cls, field),
            meaning(cls, field),
        )
        for field in fields(cls)
        if field.name not in skip
    ]
    return table(("key", "type", "default", "meaning"), rows)


def timers() -> str:
    """Tables 9.1 and 9.2 of Q.931: what may be set on which side."""
    rows = []
    for number, row in q931_config.TIMERS.items():
        if not row.used:
            continue
        sides = [
            f'`"{show_duration(value)}"`' if value else "not there"
            for value in (row.user, row.network)
        ]
        limits = f'"{show_duration(row.low)}" to "{show_duration(row.high)}"'
        rows.append((f"`T{number}`", *sides, limits, row.text, row.clause))
    return table(("timer", "user side", "network side", "range", "waits for", "Q.931"), rows)


def idle_timers() -> str:
    names = [f"T{n} ({row.text})" for n, row in q931_config.TIMERS.items() if not row.used]
    return ", ".join(names)


def link_parameters() -> str:
    """Q.921 5.9: what may be set."""
    rows = []
    for row in q921_config.PARAMETERS:
        if not row.used:
            continue
        time = row.unit == "ns"
        default, low, high = (
            f'"{show_duration(n)}"' if time else str(n) for n in (row.default, row.low, row.high)
        )
        unit = "" if time else f" {row.unit}".rstrip()
        rows.append(
            (
                f"`{row.name.lower()}`",
                f"`{default}`",
                f"{low} to {high}{unit}",
                row.text,
                row.clause,
            )
        )
    return table(("key", "default", "range", "meaning", "Q.921"), rows)


def variants() -> str:
    """National and vendor variants, row by row."""
    rows = [
        (
            f"`{variant.name}`",
            variant.text,
            "yes" if variant.sending_complete else "no",
            "one a channel" if variant.restart_each else "one for all channels",
        )
        for variant in q931_config.VARIANTS.values()
    ]
    columns = ("variant", "what it is", "Sending complete in an en-bloc SETUP", "RESTART messages")
    return table(columns, rows)


def about(cls: type[msgspec.Struct]) -> str:
    """A table's docstring, without the table's name that stands above it anyway."""
    text = re.sub(r"^`[^`]+`: ", "", summary(cls))
    return text[:1].upper() + text[1:]


def daemon() -> list[str]:
    """The whole, `[daemon]`, `[media]`, `[[board]]`."""
    example = (ROOT / "examples" / "back-to-back.toml").read_text()
    return [
        GENERATED,
        "# Configuration\n",
        INTRO,
        "## A complete file\n",
        "[examples/back-to-back.toml](../examples/back-to-back.toml), good for a laptop:\n",
        block("toml", example),
        "## One with a port\n",
        block("toml", PORTS),
        "Then, in another terminal, the exchange behind the port answers calls:\n",
        block("sh", "trunkd peer pri --connect /run/trunkd/exchange.sock --side net --mode answer"),
        "## `[daemon]`\n",
        f"{about(config.Daemon)} All of it may be left out.\n",
        keys(config.Daemon),
        "## `[media]`\n",
        f"{about(config.MediaTable)} May be left out.\n",
        keys(config.MediaTable),
        "### `[[media.music]]`\n",
        f"{about(config.MusicTable)}\n",
        block("ini", MUSIC),
        keys(config.MusicTable),
        "## `[[board]]`\n",
        f"{about(config.BoardTable)} The address begins with the driver's name, and the driver's\n"
        "own table is named like it: `[board.sim]` for `sim://`.\n",
        keys(config.BoardTable, ("driver",)),
    ]


def boards() -> list[str]:
    """The drivers' own tables."""
    return [
        "## `[board.sim]`\n",
        "The simulated board. Its options may also stand in the address:"
        ' `"sim://lab?spans=2&cable=1-2"`.\n',
        keys(sim.SimConfig),
        "### `[[board.sim.span]]`\n",
        f"{summary(sim.SpanConfig)}\n",
        keys(sim.SpanConfig),
        "### `[[board.sim.cables]]`\n",
        f"{summary(sim.CableConfig)} `trunkd cable` changes it while the daemon runs.\n",
        keys(sim.CableConfig),
        "### `[[board.sim.ports]]`\n",
        f"{summary(sim.PortConfig)}\n",
        "In mode `hdlc` a packet is one frame without its FCS; in mode `raw`, octets at 64 kbit/s,"
        "\na block a packet; in mode `cas`, `C` and one octet with the ABCD bits to be sent from"
        " now on,\nor `A` and up to 320 octets of A-law speech.\n",
        keys(sim.PortConfig),
        "### `[[board.sim.lines]]`\n",
        f"{summary(LineConfig)}\n",
        keys(LineConfig),
        "## `[board.e1d]`\n",
        f"{about(e1d.E1dConfig)}\n",
        keys(e1d.E1dConfig),
        "## `[board.dahdi]`\n",
        f"{about(dahdi.DahdiConfig)} See [dahdi.md](dahdi.md).\n",
        keys(dahdi.DahdiConfig),
        "## `[board.synway]`\n",
        f"{about(synway.SynwayConfig)}\n",
        keys(synway.SynwayConfig),
        "## `[board.donjin]`\n",
        f"{about(donjin.DonjinConfig)} See [donjin.md](donjin.md).\n",
        keys(donjin.DonjinConfig),
    ]


def trunks() -> list[str]:
    """What all trunks have."""
    return [
        *ss7.points(keys),
        "## `[[trunk]]`\n",
        f"{about(config.TrunkTable)}\n",
        keys(config.TrunkTable),
        "## `[trunk.media]`\n",
        f"{about(config.TrunkMedia)} May be left out.\n",
        keys(config.TrunkMedia),
        "## `[trunk.board]`\n",
        f"{about(config.BoardCallsTable)} May be left out. [synway.md](synway.md) has an example."
        "\n",
        keys(config.BoardCallsTable),
    ]


def pri() -> list[str]:
    """`[trunk.pri]`."""
    return [
        "## `[trunk.pri]`\n",
        "A primary-rate D-channel by Q.921 and Q.931.\n",
        keys(config.PriTable),
        "Variants:\n",
        variants(),
        "### `[[trunk.pri.interfaces]]`\n",
        f"{about(config.InterfaceTable)}\n",
        block("toml", NFAS),
        keys(config.InterfaceTable),
        NFAS_TEXT,
        "## `[trunk.pri.timers]`\n",
        'The timers of Q.931 clause 9, as in `T303 = "4s"`. Change one only if the far end asks'
        " for it.\n",
        timers(),
        f"Known, but not for a trunk, and refused here: {idle_timers()}.\n",
        "## `[trunk.pri.link]`\n",
        "The system parameters of Q.921 5.9. `t203` must be longer than `t200`.\n",
        link_parameters(),
    ]


def text() -> str:
    """The page."""
    parts = [*daemon(), *boards(), *trunks(), *pri(), *ss7.user_parts(keys)]
    parts += smdi.configuration(keys)
    parts += sessions.configuration(keys)
    parts += [
        "## Routing\n",
        "Trunk groups, number rules, routes, applications, barred and emergency numbers:"
        " [routing.md](routing.md) has the tables.\n",
    ]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)
