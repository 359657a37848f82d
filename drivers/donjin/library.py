"""The user's own DonJin library: opened, checked, and called. Used in the child process alone."""

from __future__ import annotations

import mmap
from typing import Any, Final

from ...errors import DriverError
from ..sdk_library import Maker, SdkLibrary, Unusable
from . import facts
from .functions import ANALOG, E1, TYPES

MAKER: Final = Maker(
    "",
    (),
    "install DonJin's driver package for Linux, and give the path of its library as library",
    "DonJin's driver package of this card",
)
NUMBER: Final = 256
"""Octets given for a caller's number; 128 are always enough (d160x)."""


class Library(SdkLibrary):
    """Open libraries of one family of cards."""

    def __init__(self, options: dict[str, Any], path: str, mark: mmap.mmap) -> None:
        self.e1: Final = options["family"] == "e1"
        functions = E1 if self.e1 else ANALOG
        super().__init__([path, *options["more"]], MAKER, functions, TYPES, mark)

    def need(self, name: str, *values: Any) -> None:
        """A call that gives 0 for failure."""
        if not self.raw(name, *values):
            raise DriverError(f"{name}: the library refused")

    def zero(self, name: str, words: dict[int, str], *values: Any) -> None:
        """A call that gives 0 for success; ``words``: what its other results mean."""
        result = self.raw(name, *values)
        if result:
            raise DriverError(f"{name}: error {result} ({words.get(result, 'not known')})")

    def one(self, name: str, *values: Any) -> None:
        """A call of the E1 cards that gives 1 for success."""
        result = self.raw(name, *values)
        if result != 1:
            raise DriverError(f"{name}: error {result} ({facts.ERRORS.get(result, 'not known')})")

    def string(self, name: str, ch: int) -> str:
        """A text that the library keeps."""
        found = self.call(name, ch)
        return bytes(self._ffi.string(found)).decode("ascii", "replace") if found else ""

    def caller(self, ch: int) -> tuple[int, str, str]:
        """Whether all has come (facts.CALLER_OK), the caller's number and name."""
        number, name = self._ffi.new("char[]", NUMBER), self._ffi.new("char[]", NUMBER)
        if self.has("GetCallerIDStrEx"):
            time = self._ffi.new("char[]", NUMBER)
            step = self.raw("GetCallerIDStrEx", ch, time, number, name)
        else:
            step = self.raw("GetCallerIDStr", ch, number)
        texts = [bytes(self._ffi.string(t, NUMBER - 1)).decode("gb18030", "replace").strip()
                 for t in (number, name)]  # fmt: skip
        return step, texts[0], texts[1]

    def check_dial(self, ch: int) -> tuple[int, int]:
        """How dialling stands (facts.NO_RESULT), and why it counts as answered; 0: not known."""
        if not self.has("Sig_CheckDial_New"):
            return self.raw("Sig_CheckDial", ch), 0
        reason = self._ffi.new("long long *")
        result = self.raw("Sig_CheckDial_New", ch, reason)
        return result, int(reason[0]) & 0xFFFFFFFF

    # Life

    def start(self, options: dict[str, Any]) -> None:
        """Open the cards; Unusable says why that failed."""
        if self.e1:
            ini, prompts = options["ini"].encode(), options["prompts"].encode()
            result = self.raw("DJSys_EnableCard", ini, prompts)
            self._started("DJSys_EnableCard", result, facts.ERRORS, "TCE1-32.INI")
            for name, values in (
                ("DJSys_EnableDtmfSend", ()),
                ("DJSys_EnableAutoKB", ()),
                ("DJSys_AutoApplyDtmf", (1,)),
                ("DJTrk_StartDial_SetParam", (options["kd"], options["ka"])),
            ):
                if self.has(name):
                    self.raw(name, *values)
            return
        result = self.raw("LoadDRV")
        self._started("LoadDRV", result, facts.LOAD_ERRORS, "TC08A-V.INI")
        octets = options["buffer_octets"]
        result = self.raw("EnableCard", self.raw("CheckValidCh"), octets)
        words = {-1: "the driver is not loaded", -2: f"no memory for {octets} octets a channel"}
        self._started("EnableCard", result, words, "TC08A-V.INI")
        if self.has("SetPackRate"):
            self.raw("SetPackRate", 0)  # 64 kbit/s
        self.raw("Sig_Init", 0)

    def _started(self, name: str, result: int, words: dict[int, str], ini: str) -> None:
        if result == 0:
            return
        raise Unusable(
            f"{name} failed with {result} ({words.get(result, 'not known')}): look at {ini}, at "
            "the maker's kernel module (`lsmod`) and at who else uses the card",
            again=True,
        )

    def stop(self) -> None:
        """Close the cards."""
        if self.e1:
            self.raw("DJSys_DisableCard")
            return
        if self.has("DConf_DisableConfCard"):
            self.raw("DConf_DisableConfCard")
        self.raw("DisableCard")
        self.raw("FreeDRV")
