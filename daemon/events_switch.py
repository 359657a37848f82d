"""What clients are told of diversions, data with a call and predictive calls (ECMA-269)."""

from __future__ import annotations

from typing import Final, Literal

from .events_base import CallEvent

CAUSES: Final = frozenset(
    {
        "aCDBusy",
        "activeParticipation",
        "alternate",
        "blocked",
        "busy",
        "callBack",
        "callCancelled",
        "callForward",
        "callForwardBusy",
        "callForwardImmediate",
        "callForwardNoAnswer",
        "callNotAnswered",
        "callPickup",
        "campOn",
        "conference",
        "consultation",
        "destNotObtainable",
        "destOutOfOrder",
        "doNotDisturb",
        "incompatibleDestination",
        "intrude",
        "invalidNumberFormat",
        "joinCall",
        "keyOperation",
        "makeCall",
        "makePredictiveCall",
        "networkCongestion",
        "networkNotObtainable",
        "networkOutOfOrder",
        "networkSignal",
        "newCall",
        "noAvailableAgents",
        "normal",
        "normalClearing",
        "notAvailableBearerService",
        "notSupportedBearerService",
        "numberChanged",
        "numberUnallocated",
        "overflow",
        "park",
        "recall",
        "recallBusy",
        "recallNoAnswer",
        "recallResourcesNotAvailable",
        "redirected",
        "resourcesNotAvailable",
        "selectedTrunkBusy",
        "silentParticipation",
        "singleStepConference",
        "singleStepTransfer",
        "suspend",
        "timeout",
        "transfer",
        "trunksBusy",
        "unauthorisedBearerService",
    }
)
"""Event causes of ECMA-269 that events here may carry, as ECMA-285 spells them (its
``notAvaliableBearerService`` with the letters put right)."""


class Diverted(CallEvent):
    """The call leaves a device for another one: by deflectCall, forwarding, park, its recall, or a
    pickup."""

    cause: str
    """redirected (deflectCall), callForwardImmediate, callForwardBusy, callForwardNoAnswer,
    doNotDisturb, park, recall, recallNoAnswer, callPickup."""
    diverting: str
    """The device or orbit that it leaves."""
    to: str
    """Number, device or ``orbit/N`` that it goes to."""
    new_call: int = 0
    """Connection to the new destination; 0: none, or this one itself."""
    by: str = "switch"
    """Who takes it there: "switch": this daemon; "network": the network, so that the connection
    here is over and its channel free."""


class NetworkRefused(CallEvent):
    """The network was asked to transfer or deflect a call and did not: a refusal, no answer in
    time, or the call ended before. Or it was not asked in the end, since the call ended or the
    application gave it up. The calls are as they were, unless ``then`` says otherwise."""

    service: str
    """transfer, singleStepTransfer or deflection."""
    why: str
    """What the network said, or what happened."""
    secondary: int = 0
    """The other call of a transfer."""
    then: str = ""
    """"switch": our switch does it now (``by`` was "any"); empty: nobody does."""


class PartyChanged(CallEvent):
    """The network says that the far end was transferred: somebody else is there now."""

    number: str = ""
    """Empty: not said."""
    alerting: bool = False
    """He has not answered yet."""


class CallData(CallEvent):
    """The data with this connection's call is now this."""

    correlator: str = ""
    user_data: str = ""
    """Hexadecimal."""
    account_code: str = ""


Outcome = Literal[
    "person", "machine", "fax", "modem", "unknown", "busy", "congestion", "noAnswer", "failed"
]
Action = Literal["connect", "hand", "clear", "cleared", "wait"]


class PredictiveResult(CallEvent):
    """What became of a call by makePredictiveCall, and what is done about it. Times are ns since
    1970-01-01 UTC, 0 for what did not happen."""

    result: str
    """person, machine, fax, modem or unknown answered; or busy, congestion, noAnswer, failed."""
    action: str
    """connect: to ``agent``; wait: for an agent, who is called or becomes free; hand: the
    application has the call; clear: it is cleared; cleared: the far end did."""
    agent: int = 0
    """callId of the agent's connection."""
    dialled: int = 0
    delivered: int = 0
    answered: int = 0
    decided: int = 0
    confidence: float = 0.0
    cause: str = ""
    q850: int = 0


class PredictiveConnected(CallEvent):
    """A person who was called by makePredictiveCall speaks with an agent now."""

    agent: int
    waited: float
    """Seconds from the answer."""


class PredictiveAbandoned(CallEvent):
    """A person answered a call by makePredictiveCall and no agent was there in time."""

    waited: float
    """Seconds from the answer."""
    why: str
    """timeout: no agent in the time allowed; hungUp: the person did not wait; noAvailableAgents:
    the agent could not be called."""
