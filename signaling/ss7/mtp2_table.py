"""Q.703 Figures 8 to 19 as tables: state x input -> method, figure, next states. No cell is empty.

Figures 11 and 12 (delimitation, alignment, error detection) are native: they are at line speed.
A state's row is a function, since what mypyc writes for one expression grows with its square.
"""

from __future__ import annotations

from typing import Final

from ..fsm import Cell, Machine, error, handled, ignored
from . import mtp2_signals as s
from .mtp2_rc import ReceptionControl as D

_POWER: Final = "Figure 8: only power on leads out of power off"
_OFF: Final = "Figure 8 (1): there is power"
_NO_T1: Final = "Figure 8: not drawn, T1 does not run in this state"
_NO_ALIGNMENT: Final = "Figure 8: initial alignment control is idle in this state"
_MARK: Final = (
    "Figure 8: not drawn; the mark serves the next start, which level 3 gives it anew for"
)
_RUNNING: Final = "Q.781 2.2 to 2.8: a start is unexpected and changes nothing"
_LSSU: Final = "Q.781 2: unexpected, ignored in this state"
_TRAFFIC: Final = "Q.704 5.6: nothing is retrieved from a link that aligns or carries traffic"
_NO_OUTAGE: Final = "Figure 8: not drawn without a processor outage"


def _lsc_row(**cells: Cell) -> dict[int, Cell]:
    """A row of Figure 8; what the state does not draw is ignored, with the reason."""
    row = {
        s.LSC_POWER_ON: ignored(_OFF),
        s.LSC_START: ignored(_RUNNING),
        s.LSC_EMERGENCY: ignored(_MARK),
        s.LSC_EMERGENCY_CEASES: handled(D.cancel_emergency, "Figure 8"),
        s.LSC_LOCAL_PROCESSOR_OUTAGE: ignored(_NO_OUTAGE),
        s.LSC_LOCAL_PROCESSOR_RECOVERED: ignored(_NO_OUTAGE),
        s.LSC_FLUSH_BUFFERS: ignored(_NO_OUTAGE),
        s.LSC_CONTINUE: ignored(_NO_OUTAGE),
        s.LSC_RETRIEVE_BSNT: error(D.no_bsnt, _TRAFFIC),
        s.LSC_RETRIEVAL_REQUEST: error(D.no_retrieval, _TRAFFIC),
        s.LSC_ALIGNMENT_COMPLETE: ignored(_NO_ALIGNMENT),
        s.LSC_ALIGNMENT_NOT_POSSIBLE: ignored(_NO_ALIGNMENT),
        s.LSC_SIO: ignored(_LSSU),
        s.LSC_SIN: ignored(_LSSU),
        s.LSC_SIE: ignored(_LSSU),
        s.LSC_SIOS: ignored(_LSSU),
        s.LSC_SIPO: ignored(_LSSU),
        s.LSC_FISU_MSU_RECEIVED: ignored(_LSSU),
        s.LSC_NO_PROCESSOR_OUTAGE: ignored(_NO_OUTAGE),
        s.LSC_T1_EXPIRED: ignored(_NO_T1),
    }
    for name, cell in cells.items():
        row[_LSC_NUMBERS[name]] = cell
    return row


_LSC_NUMBERS: Final[dict[str, int]] = {
    name.replace(" ", "_").replace("/", "_").replace("T1", "t1").lower(): number
    for number, name in s.LSC_INPUTS.items()
}

_OOS: Final = s.OUT_OF_SERVICE


def _lsc_power_off() -> dict[int, Cell]:
    return {
        **dict.fromkeys(s.LSC_INPUTS, ignored(_POWER)),
        s.LSC_POWER_ON: handled(D.power_on, "Figure 8 (1)", _OOS),
    }


def _lsc_out_of_service() -> dict[int, Cell]:
    return _lsc_row(
        start=handled(D.start_oos, "Figure 8 (2)", s.INITIAL_ALIGNMENT),
        stop=ignored("Figure 8: stopped already"),
        link_failure=ignored("Figure 8: nothing is in service"),
        emergency=handled(D.mark_emergency, "Figure 8 (2)"),
        local_processor_outage=handled(D.mark_local_processor_outage, "Figure 8 (3)"),
        local_processor_recovered=handled(D.cancel_local_processor_outage, "Figure 8 (3)"),
        retrieve_bsnt=handled(D.retrieve_bsnt_drawn, "Figure 8 (2)"),
        retrieval_request_and_fsnc=handled(D.retrieval_request, "Figure 8 (2)"),
    )


def _lsc_initial_alignment() -> dict[int, Cell]:
    return _lsc_row(
        stop=handled(D.stop_initial_alignment, "Figure 8 (5)", _OOS),
        link_failure=handled(D.link_failure_initial_alignment, "Figure 8 (5)", _OOS),
        emergency=handled(D.emergency_initial_alignment, "Figure 8 (4)"),
        local_processor_outage=handled(D.mark_local_processor_outage, "Figure 8 (4)"),
        local_processor_recovered=handled(D.cancel_local_processor_outage, "Figure 8 (4)"),
        alignment_complete=handled(
            D.alignment_complete, "Figure 8 (4)", s.ALIGNED_READY, s.ALIGNED_NOT_READY
        ),
        alignment_not_possible=handled(D.alignment_not_possible, "Figure 8 (5)", _OOS),
    )


def _lsc_aligned_ready() -> dict[int, Cell]:
    return _lsc_row(
        stop=handled(D.stop_aligned, "Figure 8 (6)", _OOS),
        link_failure=handled(D.link_failure_aligned, "Figure 8 (6)", _OOS),
        sio=handled(D.sio_aligned, "Figure 8 (6)", _OOS),
        sios=handled(D.sios_aligned, "Figure 8 (6)", _OOS),
        t1_expired=handled(D.t1_expired, "Figure 8 (6)", _OOS),
        sipo=handled(D.sipo_ready, "Figure 8 (7)", s.PROCESSOR_OUTAGE),
        fisu_msu_received=handled(D.fisu_msu_received_ready, "Figure 8 (7)", s.IN_SERVICE),
        local_processor_outage=handled(
            D.local_processor_outage_ready, "Figure 8 (7)", s.ALIGNED_NOT_READY
        ),
    )


def _lsc_aligned_not_ready() -> dict[int, Cell]:
    return _lsc_row(
        stop=handled(D.stop_aligned, "Figure 8 (8)", _OOS),
        link_failure=handled(D.link_failure_aligned, "Figure 8 (8)", _OOS),
        sio=handled(D.sio_aligned, "Figure 8 (8)", _OOS),
        sios=handled(D.sios_aligned, "Figure 8 (8)", _OOS),
        t1_expired=handled(D.t1_expired, "Figure 8 (8)", _OOS),
        sipo=handled(D.sipo_not_ready, "Figure 8 (9)", s.PROCESSOR_OUTAGE),
        fisu_msu_received=handled(
            D.fisu_msu_received_not_ready, "Figure 8 (9)", s.PROCESSOR_OUTAGE
        ),
        local_processor_recovered=handled(
            D.local_processor_recovered_not_ready, "Figure 8 (9)", s.ALIGNED_READY
        ),
    )


def _lsc_in_service() -> dict[int, Cell]:
    return _lsc_row(
        stop=handled(D.stop_aligned, "Figure 8 (10)", _OOS),
        link_failure=handled(D.link_failure_aligned, "Figure 8 (10)", _OOS),
        sio=handled(D.sio_aligned, "Figure 8 (10)", _OOS),
        sin=handled(D.sin_in_service, "Figure 8 (10)", _OOS),
        sie=handled(D.sie_in_service, "Figure 8 (10)", _OOS),
        sios=handled(D.sios_aligned, "Figure 8 (10)", _OOS),
        sipo=handled(D.sipo_in_service, "Figure 8 (11)", s.PROCESSOR_OUTAGE),
        local_processor_outage=handled(
            D.local_processor_outage_in_service, "Figure 8 (11)", s.PROCESSOR_OUTAGE
        ),
    )


def _lsc_processor_outage() -> dict[int, Cell]:
    return _lsc_row(
        stop=handled(D.stop_aligned, "Figure 8 (14)", _OOS),
        link_failure=handled(D.link_failure_aligned, "Figure 8 (14)", _OOS),
        sio=handled(D.sio_aligned, "Figure 8 (14)", _OOS),
        sin=handled(D.sin_in_service, "Figure 8 (14)", _OOS),
        sie=handled(D.sie_in_service, "Figure 8 (14)", _OOS),
        sios=handled(D.sios_aligned, "Figure 8 (14)", _OOS),
        sipo=handled(D.sipo_outage, "Figure 8 (12)"),
        fisu_msu_received=handled(D.fisu_msu_received_outage, "Figure 8 (12)"),
        local_processor_outage=handled(D.local_processor_outage_outage, "Figure 8 (12)"),
        local_processor_recovered=handled(D.local_processor_recovered_outage, "Figure 8 (12)"),
        flush_buffers=handled(
            D.flush_buffers_outage, "Figure 8 (13)", s.PROCESSOR_OUTAGE, s.IN_SERVICE
        ),
        **{
            "continue": handled(
                D.continue_outage, "Figure 8 (13)", s.PROCESSOR_OUTAGE, s.IN_SERVICE
            )
        },
        no_processor_outage=handled(
            D.no_processor_outage, "Figure 8 (13)", s.PROCESSOR_OUTAGE, s.IN_SERVICE
        ),
        retrieve_bsnt=handled(D.retrieve_bsnt_drawn, "Figure 8 (13)"),
        retrieval_request_and_fsnc=handled(D.retrieval_request, "Figure 8 (13)"),
    )


_LSC_TABLE: Final[dict[int, dict[int, Cell]]] = {
    s.POWER_OFF: _lsc_power_off(),
    s.OUT_OF_SERVICE: _lsc_out_of_service(),
    s.INITIAL_ALIGNMENT: _lsc_initial_alignment(),
    s.ALIGNED_READY: _lsc_aligned_ready(),
    s.ALIGNED_NOT_READY: _lsc_aligned_not_ready(),
    s.IN_SERVICE: _lsc_in_service(),
    s.PROCESSOR_OUTAGE: _lsc_processor_outage(),
}

_NO_TIMER: Final = "Figure 9: not drawn, the timer does not run in this state"
_UNEXPECTED: Final = "Figure 9: not drawn; 7.3 waits for other status indications here"
_NO_PROVING: Final = "Figure 9: the AERM is idle in this state"
_STARTED: Final = "Figure 9: started already"


def _iac_idle() -> dict[int, Cell]:
    return {
        **dict.fromkeys(s.IAC_INPUTS, ignored("Figure 9: idle until link state control starts it")),
        s.IAC_START: handled(D.start_iac, "Figure 9 (1)", s.NOT_ALIGNED),
        s.IAC_EMERGENCY: handled(D.mark_iac_emergency, "Figure 9 (1)"),
    }


def _iac_not_aligned() -> dict[int, Cell]:
    return {
        s.IAC_START: ignored(_STARTED),
        s.IAC_STOP: handled(D.stop_iac, "Figure 9 (2)", s.IAC_IDLE),
        s.IAC_EMERGENCY: handled(D.mark_iac_emergency, "Figure 9 (2)"),
        s.IAC_SIO: handled(D.aligned_by_sio_or_sin, "Figure 9 (2)", s.ALIGNED),
        s.IAC_SIN: handled(D.aligned_by_sio_or_sin, "Figure 9 (2)", s.ALIGNED),
        s.IAC_SIE: handled(D.aligned_by_sie, "Figure 9 (2)", s.ALIGNED),
        s.IAC_SIOS: ignored(_UNEXPECTED),
        s.IAC_ABORT_PROVING: ignored(_NO_PROVING),
        s.IAC_CORRECT_SU: ignored(_NO_PROVING),
        s.IAC_T2_EXPIRED: handled(D.t2_expired, "Figure 9 (2)", s.IAC_IDLE),
        s.IAC_T3_EXPIRED: ignored(_NO_TIMER),
        s.IAC_T4_EXPIRED: ignored(_NO_TIMER),
    }


def _iac_aligned() -> dict[int, Cell]:
    return {
        s.IAC_START: ignored(_STARTED),
        s.IAC_STOP: handled(D.stop_iac, "Figure 9 (3)", s.IAC_IDLE),
        s.IAC_EMERGENCY: handled(D.emergency_aligned, "Figure 9 (3)"),
        s.IAC_SIO: ignored(_UNEXPECTED),
        s.IAC_SIN: handled(D.sin_aligned, "Figure 9 (3)", s.PROVING),
        s.IAC_SIE: handled(D.sie_aligned, "Figure 9 (3)", s.PROVING),
        s.IAC_SIOS: handled(D.sios_iac, "Figure 9 (3)", s.IAC_IDLE),
        s.IAC_ABORT_PROVING: ignored(_NO_PROVING),
        s.IAC_CORRECT_SU: ignored(_NO_PROVING),
        s.IAC_T2_EXPIRED: ignored(_NO_TIMER),
        s.IAC_T3_EXPIRED: handled(D.t3_expired, "Figure 9 (3)", s.IAC_IDLE),
        s.IAC_T4_EXPIRED: ignored(_NO_TIMER),
    }


def _iac_proving() -> dict[int, Cell]:
    return {
        s.IAC_START: ignored(_STARTED),
        s.IAC_STOP: handled(D.stop_iac, "Figure 9 (4)", s.IAC_IDLE),
        s.IAC_EMERGENCY: handled(D.emergency_proving, "Figure 9 (4)", s.PROVING),
        s.IAC_SIO: handled(D.sio_proving, "Figure 9 (5)", s.ALIGNED),
        s.IAC_SIN: ignored("7.3: the far end proves too"),
        s.IAC_SIE: handled(D.sie_proving, "Figure 9 (4)", s.PROVING),
        s.IAC_SIOS: handled(D.sios_iac, "Figure 9 (5)", s.IAC_IDLE),
        s.IAC_ABORT_PROVING: handled(D.abort_proving, "Figure 9 (6)", s.PROVING, s.IAC_IDLE),
        s.IAC_CORRECT_SU: handled(D.correct_su_proving, "Figure 9 (5)", s.PROVING),
        s.IAC_T2_EXPIRED: ignored(_NO_TIMER),
        s.IAC_T3_EXPIRED: ignored(_NO_TIMER),
        s.IAC_T4_EXPIRED: handled(D.t4_expired, "Figure 9 (4)", s.PROVING, s.IAC_IDLE),
    }


_IAC_TABLE: Final[dict[int, dict[int, Cell]]] = {
    s.IAC_IDLE: _iac_idle(),
    s.NOT_ALIGNED: _iac_not_aligned(),
    s.ALIGNED: _iac_aligned(),
    s.PROVING: _iac_proving(),
}

_SAME: Final = "Figure 10: not drawn; known already"


def _poc_idle() -> dict[int, Cell]:
    return {
        s.POC_LOCAL_PROCESSOR_OUTAGE: handled(
            D.local_processor_outage_idle, "Figure 10", s.LOCAL_PROCESSOR_OUTAGE
        ),
        s.POC_LOCAL_PROCESSOR_RECOVERED: ignored(_SAME),
        s.POC_REMOTE_PROCESSOR_OUTAGE: handled(
            D.remote_processor_outage_idle, "Figure 10", s.REMOTE_PROCESSOR_OUTAGE
        ),
        s.POC_REMOTE_PROCESSOR_RECOVERED: ignored(_SAME),
        s.POC_STOP: ignored(_SAME),
    }


def _poc_local_processor_outage() -> dict[int, Cell]:
    return {
        s.POC_LOCAL_PROCESSOR_OUTAGE: ignored(_SAME),
        s.POC_LOCAL_PROCESSOR_RECOVERED: handled(D.processor_recovered, "Figure 10", s.POC_IDLE),
        s.POC_REMOTE_PROCESSOR_OUTAGE: handled(
            D.second_processor_outage, "Figure 10", s.BOTH_PROCESSORS_OUT
        ),
        s.POC_REMOTE_PROCESSOR_RECOVERED: ignored(_SAME),
        s.POC_STOP: handled(D.stop_poc, "Figure 10", s.POC_IDLE),
    }


def _poc_remote_processor_outage() -> dict[int, Cell]:
    return {
        s.POC_LOCAL_PROCESSOR_OUTAGE: handled(
            D.second_processor_outage, "Figure 10", s.BOTH_PROCESSORS_OUT
        ),
        s.POC_LOCAL_PROCESSOR_RECOVERED: ignored(_SAME),
        s.POC_REMOTE_PROCESSOR_OUTAGE: ignored(_SAME),
        s.POC_REMOTE_PROCESSOR_RECOVERED: handled(D.processor_recovered, "Figure 10", s.POC_IDLE),
        s.POC_STOP: handled(D.stop_poc, "Figure 10", s.POC_IDLE),
    }


def _poc_both_processors_out() -> dict[int, Cell]:
    return {
        s.POC_LOCAL_PROCESSOR_OUTAGE: ignored(_SAME),
        s.POC_LOCAL_PROCESSOR_RECOVERED: handled(
            D.local_processor_recovered_both, "Figure 10", s.REMOTE_PROCESSOR_OUTAGE
        ),
        s.POC_REMOTE_PROCESSOR_OUTAGE: ignored(_SAME),
        s.POC_REMOTE_PROCESSOR_RECOVERED: handled(
            D.remote_processor_recovered_both, "Figure 10", s.LOCAL_PROCESSOR_OUTAGE
        ),
        s.POC_STOP: handled(D.stop_poc, "Figure 10", s.POC_IDLE),
    }


_POC_TABLE: Final[dict[int, dict[int, Cell]]] = {
    s.POC_IDLE: _poc_idle(),
    s.LOCAL_PROCESSOR_OUTAGE: _poc_local_processor_outage(),
    s.REMOTE_PROCESSOR_OUTAGE: _poc_remote_processor_outage(),
    s.BOTH_PROCESSORS_OUT: _poc_both_processors_out(),
}


def _txc_table(figure: str) -> dict[int, dict[int, Cell]]:
    """Figures 13 and 15 differ in the transmission request and in what BSNR, BIBR do to it."""
    idle = dict.fromkeys(s.TXC_INPUTS, ignored(f"{figure}: idle until power on"))
    idle[s.TXC_START] = handled(D.start_txc, f"{figure} (2)", s.TXC_IN_SERVICE)
    return {
        s.TXC_IDLE: idle,
        s.TXC_IN_SERVICE: {
            s.TXC_START: handled(D.start_txc, f"{figure} (2)", s.TXC_IN_SERVICE),
            s.TXC_SEND_SIO: handled(D.send_sio, f"{figure} (3)"),
            s.TXC_SEND_SIN: handled(D.send_sin, f"{figure} (3)"),
            s.TXC_SEND_SIE: handled(D.send_sie, f"{figure} (3)"),
            s.TXC_SEND_SIOS: handled(D.send_sios, f"{figure} (3)"),
            s.TXC_SEND_SIPO: handled(D.send_sipo, f"{figure} (3)"),
            s.TXC_SEND_SIB: handled(D.send_sib, f"{figure} (3)"),
            s.TXC_SEND_FISU: handled(D.send_fisu, f"{figure} (4)"),
            s.TXC_SEND_MSU: handled(D.send_msu, f"{figure} (4)"),
            s.TXC_SIB_RECEIVED: handled(D.sib_received_drawn, f"{figure} (4)"),
            s.TXC_BSNR_AND_BIBR: handled(D.bsnr_and_bibr_drawn, f"{figure} (5)"),
            s.TXC_FLUSH_BUFFERS: handled(D.flush_buffers_txc, f"{figure} (6)"),
            s.TXC_RETRIEVAL_REQUEST: handled(D.retrieval_request_and_fsnc, f"{figure} (6)"),
            s.TXC_MESSAGE_FOR_TRANSMISSION: handled(D.message_for_transmission, f"{figure} (1)"),
            s.TXC_TRANSMISSION_REQUEST: handled(D.transmission_request_drawn, f"{figure} (1)"),
            s.TXC_T6_EXPIRED: handled(D.t6_expired, f"{figure} (4)"),
            s.TXC_T7_EXPIRED: handled(D.t7_expired, f"{figure} (4)"),
            s.TXC_FSNX_VALUE: handled(D.fsnx_value, f"{figure} (4)"),
            s.TXC_NACK_TO_BE_SENT: handled(D.nack_to_be_sent, f"{figure} (4)"),
        },
    }


def _rc_table(figure: str, signal_unit: Cell) -> dict[int, dict[int, Cell]]:
    idle = dict.fromkeys(s.RC_INPUTS, ignored(f"{figure}: idle until alignment starts"))
    idle[s.RC_START] = handled(D.start_rc, f"{figure} (1)", s.RC_IN_SERVICE)
    idle[s.RC_STOP] = ignored(f"{figure}: stopped already")
    idle[s.RC_RETRIEVE_BSNT] = handled(D.retrieve_bsnt_rc, f"{figure} (1)")
    return {
        s.RC_IDLE: idle,
        s.RC_IN_SERVICE: {
            s.RC_START: ignored(f"{figure}: started already"),
            s.RC_STOP: handled(D.stop_rc, f"{figure} (2)", s.RC_IDLE),
            s.RC_ACCEPT_MSU_FISU: handled(D.accept_msu_fisu, f"{figure} (6)"),
            s.RC_REJECT_MSU_FISU: handled(D.reject_msu_fisu, f"{figure} (6)"),
            s.RC_RETRIEVE_FSNX: handled(D.retrieve_fsnx, f"{figure} (6)"),
            s.RC_RETRIEVE_BSNT: handled(D.retrieve_bsnt_rc, f"{figure} (6)"),
            s.RC_CONGESTION_ACCEPT: handled(D.congestion_accept_rc, f"{figure} (6)"),
            s.RC_CONGESTION_DISCARD: handled(D.congestion_discard_rc, f"{figure} (6)"),
            s.RC_NO_CONGESTION: handled(D.no_congestion_rc, f"{figure} (6)"),
            s.RC_SIGNAL_UNIT: signal_unit,
            s.RC_STATUS_UNIT: handled(D.status_unit, f"{figure} (2)"),
        },
    }


_MONITOR: Final = "Figure 17: only a monitor at rest changes its threshold"

_AERM_TABLE: Final[dict[int, dict[int, Cell]]] = {
    s.AERM_IDLE: {
        s.AERM_START: handled(D.start_aerm, "Figure 17", s.AERM_MONITORING),
        s.AERM_STOP: handled(D.stop_aerm, "Figure 17", s.AERM_IDLE),
        s.AERM_SET_TI_TO_TIN: handled(D.set_ti_to_tin, "Figure 17"),
        s.AERM_SET_TI_TO_TIE: handled(D.set_ti_to_tie, "Figure 17"),
        s.AERM_SU_IN_ERROR: ignored("Figure 17: not monitoring"),
        s.AERM_CORRECT_SU: handled(D.correct_su_aerm, "Figure 17"),
    },
    s.AERM_MONITORING: {
        s.AERM_START: handled(D.start_aerm, "Figure 17", s.AERM_MONITORING),
        s.AERM_STOP: handled(D.stop_aerm, "Figure 17", s.AERM_IDLE),
        s.AERM_SET_TI_TO_TIN: ignored(_MONITOR),
        s.AERM_SET_TI_TO_TIE: ignored(_MONITOR),
        s.AERM_SU_IN_ERROR: handled(
            D.su_in_error_aerm, "Figure 17", s.AERM_MONITORING, s.AERM_IDLE
        ),
        s.AERM_CORRECT_SU: ignored("Figure 17: nothing was aborted"),
    },
}

_COUNTED: Final = "Figure 18: Ns is counters.rx_units, made up when the next error comes"

_SUERM_TABLE: Final[dict[int, dict[int, Cell]]] = {
    s.SUERM_IDLE: {
        s.SUERM_START: handled(D.start_suerm, "Figure 18", s.SUERM_IN_SERVICE),
        s.SUERM_STOP: ignored("Figure 18: stopped already"),
        s.SUERM_SU_IN_ERROR: ignored("Figure 18: not in service"),
        s.SUERM_CORRECT_SU: ignored("Figure 18: not in service"),
        s.SUERM_T8_EXPIRED: ignored("A.10: T8 belongs to the errored interval monitor"),
    },
    s.SUERM_IN_SERVICE: {
        s.SUERM_START: ignored("Figure 18: started already"),
        s.SUERM_STOP: handled(D.stop_suerm, "Figure 18", s.SUERM_IDLE),
        s.SUERM_SU_IN_ERROR: handled(
            D.su_in_error_suerm, "Figure 18", s.SUERM_IN_SERVICE, s.SUERM_IDLE
        ),
        s.SUERM_CORRECT_SU: ignored(_COUNTED),
        s.SUERM_T8_EXPIRED: ignored("A.10: T8 belongs to the errored interval monitor"),
    },
}

_EIM_TABLE: Final[dict[int, dict[int, Cell]]] = {
    s.SUERM_IDLE: {
        s.SUERM_START: handled(D.start_eim, "A.10", s.SUERM_IN_SERVICE),
        s.SUERM_STOP: ignored("A.10: stopped already"),
        s.SUERM_SU_IN_ERROR: ignored("A.10: not monitoring"),
        s.SUERM_CORRECT_SU: ignored("A.10: not monitoring"),
        s.SUERM_T8_EXPIRED: ignored("A.10: T8 does not run"),
    },
    s.SUERM_IN_SERVICE: {
        s.SUERM_START: ignored("A.10: started already"),
        s.SUERM_STOP: handled(D.stop_eim, "A.10", s.SUERM_IDLE),
        s.SUERM_SU_IN_ERROR: handled(D.su_in_error_eim, "A.10"),
        s.SUERM_CORRECT_SU: ignored("A.10: counted by counters.rx_units"),
        s.SUERM_T8_EXPIRED: handled(D.t8_expired, "A.10", s.SUERM_IN_SERVICE, s.SUERM_IDLE),
    },
}

_CC_TABLE: Final[dict[int, dict[int, Cell]]] = {
    s.CC_NORMAL: {
        s.CC_INPUT_BUSY: handled(D.busy_cc, "Figure 19", s.CC_BUSY),
        s.CC_INPUT_NORMAL: ignored("Figure 19: normal already"),
        s.CC_STOP: ignored("Figure 19: T5 does not run"),
        s.CC_T5_EXPIRED: ignored("Figure 19: T5 does not run"),
    },
    s.CC_BUSY: {
        s.CC_INPUT_BUSY: ignored("Figure 19: SIB goes out with T5 already"),
        s.CC_INPUT_NORMAL: handled(D.normal_cc, "Figure 19", s.CC_NORMAL),
        s.CC_STOP: handled(D.normal_cc, "Figure 19", s.CC_NORMAL),
        s.CC_T5_EXPIRED: handled(D.t5_expired, "Figure 19", s.CC_BUSY),
    },
}

LSC_MACHINE: Final = Machine("LSC", s.LSC_STATES, s.LSC_INPUTS, _LSC_TABLE)
IAC_MACHINE: Final = Machine("IAC", s.IAC_STATES, s.IAC_INPUTS, _IAC_TABLE)
POC_MACHINE: Final = Machine("POC", s.POC_STATES, s.POC_INPUTS, _POC_TABLE)
TXC_BASIC: Final = Machine("TXC", s.TXC_STATES, s.TXC_INPUTS, _txc_table("Figure 13"))
TXC_PCR: Final = Machine("TXC (PCR)", s.TXC_STATES, s.TXC_INPUTS, _txc_table("Figure 15"))
RC_BASIC: Final = Machine(
    "RC",
    s.RC_STATES,
    s.RC_INPUTS,
    _rc_table("Figure 14", handled(D.signal_unit_basic, "Figure 14 (2 to 5)", 1, 0)),
)
RC_PCR: Final = Machine(
    "RC (PCR)",
    s.RC_STATES,
    s.RC_INPUTS,
    _rc_table("Figure 16", handled(D.signal_unit_pcr, "Figure 16 (2 to 4)", 1, 0)),
)
AERM_MACHINE: Final = Machine("AERM", s.AERM_STATES, s.AERM_INPUTS, _AERM_TABLE)
SUERM_MACHINE: Final = Machine("SUERM", s.SUERM_STATES, s.SUERM_INPUTS, _SUERM_TABLE)
EIM_MACHINE: Final = Machine("EIM", s.SUERM_STATES, s.SUERM_INPUTS, _EIM_TABLE)
CC_MACHINE: Final = Machine("CC", s.CC_STATES, s.CC_INPUTS, _CC_TABLE)

MACHINES: Final = (
    LSC_MACHINE,
    IAC_MACHINE,
    POC_MACHINE,
    TXC_BASIC,
    TXC_PCR,
    RC_BASIC,
    RC_PCR,
    AERM_MACHINE,
    SUERM_MACHINE,
    EIM_MACHINE,
    CC_MACHINE,
)
"""All that Q.703 draws, for the tests and the docs."""
