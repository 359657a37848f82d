"""T1 spans of a native engine: data link, loopback commands, counters."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Final

from ..board.model import Loopback
from ..board.t1 import FdlReceived, T1Counters, T1Span
from ..errors import LocalError
from ..native import wrap_engine as native
from ..native import wrap_t1

if TYPE_CHECKING:
    from .tdm import TdmBoard

KIND: Final = wrap_t1.EVENT_FDL
LOOPBACKS: Final = {
    Loopback.NONE: native.LOOP_NONE,
    Loopback.LOCAL: native.LOOP_LOCAL,
    Loopback.LINE: native.LOOP_LINE,
    Loopback.PAYLOAD: native.LOOP_PAYLOAD,
}
_BY_NUMBER: Final = {number: loopback for loopback, number in LOOPBACKS.items()}


def event(time: int, span: int, value: int, payload: bytes) -> FdlReceived:
    """The board's event of KIND."""
    return FdlReceived(time, span, value, payload)


class TdmT1(T1Span):
    """What a T1 has beside TdmSpan."""

    number: int
    _board: TdmBoard

    def send_code(self, code: int, repeats: int = 10) -> None:
        where = f"{self._board.address} span {self.number}"
        if not 1 <= repeats <= 10000:
            raise LocalError(f"{where}: a codeword {repeats} times: give 1 to 10000")
        found = wrap_t1.send_code(self._board.engine, self.number, code, repeats)
        if found == -errno.EOPNOTSUPP:
            raise LocalError(f"{where} has no data link: configure it with framing = 'esf'")
        if found == -errno.EINVAL:
            raise LocalError(f"{where}: {code:#04x} is no command: give one of FdlCode, but RAI")
        self._board.check(found)

    def looped(self) -> Loopback:
        return _BY_NUMBER[wrap_t1.looped(self._board.engine, self.number)]

    def t1_counters(self) -> T1Counters:
        return T1Counters(**wrap_t1.counters(self._board.engine, self.number))
