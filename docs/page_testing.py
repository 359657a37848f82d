"""docs/testing.md: the benches that load and kill a daemon, by their options and summaries."""

from __future__ import annotations

import argparse
import inspect
import re
from typing import Any, Final

from page_tools import GENERATED, Undocumented, block, cell, table

from trunkd.hil import cti_load, cti_load_real, kill_storm

KEYS: Final = {
    "answered": "calls that were answered",
    "answeredOverKills": "most of them that were up at one kill",
    "calls": "calls of which an event told",
    "clients": "clients with a subscription",
    "cpuSeconds": "CPU time of the whole run",
    "endedByKill": "calls that a kill ended; their records say so",
    "events": "events of the daemon, each of which the first client had once",
    "eventsToClients": "events told, over all clients",
    "heard": "times that speech was heard at the other end after a kill",
    "kept": "calls that went on over a kill (CallKept)",
    "kills": "of the daemon at work",
    "killsAtStart": "of the daemon while it started",
    "killsOfClients": "of clients that make calls",
    "latencyMs": "from the signalling frame at the wire to the event at a client that only listens:"
    " `p50`, `p99`",
    "latestMs": "the latest event of any client, by its own time",
    "offered": "calls that were to be placed",
    "peakChannels": "channels busy at once",
    "placed": "calls that were placed",
    "refused": "requests that were refused, by the error's word",
    "seconds": "of the run by the wall clock",
    "snapshots": "times that clients were told of lost events and took a snapshot",
    "wrong": "what does not agree with the model; empty: nothing. The exit code is 1 else",
}
"""Keys of the summaries."""

INTRO: Final = """\
Three kinds of proof that need no board: the tests of `make test` (a few minutes), `make bench`
(figures beside the peers'), and the benches here, which load and kill a whole daemon for as long as
one likes. Each prints a line of JSON, and its exit code is 1 when anything is wrong.
"""

LOAD: Final = """\
In virtual time the run is the same each time, as long as the seed is; with `--real` the daemon is a
process of its own, and what is measured is this machine too: `--first` gives it the priority that
`[daemon] priority` gives (as root). What is asked of trunkd, and the commands that show it:
"""

STORM: Final = """\
The bench keeps its own books: what the first client was told is the truth that records, channels,
event numbers and the log are held against at the end.
"""

LOAD_COMMANDS: Final = (
    (
        "every client's events complete and in order, 50 clients, 480 channels, 200 calls a second",
        "python -m trunkd.hil.cti_load",
    ),
    (
        "p99 from frame to event below 5 ms at 100 calls a second",
        "python -m trunkd.hil.cti_load --real --first --rate 100",
    ),
    (
        "a client stopped for 60 s costs the others nothing, and resynchronises itself",
        "python -m trunkd.hil.cti_load --real --first --rate 100 --seconds 90 --stop 60 --beside",
    ),
    (
        "where the daemon's time goes",
        "python -m trunkd.hil.cti_load --real --rate 200 --profile /tmp/daemon.prof",
    ),
)
STORM_COMMANDS: Final = (
    (
        "1,000 kills of the daemon and of clients: no record lost or doubled, no event missed, no"
        " channel stuck",
        "python -m trunkd.hil.kill_storm --kills 1000 --clients 4",
    ),
    ("the same over ISUP", "python -m trunkd.hil.kill_storm --kills 200 --signalling isup"),
    (
        "what is left of a run, to look at",
        "python -m trunkd.hil.kill_storm --kills 5 --keep /tmp/storm",
    ),
)

AUDIT: Final = """\
`trunkd audit` shows what the daemon itself found: states of a call or channel that disagreed
between call, signalling, board and media, twice in a row, and were put right (`--json`; `--look`
compares all now; exit code 1: one could not be put right). It should never show anything; the
metric `trunkd_audited_total` and the event [ChannelAudited](socket.md#channelaudited) tell, too.
"""


def options(parser: argparse.ArgumentParser) -> str:
    """The options of a command, from its parser."""
    rows = []
    for action in parser._actions:
        if action.dest == "help":
            continue
        if not action.help:
            raise Undocumented(f"{action.option_strings} of a bench has no help")
        default = "" if action.default in (None, False, "") else f"`{action.default}`"
        words = action.help
        if action.choices:
            words += ": " + ", ".join(f"`{choice}`" for choice in action.choices)
        rows.append((f"`{action.option_strings[0]}`", default, cell(words)))
    return table(("option", "default", "meaning"), rows)


def keys(*functions: Any) -> str:
    """What a summary holds, by the functions that make it."""
    found: dict[str, None] = {}
    for function in functions:
        source = inspect.getsource(function)
        found |= dict.fromkeys(re.findall(r'^ +"([a-z]\w*)": |found\["(\w+)"\] =', source, re.M))
        found |= dict.fromkeys((name,) for name in re.findall(r"\b(events|wrong)=", source))
        found |= dict.fromkeys((name,) for name in re.findall(r'"(latencyMs)": ', source))
    names = list(dict.fromkeys(next(filter(None, each)) for each in found))
    for name in names:
        if name not in KEYS:
            raise Undocumented(f"{name} of a bench's summary has no meaning in page_testing.KEYS")
    return table(("key", "meaning"), [(f"`{name}`", KEYS[name]) for name in names])


def commands(rows: tuple[tuple[str, str], ...]) -> str:
    return table(("what", "command"), [(what, f"`{command}`") for what, command in rows])


def said(module: Any) -> str:
    """A module's docstring, as it explains itself, without the way it is called."""
    text = inspect.cleandoc(module.__doc__ or "").split("\n\n`python -m")[0]
    return re.sub(r"``([^`]+)``", r"`\1`", text)


def text() -> str:
    """The page."""
    parts = [
        GENERATED,
        "# Benches that load and kill a daemon\n",
        INTRO,
        "## Load: trunkd.hil.cti_load\n",
        said(cti_load) + "\n",
        LOAD,
        commands(LOAD_COMMANDS),
        options(cti_load.options()),
        "The summary:\n",
        keys(cti_load.Load.summary, cti_load.virtual, cti_load_real.real),
        "`make test` runs it small: tests/daemon/test_load_virtual.py, tests/daemon/"
        "test_load_stopped.py.\n",
        "## Kills: trunkd.hil.kill_storm\n",
        said(kill_storm) + "\n",
        STORM,
        commands(STORM_COMMANDS),
        options(kill_storm.options()),
        "The summary:\n",
        keys(kill_storm.Storm.run),
        "`make test` runs it small: tests/hil/test_kill_storm.py.\n",
        "## The auditor\n",
        AUDIT,
        "In a configuration `[daemon] audit` says how often it looks:\n",
        block("sh", "trunkd audit\ntrunkd audit --look --json"),
    ]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)
