"""The drawing of CPC: annex B of Q.764, state x input, for outgoing (CPCO) and incoming (CPCI)."""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..fsm import Cell, Machine, error, handled, ignored
from . import isup_active as active
from . import isup_clearing as clearing
from . import isup_incoming as incoming
from . import isup_outgoing as outgoing
from . import isup_states as s
from .isup_call import Call

Row = dict[int, Cell]


def not_permitted(call: Call) -> None:
    """A request that the state forbids is the caller's mistake."""
    raise LocalError(f"call {call.handle} is in state {s.STATE_NAMES[call.state]!r}")


_NOT_RUNNING: Final = ignored("A.1: it does not run in this state")
_NO_CHECK: Final = ignored("2.1.8: no check is made in this state")
_SERVICE: Final = ignored("2.9.5.1: a service that is not offered")
_MOVED: Final = (s.IDLE, s.OUT_WAIT_ACM, s.OUT_CONTINUITY)
"""After an automatic repeat attempt, or without one."""


def _defaults() -> Row:
    """What any state does with any input that its own row does not name."""
    refuse = error(not_permitted, "2.1")
    row: Row = dict.fromkeys(s.REQUESTS, refuse)
    row |= dict.fromkeys(s.EXPIRIES, _NOT_RUNNING)
    row |= {
        s.CHECK_OK: _NO_CHECK,
        s.CHECK_FAILED: _NO_CHECK,
        s.M_CRG: ignored("2.1.14: charging is national"),
        s.M_SERVICE: handled(active.service_ignored, "2.9.5.1"),
        s.M_CFN: handled(active.confusion_received, "2.9.5"),
        s.M_USR: _SERVICE,
        s.CIRCUIT_RESET: handled(clearing.circuit_reset, "2.9.3.1 a", s.IDLE),
        s.CIRCUIT_TAKEN: handled(clearing.circuit_taken, "2.9.3, 2.12", s.IDLE),
        s.CIRCUIT_BLOCKED: ignored("2.8.2.1: calls that have been set up go on"),
    }
    return row


def _idle() -> Row:
    row: Row = dict.fromkeys(s.MESSAGES, error(clearing.unexpected_on_idle, "2.9.5.1 d 1", s.IDLE))
    row |= _defaults()
    row |= {
        s.SETUP_REQ: handled(outgoing.setup_request, "2.1.1.1", s.OUT_WAIT_ACM, s.OUT_CONTINUITY),
        s.M_IAM: handled(
            incoming.iam_received,
            "2.1.1.2",
            s.IDLE,
            s.IN_SEGMENT,
            s.IN_CONTINUITY,
            s.IN_DIGITS,
            s.IN_INFORMATION,
            s.IN_WAIT_ACM,
            s.WAIT_RLC,
        ),
        s.M_REL: handled(clearing.rel_on_idle, "2.9.5.1 b", s.IDLE),
        s.M_RLC: ignored("2.9.5.1 a"),
        s.M_CFN: ignored("2.9.5.1"),
        s.CIRCUIT_RESET: ignored("2.9.3.1 b"),
        s.CIRCUIT_TAKEN: ignored("2.9.3"),
    }
    return row


def _busy() -> Row:
    """Any state with a call that is not being released."""
    row: Row = dict.fromkeys(s.MESSAGES, error(active.unexpected, "2.9.5.1 d 2"))
    row |= _defaults()
    row |= {
        s.RELEASE_REQ: handled(clearing.release_request, "2.3.1", s.WAIT_RLC),
        s.M_REL: handled(clearing.rel_received, "2.3.1", s.IDLE),
        s.M_RLC: error(clearing.rlc_unexpected, "2.9.5.1 c", s.WAIT_RLC),
    }
    return row


def _outgoing() -> dict[int, Row]:
    common = _busy() | {
        s.M_SGM: handled(outgoing.segment_received, "2.1.12.2"),
        s.T34_EXPIRY: handled(outgoing.t34_expiry, "2.1.12.2"),
    }
    return _before_acm(common) | {s.OUT_WAIT_ANM: _alerting(common)} | _connected(common)


_LATE: Final = ignored("2.1.2.1: digits that come too late")


def _before_acm(common: Row) -> dict[int, Row]:
    unexpected = error(outgoing.unexpected_before_backward, "2.9.5.1 d 3", *_MOVED)
    early: Row = dict.fromkeys(
        (s.M_SAM, s.M_INF, s.M_COT, s.M_ANM, s.M_CPG, s.M_FOT, s.M_SUS, s.M_RES), unexpected
    )
    failed = handled(outgoing.check_failed, "2.1.8", *_MOVED)
    before = (
        common
        | early
        | {
            s.ADDRESS_REQ: handled(outgoing.digits_request, "2.1.2.1"),
            s.M_IAM: handled(outgoing.dual_seizure, "2.9.1.4", s.OUT_CONTINUITY, *_MOVED),
            s.CIRCUIT_RESET: handled(outgoing.circuit_reset, "2.9.3.1 d", *_MOVED),
            s.CIRCUIT_TAKEN: handled(outgoing.circuit_taken, "2.9.3, 2.12", *_MOVED),
            s.CIRCUIT_BLOCKED: handled(outgoing.circuit_blocked, "2.8.2.1", *_MOVED),
            s.T7_EXPIRY: handled(outgoing.t7_expiry, "2.2.5", s.WAIT_RLC),
        }
    )
    return {
        s.OUT_CONTINUITY: before
        | dict.fromkeys((s.M_ACM, s.M_CON, s.M_INR), unexpected)
        | {
            s.CHECK_OK: handled(outgoing.check_successful, "2.1.8", s.OUT_WAIT_ACM),
            s.CHECK_FAILED: failed,
            s.T24_EXPIRY: failed,
        },
        s.OUT_WAIT_ACM: before
        | {
            s.M_INR: handled(outgoing.inr_received, "2.1.6"),
            s.M_ACM: handled(outgoing.acm_received, "2.1.4", s.OUT_WAIT_ACM, s.OUT_WAIT_ANM),
            s.M_CON: handled(outgoing.con_received, "2.1.7", s.OUT_WAIT_ACM, s.OUT_ANSWERED),
        },
    }


def _alerting(common: Row) -> Row:
    return common | {
        s.ADDRESS_REQ: _LATE,
        s.USER_INFO_REQ: handled(active.user_information_request, "Q.737.1"),
        s.FORWARD_TRANSFER_REQ: handled(active.forward_transfer_request, "2.1.9"),
        s.NOTIFY_REQ: handled(active.notify_request, "2.1.5"),
        s.M_INR: handled(outgoing.inr_received, "2.1.6"),
        s.M_CPG: handled(outgoing.cpg_received, "2.1.5"),
        s.M_ANM: handled(outgoing.anm_received, "2.1.7", s.OUT_WAIT_ANM, s.OUT_ANSWERED),
        s.M_USR: handled(active.user_information_received, "Q.737.1"),
        s.T9_EXPIRY: handled(outgoing.t9_expiry, "2.1.4", s.WAIT_RLC),
    }


def _connected(common: Row) -> dict[int, Row]:
    answered = common | {
        s.ADDRESS_REQ: _LATE,
        s.SUSPEND_REQ: handled(active.suspend_request, "2.4.1", s.OUT_SUSPENDED),
        s.USER_INFO_REQ: handled(active.user_information_request, "Q.737.1"),
        s.FORWARD_TRANSFER_REQ: handled(active.forward_transfer_request, "2.1.9"),
        s.NOTIFY_REQ: handled(active.notify_request, "2.1.5"),
        s.M_SUS: handled(active.suspend_received, "2.4.1", s.OUT_SUSPENDED),
        s.M_USR: handled(active.user_information_received, "Q.737.1"),
        s.M_CPG: handled(active.progress_received, "2.1.5"),
    }
    resumed = (s.OUT_SUSPENDED, s.OUT_ANSWERED)
    expired = handled(active.suspension_expiry, "2.4.3", s.WAIT_RLC)
    return {
        s.OUT_ANSWERED: answered,
        s.OUT_SUSPENDED: answered
        | {
            s.RESUME_REQ: handled(active.resume_request, "2.4.2", *resumed),
            s.M_RES: handled(active.resume_received, "2.4.2", *resumed),
            s.T2_EXPIRY: expired,
            s.T6_EXPIRY: expired,
        },
    }


_AFTER_IAM: Final = (s.IN_CONTINUITY, s.IN_DIGITS, s.IN_INFORMATION, s.IN_WAIT_ACM)


def _unoffered() -> dict[int, Row]:
    unexpected = error(incoming.unexpected_before_acm, "2.9.5.1 d 3", s.IDLE)
    row = _busy() | dict.fromkeys(
        (s.M_IAM, s.M_ACM, s.M_CON, s.M_ANM, s.M_CPG, s.M_SUS, s.M_RES, s.M_INR), unexpected
    )
    digits = handled(incoming.digits_collected, "2.1.2.2")
    cot_states = (s.IN_DIGITS, s.IN_INFORMATION, s.IN_WAIT_ACM, s.IDLE, s.WAIT_RLC)
    t8 = handled(incoming.t8_expiry, "2.1.8", s.WAIT_RLC)
    return {
        s.IN_SEGMENT: row
        | {
            s.M_SAM: digits,
            s.M_COT: handled(incoming.cot_received, "2.1.8", s.IN_SEGMENT, s.IDLE, s.WAIT_RLC),
            s.M_SGM: handled(incoming.segment_received, "2.1.12.2", *_AFTER_IAM),
            s.T34_EXPIRY: handled(incoming.t34_expiry, "2.1.12.2", *_AFTER_IAM),
            s.T8_EXPIRY: t8,
        },
        s.IN_CONTINUITY: row
        | {
            s.M_SAM: digits,
            s.M_COT: handled(incoming.cot_received, "2.1.8", *cot_states),
            s.T8_EXPIRY: t8,
        },
        s.IN_DIGITS: row
        | {
            s.M_SAM: handled(
                incoming.digits_collected,
                "2.1.2.2",
                s.IN_DIGITS,
                s.IN_INFORMATION,
                s.IN_WAIT_ACM,
            ),
            s.T35_EXPIRY: handled(incoming.t35_expiry, "2.2.4", s.WAIT_RLC),
        },
        s.IN_INFORMATION: row
        | {
            s.M_SAM: digits,
            s.M_INF: handled(incoming.inf_received, "2.1.6", s.IN_WAIT_ACM),
            s.T33_EXPIRY: handled(incoming.t33_expiry, "2.1.6", s.WAIT_RLC),
        },
    }


_TRANSFER: Final = handled(incoming.forward_transfer_received, "2.1.9")


def _incoming() -> dict[int, Row]:
    unexpected = error(incoming.unexpected_before_acm, "2.9.5.1 d 3", s.IDLE)
    waits = handled(active.user_information_waits, "Q.737.1")
    to_anm = s.IN_WAIT_ANM
    return {
        s.IN_WAIT_ACM: _busy()
        | dict.fromkeys(
            (s.M_IAM, s.M_ACM, s.M_CON, s.M_ANM, s.M_CPG, s.M_SUS, s.M_RES, s.M_INR, s.M_COT),
            unexpected,
        )
        | {
            s.MORE_DIGITS_REQ: handled(incoming.more_digits_request, "2.2.4"),
            s.PROCEED_REQ: handled(incoming.proceed_request, "2.1.4.2", to_anm),
            s.PROGRESS_REQ: handled(incoming.progress_first_request, "2.1.4.2", to_anm),
            s.ALERT_REQ: handled(incoming.alert_first_request, "2.1.4.1", to_anm),
            s.ANSWER_REQ: handled(incoming.connect_request, "2.1.7", s.IN_ANSWERED),
            s.USER_INFO_REQ: waits,
            s.NOTIFY_REQ: handled(active.notify_request, "2.1.5"),
            s.M_SAM: handled(incoming.digits_received, "2.1.2.2"),
            s.M_FOT: _TRANSFER,
            s.T10_EXPIRY: handled(incoming.t10_expiry, "2.1.2.1"),
            s.T11_EXPIRY: handled(incoming.t11_expiry, "2.1.4.8", to_anm),
            s.T35_EXPIRY: handled(incoming.t35_expiry, "2.2.4", s.WAIT_RLC),
        },
        s.IN_WAIT_ANM: _busy()
        | {
            s.PROCEED_REQ: ignored("2.1.4: said already"),
            s.PROGRESS_REQ: handled(incoming.progress_request, "2.1.5"),
            s.ALERT_REQ: handled(incoming.alert_request, "2.1.5"),
            s.ANSWER_REQ: handled(incoming.answer_request, "2.1.7", s.IN_ANSWERED),
            s.USER_INFO_REQ: waits,
            s.NOTIFY_REQ: handled(active.notify_request, "2.1.5"),
            s.M_FOT: _TRANSFER,
            s.M_USR: handled(active.user_information_received, "Q.737.1"),
        },
    }


def _speaking() -> dict[int, Row]:
    answered = _busy() | {
        s.PROCEED_REQ: ignored("2.1.7: answered"),
        s.SUSPEND_REQ: handled(active.suspend_request, "2.4.1", s.IN_SUSPENDED),
        s.USER_INFO_REQ: handled(active.user_information_request, "Q.737.1"),
        s.NOTIFY_REQ: handled(active.notify_request, "2.1.5"),
        s.M_SUS: handled(active.suspend_received, "2.4.1", s.IN_SUSPENDED),
        s.M_USR: handled(active.user_information_received, "Q.737.1"),
        s.M_CPG: handled(active.progress_received, "2.1.5"),
        s.M_FOT: _TRANSFER,
    }
    resumed = (s.IN_SUSPENDED, s.IN_ANSWERED)
    expired = handled(active.suspension_expiry, "2.4.3", s.WAIT_RLC)
    return {
        s.IN_ANSWERED: answered,
        s.IN_SUSPENDED: answered
        | {
            s.RESUME_REQ: handled(active.resume_request, "2.4.2", *resumed),
            s.M_RES: handled(active.resume_received, "2.4.2", *resumed),
            s.T2_EXPIRY: expired,
            s.T38_EXPIRY: expired,
        },
    }


def _wait_rlc() -> Row:
    crossed = ignored("2.3.1: it crossed REL")
    row: Row = dict.fromkeys(s.MESSAGES, crossed)
    row |= _defaults()
    row |= dict.fromkeys(
        (s.ADDRESS_REQ, s.RELEASE_REQ, s.SUSPEND_REQ, s.RESUME_REQ, s.NOTIFY_REQ),
        ignored("2.3.1: the call is being released"),
    )
    row |= {
        s.M_REL: handled(clearing.rel_collision, "2.3.1 e", s.WAIT_RLC),
        s.M_RLC: handled(clearing.rlc_received, "2.3.1", s.IDLE),
        s.M_CFN: crossed,
        s.T1_EXPIRY: handled(clearing.t1_expiry, "2.9.6", s.WAIT_RLC),
        s.T5_EXPIRY: handled(clearing.t5_expiry, "2.9.6", s.IDLE),
    }
    return row


def _table() -> dict[int, Row]:
    rows = {s.IDLE: _idle(), s.WAIT_RLC: _wait_rlc()}
    return rows | _outgoing() | _unoffered() | _incoming() | _speaking()


CPC: Final = Machine("ISUP CPC", s.STATE_NAMES, s.INPUT_NAMES, _table())


def _rows() -> list[list[Cell]]:
    nothing = ignored("no such state")
    return [[cell or nothing for cell in row] for row in CPC.cells]


CELLS: Final = _rows()
"""CPC's cells for the hot path: none is missing."""
