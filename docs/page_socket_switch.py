"""Words of docs/socket.md for plain fields of calls of several connections."""

from __future__ import annotations

from typing import Final

GLOSSES: Final = {
    "Transferred.connections": "who is in the call now; empty: a telephone did it",
    "ConnectionList.connections": "all of them, the one asked for first",
    "linkage": "callId of the first connection that this comes from",
    "SingleStepConferenceCall.coached": "whom a coach speaks to",
    "JoinCalls.coached": "whom a coach speaks to",
    "account_code": "account code, up to 32 letters, digits and * # . _ -",
    "user_data": "data of the application's, hexadecimal",
    "correlator": "names the matter for all systems, hexadecimal",
    "ForwardingInfo.after": "seconds that it rings first, with noAnswer",
    "ForwardingInfo.device": "whose calls go elsewhere",
    "to": "number, device or orbit that it goes to",
    "to_device": "device by which that is called",
    "forwardings": "all that is set",
    "orbit": "where it waits",
    "parked": "all that wait",
    "timeout": "seconds until it comes back; 0: it does not",
    "PredictiveResult.decided": "when the result was known",
    "PredictiveResult.dialled": "when it was placed",
    "ForwardingInfo.type": "immediate, busy, noAnswer or dnd",
    "MonitorCall.other": "a connection that is there and is to listen",
    "CoachCall.other": "a connection that is there and is to speak",
    "IntrudeCall.other": "a connection that is there and is to take part",
    "machine": "an answering machine answered: what becomes of the call",
    "fax": "a fax or a modem answered",
    "abandoned": "persons for whom no agent was there in time",
    "PredictionsInfo.connected": "persons who got an agent",
    "PredictiveConnected.agent": "callId of the agent's connection",
    "confidence": "of the analysis, 0 to 1",
    "SingleStepConferenceCall.other": "a connection that is there and is to take part",
    "SingleStepConferenceCall.role": "as of joinCalls",
}
