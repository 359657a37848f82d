"""The Synway driver's double: trunkd's compatibility library, on a daemon with a simulated board.

The driver loads it as it would the maker's. Behind it is the trunk "exchange" of that daemon;
whoever calls and is called there stands on its trunk "pstn".
"""

from __future__ import annotations

import pathlib
import sys
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from sdk_rig import SdkBench, compiled, rig

from trunkd.drivers.synway import SynwayBoard, SynwayConfig

LIBRARY = rig.NATIVE / "libshpa3_trunkd.so"
LIBRARY_LONG = rig.NATIVE / "libshpa3_trunkd_long.so"

INI = """\
[SystemConfig]
TotalBoards=1
MaxWaitAutoDialAnswerTime=20
[AppChToBoardChTable]
TotalAppCh=30
AppCh[0]=0,0..29
[BoardId=0]
BoardModel=SHD-60A-CT/PCI
PcmNumber=2
[PcmInfo]
TotalPcm=2
[trunkd]
Socket={socket}
Trunks=exchange
"""


def write_ini(daemon: rig.Daemon, **changes: str) -> str:
    """A ShConfig.ini for the library, good by our own check too."""
    path = daemon.directory / "ShConfig-full.ini"
    path.write_text(INI.format(socket=daemon.socket))
    return str(path)


GOOD = """
typedef unsigned int D;
int SsmStartCti(const char *a, const char *b) { START; return 0; }
int SsmCloseCti(void) { return 0; }
int SsmGetLastErrCode(void) { return 11; }
void SsmGetLastErrMsg(char *to)
{
    const char *s = "No board of this serial number";
    while ((*to++ = *s++));
}
int SsmGetMaxCh(void) { return 2; }
int SsmGetChType(int c) { return 0; }
int SsmGetChState(int c) { return 0; }
int SsmSetEvent(unsigned short e, int r, int on, void *i) { return 0; }
int SsmWaitForEvent(D ms, void *m) { return -1; }
int SsmPickup(int c) { return 0; }
int SsmHangup(int c) { return 0; }
int SsmAutoDial(int c, const char *n) { DIAL; return 0; }
int SsmGetAutoDialResult(int c) { return 0; }
int SsmGetPendingReason(int c) { return 0; }
int SsmGetCallerId(int c, char *t) { *t = 0; return 0; }
int SsmPlayMem(int c, int f, void *b, D s, D o, D p) { return 0; }
int SsmStopPlayMem(int c) { return 0; }
int SsmCheckPlay(int c) { return 1; }
int SsmRecToFile(int c, const char *p, int f, D s, D o, D m, int k) { return 0; }
int SsmStopRecToFile(int c) { return 0; }
int SsmChkRecToFile(int c) { return 0; }
int SsmLinkFrom(int a, int b) { return 0; }
int SsmStopLinkFrom(int a, int b) { return 0; }
"""
"""A library of two analog channels that does nothing; START and DIAL are what those two do."""


def bad_library(to: pathlib.Path, start: str = "", dial: str = "") -> str:
    head = "void abort(void); void exit(int); unsigned sleep(unsigned);"
    text = GOOD.replace("START", start or ";").replace("DIAL", dial or ";")
    return compiled(head + text, to)


ANALOG_INI = """\
[SystemConfig]
TotalBoards=1
[AppChToBoardChTable]
TotalAppCh=2
AppCh[0]=0,0..1
[BoardId=0]
BoardModel=SHT-2A/PCI
[PcmInfo]
TotalPcm=0
"""


def analog_ini(folder: pathlib.Path) -> str:
    """The ShConfig.ini of that library's channels."""
    path = folder / "ShConfig.ini"
    path.write_text(ANALOG_INI)
    return str(path)


class Bench(SdkBench):
    """An opened and started board; what it told is in ``seen``."""

    board: SynwayBoard

    def __init__(self, **config: Any) -> None:
        super().__init__("synway://", SynwayConfig(**config))
