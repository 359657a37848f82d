"""The drivers over makers' libraries, side by side: each one's double and a library of its calls
that does what a test says, so that one scenario serves for all."""

from __future__ import annotations

import json
import pathlib
import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import donjin_rig
import keygoe_rig
import synway_rig
from sdk_rig import SdkBench, rig

from trunkd.drivers.donjin import DonjinConfig
from trunkd.drivers.donjin.keygoe import KeygoeConfig
from trunkd.drivers.synway import SynwayConfig

HEAD = """\
[daemon]
runtime_dir = "{dir}"
records = "off"
media_dir = "{dir}/media"
drain = "0s"
metrics = ""
"""
NODE = (
    HEAD
    + """\
[[board]]
name = "b0"
address = "sim://other"
[board.sim]
spans = 2
cable = "1-2"
[[trunk]]
name = "near"
span = "b0/1"
signalling = "pri"
[trunk.pri]
side = "user"
[[trunk]]
name = "far"
span = "b0/2"
signalling = "pri"
[trunk.pri]
side = "network"
"""
)
"""A daemon's configuration: a simulated board with a cable between its trunks."""
CARDS = """\
[[board]]
name = "x-NAME"
address = "SCHEME://"
[board.SCHEME]
ROWS[[trunk]]
name = "NAME"
span = "x-NAME/SPAN"
signalling = "board"
"""


class Maker(NamedTuple):
    """A driver. Its ``rows`` are keys of ``[board.SCHEME]``."""

    scheme: str
    config: type[msgspec.Struct]
    build: Callable[[], Any]
    """The double, from its sources."""
    double: Callable[[rig.Daemon], dict[str, Any]]
    """Rows of the double on a daemon with the trunk "exchange"."""
    span: int
    """The one with the channels of "exchange"."""
    numbers: bool = True
    """The called number comes, and the caller's goes: not so on an analog line."""
    blocks: str = ""
    """Why a channel cannot be blocked; "": it can."""

    def open(self, rows: Mapping[str, Any]) -> SdkBench:
        """A board that must be there, at work."""
        return SdkBench(f"{self.scheme}://", self.config(**{"required": True, **rows}))

    def cards(self, rows: Mapping[str, Any], name: str = "cards", span: int = 1) -> str:
        """A board and the trunk ``name`` on it, for a daemon's configuration."""
        text = CARDS.replace("NAME", name).replace("SCHEME", self.scheme)
        text = text.replace("SPAN", str(span))
        return text.replace("ROWS", self.toml(rows))

    def toml(self, rows: Mapping[str, Any]) -> str:
        return "".join(f"{key} = {json.dumps(value)}\n" for key, value in rows.items())


def _donjin(family: str) -> Callable[[rig.Daemon], dict[str, Any]]:
    return lambda daemon: {
        **donjin_rig.QUICK,
        "library": str(donjin_rig.LIBRARY),
        "family": family,
        "directory": donjin_rig.write_ini(daemon, family),
    }


SYNWAY = Maker(
    "synway",
    SynwayConfig,
    lambda: rig.builder().build(rig.NATIVE),
    lambda daemon: {
        "library": str(synway_rig.LIBRARY),
        "shconfig": synway_rig.write_ini(daemon),
    },
    span=2,
)
KEYGOE = Maker(
    "keygoe",
    KeygoeConfig,
    keygoe_rig.build,
    lambda daemon: {"library": str(keygoe_rig.LIBRARY), "server": keygoe_rig.server(daemon)},
    span=2,
    blocks="can block channels of ISUP only",
)
DONJIN = Maker(
    "donjin",
    DonjinConfig,
    lambda: donjin_rig.builder().build(rig.NATIVE),
    _donjin("analog"),
    span=1,
    numbers=False,
    blocks="this card cannot block",
)
DONJIN_E1 = DONJIN._replace(double=_donjin("e1"), numbers=True, blocks="")
MAKERS = {"synway": SYNWAY, "keygoe": KEYGOE, "donjin": DONJIN, "donjin-e1": DONJIN_E1}
WHOLE = ("synway", "keygoe")
"""Those with all of board/model.py's media."""


class Library(NamedTuple):
    """A maker's library of our own making: of a few channels on span 1, that does nothing."""

    maker: Maker
    make: Callable[..., str]
    """``make(path)``. ``start``, ``dial``: C for what these functions do."""
    package: str
    """What is to be installed where it is missing."""
    start: str
    dial: str
    """These functions, as messages name them; ``dial`` with the first channel."""
    old: tuple[str, str]
    """The C text of one that is too old, and the first function that it lacks."""
    hangs_ms: int
    """After so long it has hung; longer than a good one may take on a machine that stands still."""
    channels: int
    rows: Callable[[pathlib.Path], dict[str, Any]]
    """Rows besides ``library``, with files in a folder."""

    def all_rows(self, folder: pathlib.Path, library: str, **more: Any) -> dict[str, Any]:
        return {"library": library, **self.rows(folder), **more}

    def open(self, folder: pathlib.Path, library: str, **more: Any) -> SdkBench:
        return self.maker.open(self.all_rows(folder, library, **more))


LIBRARIES = {
    "synway": Library(
        SYNWAY,
        synway_rig.bad_library,
        "install Synway's driver package",
        "SsmStartCti",
        "SsmAutoDial(0)",
        ("int SsmStartCti(void) { return 0; }", "SsmCloseCti"),
        1000,
        2,
        lambda folder: {"shconfig": synway_rig.analog_ini(folder), "dword": "4"},
    ),
    "keygoe": Library(
        KEYGOE,
        lambda to, start="", dial="": keygoe_rig.small_library(to, INIT=start, DIAL=dial),
        "install DonJin's Keygoe package",
        "XMS_acsDllInit",
        "XMS_ctsMakeCallOut(1,0)",
        ("int XMS_acsOpenStream(void) { return 1; }", "XMS_acsCloseStream"),
        1000,
        31,
        lambda folder: {"expected_spans": 1},
    ),
    "donjin": Library(
        DONJIN,
        lambda to, start="", dial="": donjin_rig.bad_library(to, LOAD=start, DIAL=dial),
        "install DonJin's driver package",
        "LoadDRV",
        "Sig_StartDial(0)",
        ("int x;", "LoadDRV"),
        6000,
        2,
        lambda folder: {**donjin_rig.QUICK, "channels": 2},
    ),
}
