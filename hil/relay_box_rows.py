"""The command sets of relay boards: one row a family, each with the public text it is from.

Commands are templates. Text: ``{n}`` the relay's number as the board counts, ``{n02}`` with two
digits, ``{n36}`` one of 0-9 and A-V, ``{first}`` and ``{last}`` of the board. Binary: octets in
hex, and words: ``n``, ``65+n``, ``unit`` (Modbus address), ``count``, ``last`` (number of octets
of the answer), ``sum`` of what stands before it, ``crc`` of Modbus.

Answers are regular expressions that the whole answer must match; the group ``state`` holds the
relays and ``reader`` says how. ``{bytes}`` is a mask's octets, ``{hex}`` its hex digits.

What no text was found for: how ``lcus`` boards of one relay answer a query (their descriptions
have none: family ``lcus1`` is told three times and not read back), and whether KinCony's answers
end in CR LF (both are taken).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, NamedTuple

State = dict[int, bool]
"""Relay by its place on the board (from 0) -> closed."""


class Family(NamedTuple):
    """One command set."""

    name: str
    title: str
    source: str
    close: str
    """Command that closes (energises) relay n."""
    open: str
    ask: str
    """Command that asks for the state of one relay or of all; empty: the board cannot tell."""
    asks: Literal["all", "one", ""]
    answer: str
    """What answers ``ask``."""
    reader: str
    """Key of READERS."""
    binary: bool = False
    ack: str = ""
    """What acknowledges ``close`` and ``open``; empty: nothing, or it is not looked at."""
    refused: str = ""
    """The acknowledgement that says no."""
    wake: str = ""
    """Ends half a command that a lost or doubled octet left in the board; closes no relay."""
    errors: str = ""
    """Asks for the oldest error in the board's queue, until it answers ``no_error``."""
    identify: str = ""
    identity: str = ""
    baud: int = 9600
    first: int = 1
    """The number of the first relay."""
    relays: int = 8
    """How many, when the configuration does not say."""
    most: int = 8
    crc: bool = False
    """Answers end in Modbus' CRC."""


NO_ERROR: Final = rb'\+?0,\s*"?.*'
"""SCPI-99, 21.8.1: an empty queue answers 0,"No error"."""

KMTRONIC: Final = "info.kmtronic.com, KMTronic USB Relay Test software (commands)"
NUMATO: Final = "github.com/numato/samplecode, USBRelayAndGPIOModules; answers: numato.com/docs"
LCUS: Final = "wiki of LCUS-1/2/4/8 (diustou USB_Relay); answer: B. Rzycki's notes on LCUS_X2"

FAMILIES: Final = {
    row.name: row
    for row in (
        Family(
            "numato",
            "Numato USB and Ethernet relay modules",
            NUMATO,
            close="relay on {n36}\r",
            open="relay off {n36}\r",
            ask="relay readall\r",
            asks="all",
            answer=r"[\s>]*relay readall\s+(?P<state>[0-9A-Fa-f]{{{hex}}})\s+>",
            reader="hex",
            ack=r"[\s>]*relay (on|off) \w\s+>",
            wake="\r",
            identify="ver\r",
            identity=r"[\s>]*ver\s+(?P<text>\S+)\s+>",
            baud=19200,
            first=0,
            most=32,
        ),
        Family(
            "kmtronic",
            "KMTronic USB relay, one or two relays",
            KMTRONIC,
            close="FF n 01",
            open="FF n 00",
            ask="FF n 03",
            asks="one",
            answer=r"\xff{n}(?P<state>[\x00\x01])",
            reader="octets",
            binary=True,
            wake="7F 7F 7F",
            relays=2,
            most=2,
        ),
        Family(
            "kmtronic8",
            "KMTronic USB and RS-232 relays, four or eight relays",
            KMTRONIC,
            close="FF n 01",
            open="FF n 00",
            ask="FF 09 00",
            asks="all",
            answer=r"(?P<state>[\x00\x01]{{{count}}})",
            reader="octets",
            binary=True,
            wake="7F 7F 7F",
        ),
        Family(
            "lcus",
            "LC Technology LCUS-2, -4, -8 (CH340, A0 01 01 A2)",
            LCUS,
            close="A0 n 01 sum",
            open="A0 n 00 sum",
            ask="FF",
            asks="all",
            answer=r"(?P<state>(CH\d: (ON |OFF)\r\n){{{count}}})",
            reader="names",
            binary=True,
            wake="00 00 00",
            relays=2,
        ),
        Family(
            "lcus1",
            "LC Technology LCUS-1: cannot be read back",
            LCUS,
            close="A0 n 01 sum",
            open="A0 n 00 sum",
            ask="",
            asks="",
            answer="",
            reader="",
            binary=True,
            wake="00 00 00",
            relays=1,
        ),
        Family(
            "devantech-usb",
            "Devantech USB-RLY02, -RLY08, -RLY16",
            "Devantech USB-RLY16 technical documentation, p. 4 (Commands)",
            close="64+n",
            open="6E+n",
            ask="5B",
            asks="all",
            answer=r"(?P<state>[\x00-\xff])",
            reader="mask",
            binary=True,
            identify="5A",
            identity=r"(?P<text>[\x01-\x7f][\x00-\xff])",
        ),
        Family(
            "devantech-eth",
            "Devantech ETH002, ETH008, ETH8020 (socket://HOST:17494)",
            "Devantech ETH008-B documentation, p. 6 (TCP access and commands)",
            close="20 n 00",
            open="21 n 00",
            ask="24",
            asks="all",
            answer=r"(?P<state>[\x00-\xff]{{{bytes}}})",
            reader="mask",
            binary=True,
            ack=r"\x00",
            refused=r"\x01",
            identify="10",
            identity=r"(?P<text>[\x01-\x7f][\x00-\xff]{{2}})",
            most=20,
        ),
        Family(
            "denkovi",
            "Denkovi and SainSmart USB relay boards of 16 relays",
            "Denkovi USB-Relay-16Channels-v3 user manual, as told by github.com/dimss1979/denkovi",
            close="{n02}+//",
            open="{n02}-//",
            ask="ask//",
            asks="all",
            answer=r"(?P<state>[\x00-\xff]{{2}})",
            reader="mask-msb",
            ack=r"\d\d[+-]//",
            wake="//",
            relays=16,
            most=16,
        ),
        Family(
            "kincony",
            "KinCony KC868-H2 to -H32 (RS-232 and TCP)",
            "kincony.com, analysis of the KC868-Hx communication protocol",
            close="RELAY-SET-255,{n},1",
            open="RELAY-SET-255,{n},0",
            ask="RELAY-READ-255,{n}",
            asks="one",
            answer=r"\s*RELAY-READ-255,{n},(?P<state>[01]),OK\s*",
            reader="list",
            ack=r"\s*RELAY-SET-255,\d+,[01],OK\s*",
            refused=r"\s*RELAY-SET-255,\d+,[01],ERROR\s*",
            baud=115200,
            most=32,
        ),
        Family(
            "modbus",
            "Modbus RTU relay boards (coils from 0)",
            "Modbus application protocol V1.1b3, 6.1 and 6.5; kmtronic.blogspot.com ModBus Relays",
            close="unit 05 00 n FF 00 crc",
            open="unit 05 00 n 00 00 crc",
            ask="unit 01 00 00 00 count crc",
            asks="all",
            answer=r"{unit}\x01{last}(?P<state>[\x00-\xff]{{{bytes}}})[\x00-\xff]{{2}}",
            reader="mask",
            binary=True,
            ack=r"{unit}\x05\x00[\x00-\xff]{{2}}\x00[\x00-\xff]{{2}}",
            refused=r"{unit}\x85[\x00-\xff]{{3}}",
            first=0,
            most=64,
            crc=True,
        ),
        Family(
            "scpi",
            "Switch units that speak SCPI (Agilent, Keysight, HP)",
            "SCPI-99 ROUTe subsystem; Agilent E1345A and 87130A manuals (ROUTe:CLOSe?, (@101))",
            close="ROUT:CLOS (@{n})\n",
            open="ROUT:OPEN (@{n})\n",
            ask="ROUT:CLOS? (@{first}:{last})\n",
            asks="all",
            answer=r"(?P<state>[01](\s*,\s*[01]){{{others}}})\s*\n",
            reader="list",
            wake="\n",
            errors="SYST:ERR?\n",
            identify="*IDN?\n",
            identity=r"(?P<text>[^\r\n]+)\s*\n",
            most=64,
        ),
    )
}


def mask(state: bytes) -> State:
    """The first octet is relays 1 to 8, bit 0 the first of them."""
    return {
        i * 8 + bit: bool(octet >> bit & 1) for i, octet in enumerate(state) for bit in range(8)
    }


def mask_msb(state: bytes) -> State:
    """The highest bit of the first octet is relay 1."""
    return {
        i * 8 + bit: bool(octet << bit & 0x80) for i, octet in enumerate(state) for bit in range(8)
    }


def hex_mask(state: bytes) -> State:
    """A number in hex whose bit 0 is the first relay."""
    number = int(state, 16)
    return {i: bool(number >> i & 1) for i in range(len(state) * 4)}


def octets(state: bytes) -> State:
    """One octet a relay, 0 or 1."""
    return {i: bool(octet) for i, octet in enumerate(state)}


def listed(state: bytes) -> State:
    """ "1,0,1"."""
    return {i: part.strip() == b"1" for i, part in enumerate(state.split(b","))}


def named(state: bytes) -> State:
    """Lines "CH1: ON" and "CH2: OFF"; a number that comes twice or not at all is left out."""
    found: State = {}
    for line in state.split(b"\r\n"):
        name, _, on = line.partition(b": ")
        if name[:2] == b"CH" and name[2:].isdigit():
            found[int(name[2:]) - 1] = on.strip() == b"ON"
    return found


READERS: Final[dict[str, Callable[[bytes], State]]] = {
    "mask": mask,
    "mask-msb": mask_msb,
    "hex": hex_mask,
    "octets": octets,
    "list": listed,
    "names": named,
}
