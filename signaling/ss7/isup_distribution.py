"""Distribution of received messages and expired timers to the machines (Q.764 annex B, SPRC)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from . import isup_adopt as adoption
from . import isup_availability as availability
from . import isup_blocking as blocking
from . import isup_groups_received as received
from . import isup_reset as reset
from . import isup_states as s
from .isup_circuits import BLOCKED, UNBLOCKED, WAIT_CGBA, Circuit
from .isup_compatibility import message_unknown, parameters_unknown
from .isup_config import IsupConfig
from .isup_groups import Groups, split
from .isup_messages import IsupMessage, decode
from .isup_messages_table import (
    BLA,
    BLO,
    CCR,
    CGB,
    CGBA,
    CGU,
    CGUA,
    CQM,
    CQR,
    GRA,
    GRS,
    LAYOUTS,
    LPA,
    RSC,
    UBA,
    UBL,
    UCIC,
    UPA,
    UPT,
    VARIANTS,
    Layout,
)
from .isup_sprc import CallProcessing

SUPERVISION: Final = frozenset(
    (RSC, BLO, UBL, BLA, UBA, CCR, LPA, GRS, GRA, CGB, CGU, CGBA, CGUA, CQM, CQR, UCIC, UPT, UPA)
)
_IS_SUPERVISION: Final = [kind in SUPERVISION for kind in range(256)]
UNANSWERED_BY_UCIC: Final = (UCIC, BLA, UBA, CGBA, CGUA, GRA, CQR, 0x10, 0x24)
"""Answers (the last two are RLC and LPA): they are not answered where there is no circuit."""


class Distribution(CallProcessing):
    """Receives; lets time pass."""

    def __init__(self, config: IsupConfig) -> None:
        super().__init__(config)
        self.groups: Final = Groups(self)
        self._layouts: Final[list[Layout]] = VARIANTS.get(config.variant.codec, LAYOUTS)
        self._by_cic: Final[dict[int, Circuit]] = self.circuits.by_cic
        self._supervision: Final[dict[int, Callable[[Circuit, IsupMessage, int], None]]] = {
            RSC: self._rsc,
            BLO: self._blo,
            UBL: self._ubl,
            BLA: self._bla,
            UBA: self._uba,
            CCR: self._ccr,
            LPA: self._lpa,
            UCIC: self._ucic,
            UPT: self._upt,
            UPA: self._upa,
            CGB: self._group,
            CGU: self._group,
            GRS: self._group,
            CQM: self._group,
            CGBA: self._group_answer,
            CGUA: self._group_answer,
            GRA: self._group_answer,
            CQR: self._group_answer,
        }

    def receive(self, data: bytes, now: int) -> None:
        """MTP-TRANSFER INDICATION: a message, CIC first."""
        message = decode(data, self._layouts)
        if message.faults:
            for fault in message.faults:
                self.fault(fault.kind, fault.text, fault.clause, data)
            if message.discard:
                return
        if self.user_part:
            availability.user_part_back(self)
            self._serve(message, now)
            self.ask_adopted(now)
        else:
            self._serve(message, now)

    def ask_adopted(self, now: int) -> None:
        """Ask what the far end has on the circuits of adopted calls (2.8.3), where it can say."""
        waiting = adoption.waiting(self)
        if not self.config.variant.queries:
            for cic in waiting:
                adoption.confirm(self, self._by_cic[cic])
            return
        for group in split(waiting, True):
            self.groups.begin(CQM, False, group, now, True)

    def _serve(self, message: IsupMessage, now: int) -> None:
        """A message that can be read."""
        circuit = self._by_cic.get(message.cic)
        if circuit is None:
            self._no_circuit(message)
            return
        if circuit.unequipped and message.kind != UCIC:
            circuit.unequipped = False
            self.circuits.update(circuit)
        if not message.known:
            message_unknown(self, circuit, message, now)
            return
        if message.unrecognized and not parameters_unknown(self, circuit, message, now):
            return
        if _IS_SUPERVISION[message.kind]:
            self._supervision[message.kind](circuit, message, now)
        else:
            self.call_message(circuit, message, now)
        if self.again:
            self.serve_again(now)
        while self.broken:
            self.groups.begin(CGB, True, (self.broken.pop().cic,), now)
        while self.refuted:
            circuit = self.refuted.pop()
            self.call_to(circuit, s.CIRCUIT_TAKEN, now)
            reset.csc_input(self, circuit, reset.RESET_REQ, now)

    def _no_circuit(self, message: IsupMessage) -> None:
        """A circuit that is not ours (2.12): UCIC where that is used. UPT and UPA bear any CIC."""
        kind = message.kind
        if kind == UPT:
            self.send_about(message.cic, b"\x35\x00")
        elif kind != UPA:
            self.fault("unequipped", f"{message.name} for CIC {message.cic}", "2.12", message.raw)
            if self.config.variant.ucic and kind not in UNANSWERED_BY_UCIC:
                self.send_about(message.cic, b"\x2e")

    # Circuit supervision

    def _rsc(self, circuit: Circuit, message: IsupMessage, now: int) -> None:
        if circuit.hls in (BLOCKED, WAIT_CGBA):
            # 2.9.3.1 e: our blocking is said again, before RLC.
            self.groups.begin(CGB, True, (circuit.cic,), now)
        reset.csc_input(self, circuit, reset.M_RSC, now)
        self.call_to(circuit, s.CIRCUIT_RESET, now)

    def _blo(self, circuit: Circuit, message: IsupMessage, now: int) -> None:
        blocking.blr_input(self, circuit, blocking.M_BLO, now)
        self.call_to(circuit, s.CIRCUIT_BLOCKED, now)

    def _ubl(self, circuit: Circuit, message: IsupMessage, now: int) -> None:
        blocking.blr_input(self, circuit, blocking.M_UBL, now)

    def _bla(self, circuit: Circuit, message: IsupMessage, now: int) -> None:
        blocking.bls_input(self, circuit, blocking.M_BLA, now)

    def _uba(self, circuit: Circuit, message: IsupMessage, now: int) -> None:
        blocking.bls_input(self, circuit, blocking.M_UBA, now)

    def _ccr(self, circuit: Circuit, message: IsupMessage, now: int) -> None:
        if circuit.call:
            self.fault("unexpected_message", "CCR on a busy circuit", "2.9.5.1", message.raw)
        else:
            reset.csc_input(self, circuit, reset.M_CCR, now)

    def _lpa(self, circuit: Circuit, message: IsupMessage, now: int) -> None:
        if not circuit.call:
            reset.csc_input(self, circuit, reset.M_LPA, now)

    def _ucic(self, circuit: Circuit, message: IsupMessage, now: int) -> None:
        """The far end has not the circuit: no calls on it until it is heard of again (2.12)."""
        self.fault("unequipped_there", f"UCIC for CIC {circuit.cic}", "2.12", message.raw)
        circuit.unequipped = True
        self.call_to(circuit, s.CIRCUIT_TAKEN, now)
        self.groups.unequipped(circuit.cic, now)
        blocking.bls_input(self, circuit, blocking.UNEQUIPPED, now)
        circuit.hls = UNBLOCKED
        reset.csc_input(self, circuit, reset.UNEQUIPPED, now)
        self.circuits.update(circuit)

    def _upt(self, circuit: Circuit, message: IsupMessage, now: int) -> None:
        self.send_about(message.cic, b"\x35\x00")

    def _upa(self, circuit: Circuit, message: IsupMessage, now: int) -> None:
        """Any message shows that the user part is there; nothing is left to do."""

    def _group(self, circuit: Circuit, message: IsupMessage, now: int) -> None:
        """CGB, CGU, GRS or CQM."""
        found = received.read_range(self, message)
        if found is None:
            return
        kind = message.kind
        if kind == CQM:
            if self.config.variant.queries:
                received.serve_query(self, message, found)
            return
        circuits = received.affected(self, message, found)
        if kind == GRS:
            self.to_calls(circuits, s.CIRCUIT_RESET, now)
            received.serve_reset(self.groups, message, found, circuits, now)
            return
        received.serve_blocking(self, message, found, circuits, now)
        if kind == CGB:
            # 2.8.2.2: for hardware failures calls end at once, without REL.
            hardware = received.is_hardware(message)
            self.to_calls(circuits, s.CIRCUIT_RESET if hardware else s.CIRCUIT_BLOCKED, now)

    def _group_answer(self, circuit: Circuit, message: IsupMessage, now: int) -> None:
        """CGBA, CGUA, GRA or CQR."""
        if not self.groups.answered(message, now):
            self.fault(
                "unexpected_message",
                f"{message.name} that answers nothing of ours",
                "2.8.2.3, 2.9.3.2",
                message.raw,
            )

    # Time

    def handle_timeout(self, now: int) -> None:
        """Let every timer that is due by ``now`` expire, the earliest first."""
        key = self.take_due(now)
        while key >= 0:
            self._expire(key >> 6, key & 63, now)
            if self.again:
                self.serve_again(now)
            key = self.take_due(now)

    def _expire(self, handle: int, number: int, now: int) -> None:
        if handle > 0x1000:
            self.groups.expired(handle, number, now)
            return
        if handle == 0x1000:
            availability.expired(self, number, now)
            return
        circuit = self._by_cic[handle]
        circuit.timers &= ~(1 << number)
        if circuit.call and s.CALL_TIMERS >> number & 1:
            self.serve(self.calls[circuit.call], s.EXPIRY_INPUT[number], now)
        elif blocking.TIMERS >> number & 1:
            blocking.bls_input(self, circuit, blocking.EXPIRY_INPUT[number], now)
        else:
            reset.csc_input(self, circuit, reset.EXPIRY_INPUT[number], now)
