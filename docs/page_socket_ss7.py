"""Words for fields of the socket's SS7 methods and events that have no docstring of their own."""

from __future__ import annotations

from typing import Final

GLOSSES: Final = {
    "Ss7Links.point": "name of the signalling point; empty: all",
    "Ss7Circuits.trunk": "name of the trunk; empty: all of SS7",
    "Ss7LinkList.now": "when this was so",
    "action": "what is to be done, or was done",
    "adjacent": "point code at the far end",
    "available": "true: traffic may use it",
    "cic": "circuit identification code",
    "circuit": "circuit identification code",
    "circuits": "the circuits",
    "clause": "the clause of the Recommendation that was broken",
    "Ss7LinkInfo.counters": "what HDLC and levels 2 and 3"
    " [counted](metrics.md#counters-of-an-ss7-link)",
    "destination": "a point code",
    "hardware": "for a hardware failure, not for maintenance",
    "SignallingFault.kind": "what sort of fault",
    "inhibited_here": "management of ours keeps traffic off it",
    "inhibited_there": "the far end's management does",
    "level": "congestion level",
    "link": "name of the link, `linkset/slc`",
    "linkset": "name of the linkset",
    "Ss7LinksetInfo.links": "how many links it has",
    "Ss7LinkList.links": "the links",
    "linksets": "the linksets",
    "load_out": "the same of messages to it",
    "point": "name of the signalling point",
    "point_code": "our point code",
    "reachable": "true: it can be reached",
    "routes": "the routes",
    "slc": "signalling link code",
    "state": "which state",
    "since": "since when",
    "congestion": "congestion level, 0 to 3",
    "timeslot": "the timeslot",
    "testing": "circuits whose continuity is being checked",
    "ChannelInfo.span": "span of the channel",
    "pulses": "of the charge meter",
    "ok": "true: it went as it should",
    "category": "calling party's category, as in Offered",
    "redirecting": "who diverted the call here",
    "signal": "which signal",
    "SignallingFault.text": "what it did, in words",
}
