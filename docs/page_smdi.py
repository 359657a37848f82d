"""The parts of docs/configuration.md and docs/metrics.md that are about message desk links."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec
from page_tools import summary, table

from trunkd.daemon.config_smdi import SmdiTable

COUNTERS: Final = (
    ("`octets`", "both", "Octets received."),
    ("`received`, `sent`", "both", "Whole messages."),
    ("`unsent`", "both", "Messages that were to go out while the line was down: they did not."),
    (
        "`line_lost`, `silent`",
        "both",
        "Times the port was lost, or nothing was heard for too long.",
    ),
    ("`malformed`", "both", "Messages that are none, or whose numbers have wrong lengths."),
    ("`damaged`", "both", "Messages with an octet that came with a wrong parity or no stop bit."),
    ("`end_lost`, `too_long`, `cut`, `noise`", "both", "Ends that were lost, octets without one."),
    ("`wrong_way`", "both", "Messages of our own role: are both ends of the same kind?"),
    ("`doubled`", "both", "Messages that came twice, and counted once."),
    ("`matched`, `late`", "desk", "Calls whose message came in time, and those that went before."),
    ("`without`", "desk", "Calls that were told without a message; `late` ones had it later."),
    ("`gave_up`", "desk", "Calls that ended while they waited for their message."),
    ("`expired`, `replaced`", "desk", "Messages without a call; the next one came before it."),
    ("`unknown_terminal`", "desk", "Messages of lines that `[smdi.terminals]` does not have."),
    ("`refused_inv`, `refused_blk`", "desk", "Requests that the exchange refused."),
    ("`refused_unknown`", "desk", "Refusals of numbers that we did not send: a noisy line."),
    ("`queue_full`, `forgotten`", "desk", "The bound `queue` was met."),
    ("`keepalives_answered`", "desk", "Refusals of the `keepalive` number."),
    ("`lamps_set`, `lamps_refused`", "exchange", "Requests of the desk."),
    ("`wrong_length`", "exchange", "Requests with a number of a wrong length, answered INV."),
)


def configuration(keys: Callable[[type[msgspec.Struct]], str]) -> list[str]:
    """`[[smdi]]`."""
    text = summary(SmdiTable).partition(": ")[2]
    return [
        "## `[[smdi]]`\n",
        f"{text[:1].upper()}{text[1:]} See [smdi.md](smdi.md).\n",
        keys(SmdiTable),
    ]


def counters() -> list[str]:
    """The counters' table."""
    return [
        "## Counters of message desk links\n",
        "A counter appears with its first count; `trunkd smdi status NAME` shows them, too.\n",
        table(("counter", "role", "counts"), COUNTERS),
    ]
