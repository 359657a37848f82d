"""Methods of the wire: listening to a call, predictive calls, data with a call."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from .methods_base import CallId, Digits, Done, Method, Params, Result
from .methods_media import Seconds
from .methods_switch import Destination, PlacedCall
from .methods_switch_data import AccountCode, Correlator, UserData

OnPerson = Literal["connect", "hand"]
OnOther = Literal["connect", "hand", "clear"]


class Watch(Destination, kw_only=True):
    """Base: who listens; ``other``, a connection that is there, or one that is placed."""

    call_id: CallId
    other: CallId | None = None


class MonitorCall(Watch, kw_only=True):
    """Listen to a call without being heard (silent monitor; ECMA-269 Single Step Conference with
    silent participation). Conferenced tells, with cause silentParticipation."""


class CoachCall(Watch, kw_only=True):
    """Listen to a call and speak to ``callId`` alone, whom the others do not hear told. Conferenced
    tells, with cause activeParticipation."""


class IntrudeCall(Watch, kw_only=True):
    """Take part in a call, heard by all (barge-in; ECMA-269 Intrude Call). Conferenced tells, with
    cause intrude."""


class MakePredictiveCall(Destination, kw_only=True):
    """Call somebody before an agent is there (ECMA-269 Make Predictive Call): what answers is found
    by its sound, and decides what becomes of the call. PredictiveResult tells; then
    PredictiveConnected or PredictiveAbandoned, where an agent was to be connected."""

    agents: list[CallId] = []
    """Waiting agents' connections: the first one that is free gets the call."""
    agent_called: Digits = ""
    """Or the agent, or the group of agents, is called when a person is there: this number …"""
    agent_device: str = ""
    """… by this device, as of makeCall."""
    person: OnPerson = "connect"
    """"hand": the application gets the call. Without any agent that is done anyhow."""
    machine: OnOther = "clear"
    fax: OnOther = "clear"
    unknown: OnOther = "connect"
    """Answered, and it cannot be told by what."""
    analyse: bool = True
    """False: whatever answers is taken for a person."""
    ring_time: Annotated[float, msgspec.Meta(ge=1, le=600)] = 30
    """Seconds of ringing after which it is given up: noAnswer."""
    abandon_time: Seconds = 2
    """So long after the verdict a person waits for an agent."""
    abandoned: Literal["clear", "hand"] = "clear"
    """What becomes of a person for whom no agent was there in time."""


class PredictionsInfo(Result):
    results: dict[str, int]
    """How often each result was told."""
    connected: int
    abandoned: int
    waiting: int
    """Calls that are dialled, analysed or wait for an agent now."""
    abandon_rate: float
    """Share of abandoned calls among those that a person answered and an agent was to get."""


class Predictions(Params):
    """What was counted of predictive calls since the daemon began."""


class SetCallData(Params):
    """Data that belongs to a call, whoever has it (ECMA-269 Associate Data): it is given to all
    connections of the same ``linkage``, over consultation and transfer, and is in their records.
    What is left out stays as it is. CallData tells."""

    call_id: CallId
    correlator: Correlator | None = None
    """correlatorData: up to 16 octets, hexadecimal."""
    user_data: UserData | None = None
    """Hexadecimal, up to 255 octets. It stays in this daemon; what goes to the far end is
    ``userUser``."""
    account_code: AccountCode | None = None


MORE_METHODS: Final[dict[str, Method]] = {
    "monitorCall": Method(MonitorCall, PlacedCall),
    "coachCall": Method(CoachCall, PlacedCall),
    "intrudeCall": Method(IntrudeCall, PlacedCall),
    "makePredictiveCall": Method(MakePredictiveCall, PlacedCall),
    "predictions": Method(Predictions, PredictionsInfo),
    "setCallData": Method(SetCallData, Done),
}
