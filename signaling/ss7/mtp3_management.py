"""Received messages of level 3 itself: network management (Q.704 15) and link tests (Q.707)."""

from __future__ import annotations

from typing import Final

from . import mtp3_messages as m
from . import mtp3_signals as s
from .mtp3_availability import Traffic
from .mtp3_congestion import transfer_controlled
from .mtp3_events import (
    STATUS_USER_INACCESSIBLE,
    STATUS_USER_UNEQUIPPED,
    STATUS_USER_UNKNOWN,
    Level3Fault,
    Status,
)
from .mtp3_network import UNKNOWN_FSN, Link, Linkset
from .mtp3_routes import transfer


class Management(Traffic):
    """What the far ends' level 3 says."""

    def fault(self, link: Link, kind: str, text: str, clause: str, raw: bytes) -> None:
        """The far end broke the protocol: counted and told."""
        link.counters.faults += 1
        self.happened.append(Level3Fault(link.index, kind, text, clause, raw))

    def linkset_to(self, opc: int) -> Linkset | None:
        """The linkset to this adjacent point."""
        for linkset in self.linksets:
            if linkset.adjacent == opc:
                return linkset
        return None

    # Q.707

    def receive_slt(
        self, link: Link, opc: int, service: int, sls: int, data: bytes, now: int
    ) -> None:
        """SLTM is answered over the link it came on, with its service indicator and its SLC, even
        if that is another one's: the sender judges; SLTA is compared (Q.707 2.2)."""
        if len(data) < 3 or len(data) < 2 + (data[1] >> 4) or not data[1] >> 4:
            self.fault(link, "slt_length", "test message cut short", "Q.707 5.4", data)
            return
        slc = data[1] & 15 if self.format.slc_in_message else sls & 15
        pattern = data[2 : 2 + (data[1] >> 4)]
        if data[0] == m.SLTM:
            if opc != link.linkset.adjacent:
                text = f"SLTM from point code {opc}, not from the adjacent {link.linkset.adjacent}"
                self.fault(link, "sltm_opc", text, "Q.707 2.2", data)
                return
            if slc != link.slc:
                text = f"SLTM has SLC {slc}, this link is {link.slc}: are two links swapped?"
                self.fault(link, "sltm_slc", text, "Q.707 2.2", data)
            answer = m.link_test(m.SLTA, slc, pattern, self.format)
            answer_sls = 0 if self.format.slc_in_message else slc
            self.send_over(link, opc, service, answer_sls, answer, now)
        elif data[0] == m.SLTA:
            why = ""
            if opc != link.linkset.adjacent:
                why = f"SLTA from point code {opc}, not from the adjacent {link.linkset.adjacent}"
            elif slc != link.slc:
                why = f"SLTA has SLC {slc}, this link is {link.slc}: are two links swapped?"
            elif pattern != self.config.test_pattern:
                why = "SLTA's pattern is not the one that was sent"
            if why:
                self.fault(link, "slta_mismatch", why, "Q.707 2.2", data)
            self.exchange.signals.append((link.sltc, s.S_WRONG if why else s.S_SLTA))
        else:
            self.fault(link, "slt_heading", f"unknown test message {data[0]:#x}", "Q.707 5.4", data)

    # Network management

    def receive_snm(self, link: Link, opc: int, sls: int, data: bytes, now: int) -> None:
        """By heading. Messages about a link come from the adjacent point of its linkset."""
        if not data:
            self.fault(link, "snm_length", "no heading code", "15.1", data)
            return
        heading = data[0]
        if heading in m.OF_A_LINK:
            linkset = self.linkset_to(opc)
            slc = m.slc_in(self.format, sls, data)
            if linkset is None:
                text = f"{m.name_of(heading)} from {opc}, which is not adjacent"
                self.fault(link, "snm_opc", text, "15.2", data)
                return
            for about in linkset.links:
                if about.slc == slc:
                    self.about_link(link, about, heading, data, now)
                    return
            if heading == m.DLC:
                self.send_over(link, opc, m.SNM, sls, m.of_link(self.format, m.CNP, slc), now)
                return
            text = f"{m.name_of(heading)} about SLC {slc}, which linkset {linkset.name} has not"
            self.fault(link, "snm_slc", text, "15.2", data)
        elif heading == m.TRA:
            linkset = self.linkset_to(opc)
            if linkset is None:
                self.fault(link, "snm_opc", f"TRA from {opc}, not adjacent", "9.4", data)
            else:
                self.exchange.signals.append((linkset.tsrc, s.R_TRA))
        elif heading in (m.TFP, m.TFR, m.TFA):
            self.transfer(link, opc, heading, data, now)
        else:
            self.other_snm(link, opc, heading, data, now)

    def about_link(self, link: Link, about: Link, heading: int, data: bytes, now: int) -> None:
        """Changeover, changeback, inhibiting, data link connection."""
        signals = self.exchange.signals
        if heading in (m.COO, m.COA, m.CBD, m.CBA):
            code = m.code_in(self.format, data)
            if code < 0:
                text = f"{m.name_of(heading)} cut short"
                self.fault(link, "snm_length", text, "15.4", data)
                return
            if heading == m.COO:
                about.far_order = code & 127
                signals.append((about.tcoc, s.C_ORDER))
            elif heading == m.COA:
                about.far_acknowledged = code & 127
                signals.append((about.tcoc, s.C_ACKNOWLEDGE))
            elif heading == m.CBD:
                answer = m.changeback(self.format, m.CBA, about.slc, code)
                self.send_snm(about.linkset.adjacent, answer, now, about.slc)
            else:
                self.changeback_acknowledged(about, code)
        elif heading == m.ECO:
            about.far_order = UNKNOWN_FSN
            signals.append((about.tcoc, s.C_ORDER))
        elif heading == m.ECA:
            about.far_acknowledged = UNKNOWN_FSN
            signals.append((about.tcoc, s.C_ACKNOWLEDGE))
        elif heading == m.DLC:
            answer = m.of_link(self.format, m.CNP, about.slc)
            self.send_snm(about.linkset.adjacent, answer, now, about.slc)
        else:
            self.inhibiting(link, about, heading, data, now)

    def changeback_acknowledged(self, about: Link, code: int) -> None:
        """CBA: the changeback with this code (6.3.4)."""
        for changeback in self.changebacks:
            if changeback.link is about and changeback.code == code and not changeback.over:
                self.exchange.signals.append((changeback, s.B_CBA))

    def inhibiting(self, link: Link, about: Link, heading: int, data: bytes, now: int) -> None:
        """Management inhibiting (10)."""
        input_ = INHIBITING.get(heading)
        if input_ is None:
            self.fault(link, "snm_heading", f"{m.name_of(heading)} not asked for", "15.1", data)
        else:
            self.exchange.signals.append((about.tmin, input_))

    def transfer(self, link: Link, opc: int, heading: int, data: bytes, now: int) -> None:
        """TFP, TFR, TFA: what the transfer point at the far end can reach (13.2 to 13.4)."""
        linkset = self.linkset_to(opc)
        dpc = m.point_code_in(self.format, data)
        destination = self.destinations.get(dpc)
        if linkset is not None and destination is not None and dpc != opc:
            for route in destination.routes:
                if route.linkset is linkset:
                    transfer(self, route, heading, now)
                    return
        text = f"{m.name_of(heading)} from {opc} about {dpc}: there is no such route"
        self.fault(link, "transfer_unknown", text, "13.2.4", data)

    def other_snm(self, link: Link, opc: int, heading: int, data: bytes, now: int) -> None:
        """TFC and UPU, which come from any point; and what an end point has no procedure for."""
        dpc = m.point_code_in(self.format, data)
        destination = self.destinations.get(dpc)
        size = 1 + self.format.pc_octets
        if heading == m.TFC and destination is not None:
            if self.format.pc_octets == 2:
                level = data[2] >> 6
            else:
                level = data[size] & 3 if len(data) > size else 0
            transfer_controlled(self, destination, level, now)
        elif heading == m.UPU and destination is not None and len(data) > size:
            cause = UPU_STATUS.get(data[size] >> 4, STATUS_USER_UNKNOWN)
            self.happened.append(Status(dpc, cause, 0, data[size] & 15))
        elif heading == m.RCT:
            link.counters.congestion_tests += 1
        else:
            text = f"{m.name_of(heading)} from {opc} about {dpc}: an end point has no use for it"
            self.fault(link, "snm_heading", text, "15.1", data)

    def user_unavailable(self, opc: int, service: int, cause: int, now: int) -> None:
        """UPU to who sent a message for a user part that is not here (11.2.7)."""
        body = m.user_part_unavailable(self.format, self.opc, service, cause)
        self.send_snm(opc, body, now)


INHIBITING: Final = {
    m.LIN: s.I_LIN,
    m.LIA: s.I_LIA,
    m.LID: s.I_LID,
    m.LUN: s.I_LUN,
    m.LUA: s.I_LUA,
    m.LFU: s.I_LFU,
    m.LLT: s.I_LLT,
    m.LRT: s.I_LRT,
}
"""Headings of 15.9 to 15.16 as inputs of TMIN."""

UPU_STATUS: Final = {
    m.UPU_UNKNOWN: STATUS_USER_UNKNOWN,
    m.UPU_UNEQUIPPED: STATUS_USER_UNEQUIPPED,
    m.UPU_INACCESSIBLE: STATUS_USER_INACCESSIBLE,
}
