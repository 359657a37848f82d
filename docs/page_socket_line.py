"""Words for fields of the socket's methods and events of lines that have no docstring."""

from __future__ import annotations

from typing import Final

GLOSSES: Final = {
    "SetMessageWaitingIndicator.on": "true: messages wait",
    "SendMetering.pulses": "how many",
    "Lines.trunk": "name of the trunk; empty: all that have lines",
    "LineList.lines": "the lines",
    "LineInfo.trunk": "name of its trunk",
    "LineInfo.channel": "its number: of the port, or the timeslot",
    "LineInfo.span": "span that it is on",
    "LineInfo.call_id": "the call on it, 0: none",
    "LineDetail.line": "the line as `lines` shows it",
    "volts": "voltage between tip and ring",
    "milliamps": "current through the loop",
    "ring_volts": "ringing voltage, RMS",
    "ring_hz": "and its frequency",
    "RingLine.seconds": "how long",
    "LearnTone.seconds": "how long to listen",
    "CasBits.span": "span, as in `b0/1`",
    "CasBitsList.span": "the span",
    "CasBitsList.bits": "a row each timeslot that has bits",
    "CasBitsInfo.received": "ABCD received, bit 3 is A",
    "CasBitsInfo.trunk": "trunk that has the timeslot",
    "CallerIdentified.calling": "the caller's number, empty: withheld or not known",
    "CallerIdentified.name": "the caller's name, as text",
    "LineChanged.what": "which thing, in a few words",
    "LineChanged.text": "the rest",
    "LineChanged.channel": "the line's channel",
    "FdlReceived.span": "span that heard it",
    "secondary": "the other call",
}
