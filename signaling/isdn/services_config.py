"""The supplementary services of a primary rate trunk as rows: what the network is asked by, which
calls permit it, how long an answer is waited for."""

from __future__ import annotations

from typing import Final

from ...errors import ConfigError

_S: Final = 1_000_000_000

NONE: Final = "none"
EXPLICIT: Final = "explicit"
IMPLICIT: Final = "implicit"
TWO_B_CHANNEL: Final = "2bct"
RELEASE_LINK: Final = "rlt"
DEFLECTION: Final = "deflection"
REROUTEING: Final = "rerouting"


class TransferRow:
    """How two calls' far ends are joined by the network.

    ``alerting``: one that the user placed may still be alerting; else both must be answered.
    ``told``: the
    name that TransferAsked has for it. ``source``: the document; ``text`` is for people.
    """

    def __init__(self, name: str, text: str, alerting: bool, told: str, source: str) -> None:
        self.name: Final = name
        self.text: Final = text
        self.alerting: Final = alerting
        self.told: Final = told
        self.source: Final = source


class DeflectionRow:
    """How an offered call is sent elsewhere by the network."""

    def __init__(self, name: str, text: str, source: str) -> None:
        self.name: Final = name
        self.text: Final = text
        self.source: Final = source


TRANSFERS: Final = {
    row.name: row
    for row in (
        TransferRow(NONE, "no transfer by the network", False, "", ""),
        TransferRow(
            EXPLICIT, "ECT with explicit linkage", True, "explicit ect", "EN 300 369-1 9.2"
        ),
        TransferRow(
            IMPLICIT, "ECT with implicit linkage: HOLD, EctExecute", True, "ect", "EN 300 369-1 9.2"
        ),
        # Which calls it takes: Dialogic's ISDN Software Reference, which quotes GR-2865 issue 2.
        TransferRow(TWO_B_CHANNEL, "two B-channel transfer", True, "2bct", "GR-2865-CORE"),
        TransferRow(
            RELEASE_LINK,
            "release link trunk: each SETUP of ours asks for a call identifier",
            False,
            "rlt",
            "NIS-A211-1",
        ),
    )
}

DEFLECTIONS: Final = {
    row.name: row
    for row in (
        DeflectionRow(NONE, "no deflection by the network", ""),
        DeflectionRow(
            DEFLECTION, "CallDeflection (coincident S and T reference point)", "EN 300 207-1 9.2.5"
        ),
        DeflectionRow(REROUTEING, "CallRerouteing (T reference point)", "EN 300 207-1 10"),
    )
}


class ServiceTimer:
    """A timer of the services, ns. The durations of EN 300 369-1 clause 13 and EN 300 207-1 clause
    13 could not be verified; those of Q.932 are its own."""

    def __init__(self, name: str, duration: int, clause: str, text: str) -> None:
        self.name: Final = name
        self.duration: Final = duration
        self.clause: Final = clause
        self.text: Final = text


T_HOLD: Final = ServiceTimer("T-HOLD", 4 * _S, "Q.932 6.2", "answer to HOLD")
T_RETRIEVE: Final = ServiceTimer("T-RETRIEVE", 4 * _S, "Q.932 6.2", "answer to RETRIEVE")
T_LINK: Final = ServiceTimer("T-LINK", 10 * _S, "EN 300 369-1 13", "answer to EctLinkIdRequest")
T_ECT: Final = ServiceTimer("T-ECT", 15 * _S, "EN 300 369-1 13", "answer to the transfer")
# The network's T310 (10 s) runs meanwhile, where the call does not alert yet.
T_DIVERSION: Final = ServiceTimer(
    "T-DIVERSION", 8 * _S, "EN 300 207-1 13", "answer to the deflection"
)
T_CLEARING: Final = ServiceTimer(
    "T-CLEARING", 5 * _S, "EN 300 369-1 9.2", "the network clears what it took over"
)
T_GRANT: Final = ServiceTimer("T-GRANT", 6 * _S, "ours", "the application's answer")
SERVICE_TIMERS: Final = (T_HOLD, T_RETRIEVE, T_LINK, T_ECT, T_DIVERSION, T_CLEARING, T_GRANT)


def checked_transfer(given: str, usual: str) -> str:
    """``transfer`` of PriConfig, "" for the variant's own."""
    if given and given not in TRANSFERS:
        raise ConfigError(f"transfer is {given!r}; give one of {', '.join(TRANSFERS)}")
    return given or usual


def checked_deflection(given: str, usual: str) -> str:
    """``deflection`` of PriConfig, "" for the variant's own."""
    if given and given not in DEFLECTIONS:
        raise ConfigError(f"deflection is {given!r}; give one of {', '.join(DEFLECTIONS)}")
    return given or usual
