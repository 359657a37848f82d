"""The DonJin driver's double: trunkd's own library of DonJin's calls, on a daemon with a simulated
board.

The driver loads it as it would the maker's. Behind it is the trunk "exchange" of that daemon;
whoever calls and is called there stands on its trunk "pstn".
"""

from __future__ import annotations

import importlib.util
import pathlib
import sys
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from sdk_rig import SdkBench, compiled, rig

from trunkd.drivers.donjin import DonjinBoard, DonjinConfig
from trunkd.drivers.donjin.functions import ANALOG

LIBRARY = rig.NATIVE / "libdonjin_trunkd.so"
QUICK = {"guard_ms": 20, "ring_gap_ms": 200, "caller_id_ms": 3000, "answer_ms": 60_000}
"""A simulated line needs no rest, its caller's number comes with the call; and a machine that
stands still is not a library that hangs."""
INIS = {"analog": "TC08A-V.INI", "e1": "TCE1-32.INI"}


def builder() -> Any:
    """native/donjin/build.py, which is no module of the package."""
    spec = importlib.util.spec_from_file_location(
        "donjin_build", rig.NATIVE / "donjin" / "build.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_ini(daemon: rig.Daemon, family: str, folder: str = "cards", **keys: str) -> str:
    """A folder with the INI for the library."""
    path = daemon.directory / f"{folder}-{family}"
    path.mkdir(exist_ok=True)
    rows = {"Socket": daemon.socket, "Trunks": "exchange", **keys}
    text = "[trunkd]\n" + "".join(f"{key}={value}\n" for key, value in rows.items())
    (path / INIS[family]).write_text(text)
    return str(path)


def config(daemon: rig.Daemon, family: str, **more: Any) -> DonjinConfig:
    """For the double on a daemon."""
    values = {**QUICK, "required": True, "library": str(LIBRARY), **more}
    if "directory" not in values:
        values["directory"] = write_ini(daemon, family)
    return DonjinConfig(family=family, **values)  # type: ignore[arg-type]


class Bench(SdkBench):
    """An opened and started board; what it told is in ``seen``."""

    board: DonjinBoard

    def __init__(self, given: DonjinConfig) -> None:
        super().__init__("donjin://", given)


WORDS = {
    "LoadDRV": "LOAD; return 0;",
    "CheckValidCh": "return 2;",
    "CheckChType": "return 1;",
    "RingDetect": "RING;",
    "CheckPlayEnd": "PLAYED; return 0;",
    "CheckRecordEnd": "return 0;",
    "CheckSendEnd": "return 1;",
    "StartRecordFile": "return 1;",
    "GetDtmfCode": "return -1;",
    "Sig_StartDial": "DIAL; return 1;",
    "Sig_CheckDial": "return 0x10;",
    "Sig_CheckBusy": "return 0;",
}
"""What the functions of a library of two lines do; all others give 0."""
DEFAULTS = {"LOAD": "", "DIAL": "", "RING": "return 0", "PLAYED": ""}


def bad_library(to: pathlib.Path, without: str = "", **words: str) -> str:
    """The functions the driver needs, and no more. ``words``: instead of LOAD, DIAL, RING."""
    text = "void abort(void); void exit(int); unsigned sleep(unsigned);\n"
    text += "typedef unsigned short WORD; typedef unsigned DWORD; typedef int BOOL;\n"
    for function in ANALOG:
        if function.need and function.name != without:
            body = WORDS.get(function.name, "" if function.result == "void" else "return 0;")
            for key, value in {**DEFAULTS, **words}.items():
                body = body.replace(key, value)
            text += f"{function.result} {function.name}({function.arguments}) {{ {body} }}\n"
    return compiled(text, to)
