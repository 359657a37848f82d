"""docs/machines-ss7.md: the state machines of SS7, from their tables."""

from __future__ import annotations

from typing import Final

from page_machines import Row, page

from trunkd.signaling.ss7.isup_blocking import BLR, BLS
from trunkd.signaling.ss7.isup_call_table import CPC
from trunkd.signaling.ss7.isup_groups import CGS
from trunkd.signaling.ss7.isup_reset import CSC
from trunkd.signaling.ss7.mtp2_table import (
    AERM_MACHINE,
    CC_MACHINE,
    EIM_MACHINE,
    IAC_MACHINE,
    LSC_MACHINE,
    POC_MACHINE,
    RC_BASIC,
    RC_PCR,
    SUERM_MACHINE,
    TXC_BASIC,
    TXC_PCR,
)
from trunkd.signaling.ss7.mtp3_activity import LSAC
from trunkd.signaling.ss7.mtp3_availability import TLAC
from trunkd.signaling.ss7.mtp3_changeback import TCBC
from trunkd.signaling.ss7.mtp3_changeover import TCOC
from trunkd.signaling.ss7.mtp3_congestion import RCAT
from trunkd.signaling.ss7.mtp3_inhibit import TMIN
from trunkd.signaling.ss7.mtp3_rerouting import TCRC
from trunkd.signaling.ss7.mtp3_restart import TRES, TSRC
from trunkd.signaling.ss7.mtp3_routes import RSRT
from trunkd.signaling.ss7.mtp3_slt import SLTC
from trunkd.signaling.ss7.tup_circuits_blocking import BLOCKING
from trunkd.signaling.ss7.tup_circuits_group import GROUP
from trunkd.signaling.ss7.tup_table import TUP

MACHINES: Final[tuple[Row, ...]] = (
    (LSC_MACHINE, "", "Link state control: Q.703 figure 8. One for each link."),
    (IAC_MACHINE, "", "Initial alignment control: Q.703 figure 9."),
    (POC_MACHINE, "", "Processor outage control: Q.703 figure 10."),
    (TXC_BASIC, "", "Transmission control with the basic method of error correction."),
    (TXC_PCR, "", "Transmission control with preventive cyclic retransmission."),
    (RC_BASIC, "", "Reception control with the basic method."),
    (RC_PCR, "", "Reception control with preventive cyclic retransmission."),
    (AERM_MACHINE, "", "Alignment error rate monitor: counts while the link is proved."),
    (SUERM_MACHINE, "", "Signal unit error rate monitor: a leaky bucket while in service."),
    (EIM_MACHINE, "", "Errored interval monitor of links at 1.5 and 2 Mbit/s (annex A)."),
    (CC_MACHINE, "", "Congestion control: SIB to the far end."),
    (LSAC, "", "Activity of a link: activation, restoration, deactivation (Q.704 12)."),
    (SLTC, "", "The signalling link test of Q.707."),
    (TLAC, "", "Availability of a link to traffic (Q.704 3.2)."),
    (TCOC, "", "Changeover (Q.704 5)."),
    (TCBC, "", "Changeback (Q.704 6)."),
    (TCRC, "", "Controlled rerouting (Q.704 8)."),
    (TSRC, "", "Restart of an adjacent point (Q.704 9)."),
    (TRES, "", "Restart of this point (Q.704 9)."),
    (TMIN, "", "Management inhibiting of a link (Q.704 10)."),
    (RSRT, "", "Route set test (Q.704 13.5)."),
    (RCAT, "", "Congestion test of a route set (Q.704 13.9)."),
    (CPC, "", "An ISUP call, outgoing and incoming: call processing control (Q.764 annex B)."),
    (CSC, "", "Reset and continuity recheck of one ISUP circuit."),
    (BLS, "", "Blocking of an ISUP circuit, sent."),
    (BLR, "", "Blocking of an ISUP circuit, received."),
    (CGS, "", "Blocking, reset and query of groups of ISUP circuits."),
    (TUP, "", "A TUP circuit and the call on it (Q.724)."),
    (BLOCKING, "", "Blocking of a TUP circuit."),
    (GROUP, "", "Blocking and reset of groups of TUP circuits."),
)


def text() -> str:
    """The page."""
    return page("State machines of SS7", MACHINES)
