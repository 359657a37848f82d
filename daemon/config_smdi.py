"""``[[smdi]]``: message desk links (GR-283-CORE) in the configuration.

[[smdi]]
name = "vm"
port = "/dev/ttyS0"          # or socket://converter:4001
role = "desk"                # we are the voicemail; "exchange": the voicemail is outside
digits = [7, 10]
[smdi.terminals]             # terminal of the desk -> line
"1-4" = "office/5-8"
[smdi.stations]              # exchange: whose lamps the voicemail may light
"3500" = "pots/3"
"""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

import msgspec

from ..board.clock import MILLISECOND, SECOND
from ..signaling.smdi.codec import LONGEST
from .config_read import Duration
from .config_ss7 import Name

MINUTE: Final = 60 * SECOND

HIGHEST_TERMINAL: Final = 9999
HIGHEST_DESK: Final = 999

_TERMINALS: Final = re.compile(r"(?:([0-9]{1,3})/)?([0-9]{1,4})(?:-([0-9]{1,4}))?")
_LINES: Final = re.compile(
    r"(?:trunk/)?([A-Za-z][A-Za-z0-9_-]{0,31})/([0-9]{1,3})(?:-([0-9]{1,3}))?"
)

BAUDS: Final = (300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)


class SmdiTable(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[[smdi]]``: a line to an exchange that sends calls to us as its message desk (voicemail),
    or to an outside voicemail whose exchange we are."""

    name: Name
    """Its name, as for boards."""
    port: str
    """A device, as `/dev/ttyS0` or `/dev/serial/by-id/…`, or an address of pyserial's:
    `socket://host:port` for a serial server."""
    role: Literal["desk", "exchange"]
    """"desk": we are the message desk. "exchange": the far end is."""
    desk: Annotated[int, msgspec.Meta(ge=1, le=HIGHEST_DESK)] = 1
    """Number of the message desk, where `terminals` names none."""
    terminals: dict[str, str] = {}
    """The table `[smdi.terminals]`: which terminal of the desk is which line, as
    `"17" = "office/5"`, `"1-4" = "office/5-8"`, or with its own desk, `"2/17" = "office/6"`."""
    stations: dict[str, str] = {}
    """The table `[smdi.stations]`, for an exchange: a station's number and its telephone's line
    (fxs), as `"3500" = "pots/3"`."""
    unknown_stations: Literal["refuse", "tell"] = "refuse"
    """A number that is not in `stations`: "refuse" answers INV; "tell" leaves it to the application
    (event MessageWaitingRequested)."""
    forwarding: Literal["last", "first"] = "last"
    """For an exchange: a call that was diverted more than once is sent as from the "last" or the
    "first" one who did so."""
    digits: tuple[Annotated[int, msgspec.Meta(ge=1, le=LONGEST)], ...] = ()
    """How many digits numbers have, as `[7, 10]`: a number with more or fewer was damaged on the
    line and is not believed. Empty: any, and a lost digit cannot be noticed."""
    keep_digits: Annotated[int, msgspec.Meta(ge=0, le=LONGEST)] = 0
    """For an exchange: numbers are sent with their last so many digits; 0: whole."""
    baud: int = 1200
    """Speed of the line in bit/s."""
    bits: Literal[7, 8] = 7
    """Data bits of an octet on the line."""
    parity: Literal["none", "even", "odd"] = "even"
    """And its parity."""
    stop_bits: Literal[1, 2] = 1
    """Stop bits."""
    raw_parity: bool = False
    """The port carries eight bits as they are (a serial server set to 8N1): trunkd makes and checks
    the parity itself."""
    hold: Duration = 3 * SECOND
    """For a desk: so long a call waits for its message before it is told without; "0s": not at
    all."""
    window: Duration = 30 * SECOND
    """For a desk: so long a message waits for its call, and so long after a call was offered a
    message is still taken as its own (event CallRedirected)."""
    pace: Duration = 500 * MILLISECOND
    """For a desk: time between two requests for message waiting."""
    answer: Duration = 5 * SECOND
    """For a desk: a request that is not refused within this is taken for done."""
    retry: Duration = 30 * SECOND
    """For a desk: time after which a request that the exchange blocked (BLK) is tried again."""
    tries: Annotated[int, msgspec.Meta(ge=1, le=100)] = 5
    """For a desk: and how often in all."""
    queue: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 10_000
    """For a desk: stations whose message waiting is kept, waiting for their turn or done."""
    resend_on_connect: bool = False
    """For a desk: send all that is known again when the line comes back, to exchanges that
    forget."""
    silence: Duration = 0
    """Alarm when nothing was heard for so long; "0s": never."""
    keepalive: str = ""
    """For a desk: a number that the exchange does not have; its refusal shows that the line works,
    which `silence` needs on a quiet one. Empty: none."""
    keepalive_every: Duration = MINUTE
    """How often it is sent."""
    reopen: Duration = 5 * SECOND
    """A port that is lost or cannot be opened is tried again after so long."""


def parse_terminals(table: SmdiTable) -> dict[tuple[int, int], tuple[str, int]]:
    """Desk and terminal -> trunk and channel; ValueError("key: what is wrong")."""
    found: dict[tuple[int, int], tuple[str, int]] = {}
    lines: dict[tuple[str, int], str] = {}
    for key, text in table.terminals.items():
        left, right = _TERMINALS.fullmatch(key), _LINES.fullmatch(text)
        if left is None:
            raise ValueError(f"{key}: '{key}' is no terminal")
        if right is None:
            raise ValueError(f"{key}: '{text}' is no line")
        desk = int(left[1] or table.desk)
        first, last = int(left[2]), int(left[3] or left[2])
        channel, end = int(right[2]), int(right[3] or right[2])
        if first > last or first < 1 or channel > end:
            raise ValueError(f"{key}: numbers count upwards from 1")
        if last - first != end - channel:
            raise ValueError(f"{key}: {last - first + 1} terminals and {end - channel + 1} lines")
        for n in range(last - first + 1):
            terminal, line = (desk, first + n), (right[1], channel + n)
            if terminal in found:
                raise ValueError(f"{key}: terminal {desk}/{first + n} is named twice")
            if line in lines:
                raise ValueError(f"{key}: line {line[0]}/{line[1]} is named twice")
            found[terminal] = line
            lines[line] = key
    return found


def parse_stations(table: SmdiTable) -> dict[str, tuple[str, int]]:
    """Number -> trunk and channel; ValueError("key: what is wrong")."""
    found: dict[str, tuple[str, int]] = {}
    for number, text in table.stations.items():
        line = _LINES.fullmatch(text)
        if not (number.isascii() and number.isdigit() and len(number) <= LONGEST):
            raise ValueError(f"{number}: '{number}' is no number")
        if table.digits and len(number) not in table.digits:
            raise ValueError(f"{number}: it has {len(number)} digits, `digits` says otherwise")
        if line is None or line[3]:
            raise ValueError(f"{number}: '{text}' is no line")
        found[number] = (line[1], int(line[2]))
    return found
