"""Q.921 Annex B as a table: state x input -> method, figure, next states. No cell is empty.

Figures B-1 to B-3 (states 1 to 3, no TEI) and the primitives MDL-ASSIGN, MDL-REMOVE and MDL-ERROR
RESPONSE serve TEI assignment; a link with a fixed TEI has neither.
"""

from __future__ import annotations

from typing import Final

from ..fsm import Cell, Machine, error, handled, ignored
from .q921_procedures import (
    AWAITING_ESTABLISHMENT,
    AWAITING_RELEASE,
    MULTIPLE_FRAME_ESTABLISHED,
    TEI_ASSIGNED,
    TIMER_RECOVERY,
)
from .q921_states import Drawings

# Received frames have their frame type as input number; 11 to 14 are the errors L to O.
IN_I: Final = 0
IN_RR: Final = 1
IN_RNR: Final = 2
IN_REJ: Final = 3
IN_SABME: Final = 4
IN_DM: Final = 5
IN_UI: Final = 6
IN_DISC: Final = 7
IN_UA: Final = 8
IN_FRMR: Final = 9
IN_XID: Final = 10
IN_ERROR_L: Final = 11
IN_ERROR_M: Final = 12
IN_ERROR_N: Final = 13
IN_ERROR_O: Final = 14
DL_ESTABLISH_REQUEST: Final = 15
DL_RELEASE_REQUEST: Final = 16
DL_DATA_REQUEST: Final = 17
DL_UNIT_DATA_REQUEST: Final = 18
I_FRAME_QUEUED_UP: Final = 19
ACKNOWLEDGE_PENDING: Final = 20
T200_EXPIRY: Final = 21
T203_EXPIRY: Final = 22
SET_OWN_RECEIVER_BUSY: Final = 23
CLEAR_OWN_RECEIVER_BUSY: Final = 24
PERSISTENT_DEACTIVATION: Final = 25
PH_ACTIVATE: Final = 26

STATES: Final = {
    TEI_ASSIGNED: "4 TEI assigned",
    AWAITING_ESTABLISHMENT: "5 Awaiting establishment",
    AWAITING_RELEASE: "6 Awaiting release",
    MULTIPLE_FRAME_ESTABLISHED: "7 Multiple frame established",
    TIMER_RECOVERY: "8 Timer recovery",
}

INPUTS: Final = {
    DL_ESTABLISH_REQUEST: "DL-ESTABLISH REQUEST",
    DL_RELEASE_REQUEST: "DL-RELEASE REQUEST",
    DL_DATA_REQUEST: "DL-DATA REQUEST",
    I_FRAME_QUEUED_UP: "I frame queued up",
    T200_EXPIRY: "T200 expiry",
    T203_EXPIRY: "T203 expiry",
    PERSISTENT_DEACTIVATION: "persistent deactivation",
    PH_ACTIVATE: "PH-ACTIVATE INDICATION",
    IN_SABME: "SABME",
    IN_DISC: "DISC",
    IN_UA: "UA",
    IN_DM: "DM",
    SET_OWN_RECEIVER_BUSY: "set own receiver busy",
    CLEAR_OWN_RECEIVER_BUSY: "clear own receiver busy",
    IN_RR: "RR",
    IN_REJ: "REJ",
    IN_RNR: "RNR",
    IN_FRMR: "FRMR",
    IN_I: "I",
    ACKNOWLEDGE_PENDING: "acknowledge pending",
    DL_UNIT_DATA_REQUEST: "DL-UNIT DATA REQUEST",
    IN_UI: "UI",
    IN_XID: "XID",
    IN_ERROR_L: "control field error (L)",
    IN_ERROR_M: "information not permitted (M)",
    IN_ERROR_N: "incorrect length (N)",
    IN_ERROR_O: "information field too long (O)",
}

_XID = "5.4, Appendix IV: who gets no XID response keeps the default values"
_QUIET = "B.5: not drawn, the timer does not run in this state"
_BUSY = "5.6.6: a busy condition belongs to an established link; establishing clears it"
_ACTIVE = "4.1.1: layer 3 asks for the link again, Q.931 5.8.9"
_DISCARD_4 = "5.5.4: all other frame types are discarded in the TEI-assigned state"
_DISCARD_5 = "5.5.1.2: frames other than SABME, DISC, UA, DM and UI are ignored until established"
_DISCARD_6 = "5.5.3.2: frames other than SABME, DISC, UA, DM and UI are ignored until released"


def _all_states() -> dict[int, Cell]:
    """Figure B-9 (1 of 5)."""
    return {
        DL_UNIT_DATA_REQUEST: handled(Drawings.dl_unit_data_request, "B-9 (1 of 5)"),
        IN_UI: handled(Drawings.ui, "B-9 (1 of 5)"),
        IN_XID: ignored(_XID),
        PH_ACTIVATE: ignored(_ACTIVE),
    }


def _not_established(clause: str) -> dict[int, Cell]:
    """Figure B-9 (3 of 5), and what states 4 to 6 do not draw."""
    return {
        **_all_states(),
        IN_ERROR_L: error(Drawings.frame_error_l_4_5_6, "B-9 (3 of 5)"),
        IN_ERROR_M: error(Drawings.frame_error_m_4_5_6, "B-9 (3 of 5)"),
        IN_ERROR_N: error(Drawings.frame_error_n_4_5_6, "B-9 (3 of 5)"),
        IN_ERROR_O: error(Drawings.frame_error_o_4_5_6, "B-9 (3 of 5)"),
        IN_I: ignored(clause),
        IN_RR: ignored(clause),
        IN_REJ: ignored(clause),
        IN_RNR: ignored(clause),
        IN_FRMR: ignored(clause),
        T203_EXPIRY: ignored(_QUIET),
        SET_OWN_RECEIVER_BUSY: ignored(_BUSY),
        CLEAR_OWN_RECEIVER_BUSY: ignored(_BUSY),
        ACKNOWLEDGE_PENDING: ignored("B.5: nothing received is to be acknowledged here"),
    }


def _established(figure: str) -> dict[int, Cell]:
    """What Figures B-7 and B-8 draw alike, and B-9 (2 of 5)."""
    error_next = (AWAITING_ESTABLISHMENT,)
    return {
        **_all_states(),
        DL_ESTABLISH_REQUEST: handled(
            Drawings.dl_establish_request_7_8, f"{figure} (1)", AWAITING_ESTABLISHMENT
        ),
        DL_RELEASE_REQUEST: handled(
            Drawings.dl_release_request_7_8, f"{figure} (1)", AWAITING_RELEASE
        ),
        DL_DATA_REQUEST: handled(Drawings.dl_data_request_7_8, f"{figure} (1)"),
        PERSISTENT_DEACTIVATION: handled(
            Drawings.persistent_deactivation_5_7_8, f"{figure} (2)", TEI_ASSIGNED
        ),
        IN_SABME: handled(Drawings.sabme_7_8, f"{figure} (3)", MULTIPLE_FRAME_ESTABLISHED),
        IN_DISC: handled(Drawings.disc_7_8, f"{figure} (3)", TEI_ASSIGNED),
        IN_UA: error(Drawings.ua_4_7_8, f"{figure} (3)"),
        SET_OWN_RECEIVER_BUSY: handled(Drawings.set_own_receiver_busy_7_8, f"{figure} (4)"),
        CLEAR_OWN_RECEIVER_BUSY: handled(Drawings.clear_own_receiver_busy_7_8, f"{figure} (4)"),
        IN_FRMR: error(Drawings.frmr_7_8, f"{figure}, 5.8.6", AWAITING_ESTABLISHMENT),
        ACKNOWLEDGE_PENDING: handled(Drawings.acknowledge_pending_7_8, f"{figure} (last)"),
        IN_ERROR_L: error(Drawings.frame_error_l_7_8, "B-9 (2 of 5)", *error_next),
        IN_ERROR_M: error(Drawings.frame_error_m_7_8, "B-9 (2 of 5)", *error_next),
        IN_ERROR_N: error(Drawings.frame_error_n_7_8, "B-9 (2 of 5)", *error_next),
        IN_ERROR_O: error(Drawings.frame_error_o_7_8, "B-9 (2 of 5)", *error_next),
    }


_S4: Final = TEI_ASSIGNED
_S5: Final = AWAITING_ESTABLISHMENT
_S6: Final = AWAITING_RELEASE
_S7: Final = MULTIPLE_FRAME_ESTABLISHED
_S8: Final = TIMER_RECOVERY

_TABLE: Final[dict[int, dict[int, Cell]]] = {
    _S4: {
        **_not_established(_DISCARD_4),
        DL_ESTABLISH_REQUEST: handled(Drawings.dl_establish_request_4, "B-4 (1 of 2)", _S5),
        DL_RELEASE_REQUEST: handled(Drawings.dl_release_request_4, "B-4 (1 of 2)"),
        DL_DATA_REQUEST: error(Drawings.refuse_data, "Figure 8/Q.921"),
        I_FRAME_QUEUED_UP: ignored("B.4: the I queue is empty without a link"),
        T200_EXPIRY: ignored(_QUIET),
        PERSISTENT_DEACTIVATION: ignored("B-4 (1 of 2)"),
        IN_SABME: handled(Drawings.sabme_4, "B-4 (1 of 2)", _S4, _S7),
        IN_DISC: handled(Drawings.disc_4_5, "B-4 (1 of 2)"),
        IN_UA: error(Drawings.ua_4_7_8, "B-4 (2 of 2)"),
        IN_DM: handled(Drawings.dm_4, "B-4 (2 of 2)", _S4, _S5),
    },
    _S5: {
        **_not_established(_DISCARD_5),
        DL_ESTABLISH_REQUEST: handled(Drawings.dl_establish_request_5, "B-5 (1 of 3)"),
        DL_RELEASE_REQUEST: handled(Drawings.save, "B-5 (1 of 3), 5.5.1"),
        DL_DATA_REQUEST: handled(Drawings.dl_data_request_5, "B-5 (3 of 3)"),
        I_FRAME_QUEUED_UP: ignored("B-5 (3 of 3): stays in the I queue"),
        T200_EXPIRY: handled(Drawings.t200_expiry_5, "B-5 (3 of 3)", _S4, _S5),
        PERSISTENT_DEACTIVATION: handled(
            Drawings.persistent_deactivation_5_7_8, "B-5 (1 of 3)", _S4
        ),
        IN_SABME: handled(Drawings.sabme_5, "B-5 (2 of 3)"),
        IN_DISC: handled(Drawings.disc_4_5, "B-5 (2 of 3), 5.5.5.2"),
        IN_UA: handled(Drawings.ua_5, "B-5 (2 of 3)", _S5, _S7),
        IN_DM: handled(Drawings.dm_5, "B-5 (2 of 3)", _S4, _S5),
    },
    _S6: {
        **_not_established(_DISCARD_6),
        DL_ESTABLISH_REQUEST: handled(Drawings.save, "B-6 (1 of 2), 5.5.3"),
        DL_RELEASE_REQUEST: handled(Drawings.dl_release_request_6, "Figure 8/Q.921"),
        DL_DATA_REQUEST: error(Drawings.refuse_data, "Figure 8/Q.921"),
        I_FRAME_QUEUED_UP: ignored("B.4: the I queue was discarded"),
        T200_EXPIRY: handled(Drawings.t200_expiry_6, "B-6 (2 of 2)", _S4, _S6),
        PERSISTENT_DEACTIVATION: handled(Drawings.persistent_deactivation_6, "B-6 (1 of 2)", _S4),
        IN_SABME: handled(Drawings.sabme_6, "B-6 (1 of 2), 5.5.5.2"),
        IN_DISC: handled(Drawings.disc_6, "B-6 (1 of 2)"),
        IN_UA: handled(Drawings.ua_6, "B-6 (1 of 2)", _S4, _S6),
        IN_DM: handled(Drawings.dm_6, "B-6 (2 of 2)", _S4, _S6),
    },
    _S7: {
        **_established("B-7"),
        I_FRAME_QUEUED_UP: handled(Drawings.i_frame_queued_up_7, "B-7 (1 of 10)"),
        T200_EXPIRY: handled(Drawings.t200_expiry_7, "B-7 (2 of 10)", _S8),
        T203_EXPIRY: handled(Drawings.t203_expiry_7, "B-7 (2 of 10)", _S8),
        IN_DM: error(Drawings.dm_7, "B-7 (4 of 10)", _S5, _S7),
        IN_RR: handled(Drawings.rr_7, "B-7 (5, 6 of 10)", _S5, _S7),
        IN_REJ: handled(Drawings.rej_7, "B-7 (5, 6 of 10)", _S5, _S7),
        IN_RNR: handled(Drawings.rnr_7, "B-7 (7 of 10)", _S5, _S7),
        IN_I: handled(Drawings.i_7, "B-7 (8, 9 of 10)", _S5, _S7),
    },
    _S8: {
        **_established("B-8"),
        I_FRAME_QUEUED_UP: ignored("B-8 (1 of 9): stays in the I queue"),
        T200_EXPIRY: handled(Drawings.t200_expiry_8, "B-8 (2 of 9)", _S5, _S8),
        T203_EXPIRY: ignored(_QUIET),
        IN_DM: error(Drawings.dm_8, "B-8 (4 of 9)", _S5),
        IN_RR: handled(Drawings.rr_rej_8, "B-8 (5 of 9)", _S5, _S7, _S8),
        IN_REJ: handled(Drawings.rr_rej_8, "B-8 (5 of 9)", _S5, _S7, _S8),
        IN_RNR: handled(Drawings.rnr_8, "B-8 (6 of 9)", _S5, _S7, _S8),
        IN_I: handled(Drawings.i_8, "B-8 (7, 8 of 9)", _S5, _S8),
    },
}

Q921: Final = Machine("Q.921", STATES, INPUTS, _TABLE)
"""The data link's machine (Annex B)."""
