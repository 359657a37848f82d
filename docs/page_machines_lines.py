"""docs/machines-lines.md: the state machines of lines, from their tables."""

from __future__ import annotations

from typing import Final

from page_machines import Row, page

from trunkd.signaling.analog.fxo_table import FXO
from trunkd.signaling.analog.fxs_table import LINE as FXS
from trunkd.signaling.board_calls_table import BOARD_CALLS
from trunkd.signaling.cas.em_table import EM
from trunkd.signaling.cas.r2_line_table import LINE as R2_LINE
from trunkd.signaling.smdi.lamps_table import LAMPS
from trunkd.signaling.smdi.terminals_table import TERMINALS

MACHINES: Final[tuple[Row, ...]] = (
    (R2_LINE, "", "Digital line signalling of R2 (Q.421 to Q.424). One for each channel."),
    (EM, "", "E&M supervision (T1.403, TIA-464). One for each channel."),
    (FXS, "", "A telephone at an FXS port."),
    (BOARD_CALLS, "", "A channel whose calls the board controls. One for each channel."),
    (FXO, "", "An exchange's line at an FXO port."),
    (TERMINALS, "", "A line of a message desk (SMDI): its call, and the call's message."),
    (LAMPS, "", "A station's message waiting, at the message desk (SMDI)."),
)


def text() -> str:
    return page("State machines of lines", MACHINES)
