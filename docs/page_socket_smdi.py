"""Words for fields of the socket's methods and events of message desk links without a docstring."""

from __future__ import annotations

from typing import Final

GLOSSES: Final = {
    "SetMessageWaiting.on": "true: messages wait",
    "MessageWaiting.limit": "at most so many",
    "SendCallHistory.terminal": "the line of the desk that the call is said to be on",
    "SmdiList.links": "the links",
    "SmdiInfo.port": "as configured",
    "SmdiInfo.up": "the port is open, and the far end heard where it must be",
    "SmdiInfo.reason": "why it is up or down",
    "SmdiInfo.counters": "what it [counted](metrics.md#counters-of-message-desk-links)",
    "StationList.stations": "a row each station, by number",
    "StationInfo.number": "the station",
    "StationInfo.on": "true: messages wait",
    "StationInfo.why": "why it is blocked or failed",
    "smdi": "name of the link",
    "SmdiMessage.sent": "true: from us to the far end",
    "SmdiChanged.up": "true: it came up",
    "SmdiChanged.reason": "why, in words",
    "SmdiUnmatched.why": "which of them",
    "SmdiUnmatched.desk": "number of the message desk",
    "SmdiUnmatched.terminal": "and of its line",
    "SmdiUnmatched.redirecting": "who forwarded the call; empty: nobody",
    "SmdiUnmatched.redirect_reason": "as of [Offered](#offered)",
    "Delivered.redirect_reason": "as of [Offered](#offered)",
    "Delivered.original_called": "as of [Offered](#offered)",
    "MessageWaitingChanged.number": "the station",
    "MessageWaitingChanged.on": "true: messages wait",
    "MessageWaitingChanged.state": "which of them",
    "MessageWaitingRequested.number": "the number",
    "MessageWaitingRequested.on": "true: messages wait",
}
