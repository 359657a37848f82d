"""Words of docs/socket.md for plain fields of calls of several connections."""

from __future__ import annotations

from typing import Final

GLOSSES: Final = {
    "Transferred.connections": "who is in the call now; empty: a telephone did it",
    "ConnectionList.connections": "all of them, the one asked for first",
    "linkage": "callId of the first connection that this comes from",
    "SingleStepConferenceCall.coached": "whom a coach speaks to",
    "JoinCalls.coached": "whom a coach speaks to",
    "SingleStepConferenceCall.other": "a connection that is there and is to take part",
    "SingleStepConferenceCall.role": "as of joinCalls",
}
