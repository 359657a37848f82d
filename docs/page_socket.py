"""docs/socket.md: the daemon's socket, from methods.py, events.py, wire.py and a real run."""

from __future__ import annotations

import functools
from typing import Any, Final

import msgspec
from page_lab import Terminal, lab
from page_socket_words import BACK, GLOSSES, INTRO, LATE, SLOW
from page_tools import (
    GENERATED,
    Undocumented,
    attribute_docs,
    block,
    default_of,
    description,
    fields,
    json_text,
    md,
    named_docs,
    sentence,
    summary,
    table,
    type_text,
)

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import wire
from trunkd.signaling.isdn import causes

USED: Final[set[str]] = set()


def meaning(cls: type[msgspec.Struct], field: msgspec.inspect.Field) -> str:
    """What a field means: its docstring, the class's, its type's, or a gloss."""
    own = attribute_docs(cls).get(field.name) or named_docs(cls.__doc__).get(field.name)
    text = own or description(field.type)
    if text:
        return sentence(text)
    for key in (f"{cls.__name__}.{field.name}", field.name):
        if key in GLOSSES:
            USED.add(key)
            return sentence(GLOSSES[key])
    raise Undocumented(f"{cls.__module__}.{cls.__name__}.{field.name} has no docstring")


def link(cls: type) -> str:
    return f"[{cls.__name__}](#{cls.__name__.lower()})"


def fields_table(cls: type[msgspec.Struct], heading: str, skip: tuple[str, ...] = ()) -> str:
    rows = []
    for field in fields(cls):
        if field.name in skip:
            continue
        default = "required" if field.required else json_text(default_of(field)) or "none"
        kind = type_text(field.type, link)
        row = [f"`{field.encode_name}`", kind, meaning(cls, field)]
        rows.append(row if issubclass(cls, m.Result) else [*row[:2], default, row[2]])
    if not rows:
        return ""
    columns = [heading, "type", "meaning"]
    if not issubclass(cls, m.Result):
        columns.insert(2, "default")
    return "\n" + table(columns, rows)


GROUPS: Final = {
    "Session": ("hello", "setSession", "subscribe", "unsubscribe", "clients"),
    "Owners of calls": ("claimCall", "releaseCall", "handOverCall"),
    "Calls": (
        "makeCall",
        "acceptCall",
        "answerCall",
        "clearConnection",
        "sendDigits",
        "sendUserInformation",
        "notify",
        "progress",
    ),
    "Calls of several connections": (
        "holdCall",
        "retrieveCall",
        "consultationCall",
        "alternateCall",
        "reconnectCall",
        "conferenceCall",
        "transferCall",
        "singleStepConferenceCall",
        "singleStepTransferCall",
        "joinCalls",
        "partCall",
        "clearCall",
        "callConnections",
        "monitorCall",
        "coachCall",
        "intrudeCall",
    ),
    "Calls that go elsewhere": (
        "rejectCall",
        "deflectCall",
        "setForwarding",
        "forwardings",
        "parkCall",
        "retrieveParkedCall",
        "parkedCalls",
        "directedPickupCall",
        "groupPickupCall",
    ),
    "Predictive calls and data with a call": (
        "makePredictiveCall",
        "predictions",
        "setCallData",
    ),
    "Looking": (
        "calls",
        "snapshot",
        "snapshotCall",
        "snapshotDevice",
        "spans",
        "trunks",
        "channels",
        "status",
        "audit",
    ),
    "Playing and recording": (
        "playMessage",
        "recordMessage",
        "suspendMedia",
        "resumeMedia",
        "reposition",
        "setVoiceAttribute",
        "stopMedia",
        "playMusic",
        "stopMusic",
    ),
    "Digits and tones": (
        "generateDigits",
        "generateTone",
        "startDigitsCollection",
        "stopDigitsCollection",
    ),
    "Listening": (
        "startListening",
        "stopListening",
        "levels",
        "startCallProgressAnalysis",
        "stopCallProgressAnalysis",
        "setGain",
        "setEchoCanceller",
    ),
    "Conferences and connections": (
        "createConference",
        "joinConference",
        "leaveConference",
        "closeConference",
        "conferences",
        "connectCalls",
        "disconnectCalls",
    ),
    "Live audio and fax": ("openAudio", "closeAudio", "sendFax", "receiveFax", "stopFax"),
    "SS7": (
        "ss7Links",
        "ss7Linksets",
        "ss7Routes",
        "ss7Circuits",
        "ss7Link",
        "blockCircuits",
        "unblockCircuits",
        "queryCircuits",
        "resetCircuits",
        "testContinuity",
    ),
    "Routing": ("routeTest", "routes", "groups"),
    "Lines: R2, E&M, FXS, FXO": (
        "lines",
        "line",
        "testLine",
        "ringLine",
        "flashLine",
        "learnTone",
        "trainLine",
        "setMessageWaitingIndicator",
        "sendMetering",
        "casBits",
    ),
    "Message desk links (SMDI)": (
        "smdi",
        "setMessageWaiting",
        "messageWaiting",
        "sendCallHistory",
    ),
    "Maintenance": (
        "restartChannels",
        "switchDChannel",
        "setLoopback",
        "simCable",
        "traceStart",
        "traceStop",
        "shutdown",
    ),
}


def grouped() -> dict[str, list[str]]:
    """Methods by group; those that no group names come last."""
    known = {name for names in GROUPS.values() for name in names}
    made = {title: [n for n in names if n in m.METHODS] for title, names in GROUPS.items()}
    rest = [name for name in m.METHODS if name not in known]
    return {**made, "Others": rest} if rest else made


def method_text(name: str) -> str:
    method = m.METHODS[name]
    text = f"### {name}\n\n{md(method.summary)}\n"
    text += fields_table(method.params, "parameter")
    if not fields(method.params):
        text += "\nNo parameters."
    if method.result is m.Done:
        return text.rstrip() + "\n\nResult: `{}`.\n"
    shared = [n for n, other in m.METHODS.items() if other.result is method.result]
    if len(shared) > 1 or nested(method.result):
        return text.rstrip() + f"\n\nResult: {link(method.result)}.\n"
    return text.rstrip() + "\n\nResult:\n" + fields_table(method.result, "field")


@functools.cache
def nested_types() -> tuple[type[msgspec.Struct], ...]:
    """Structs inside parameters and results."""
    found: dict[type[msgspec.Struct], None] = {}

    def look(info: Any) -> None:
        if isinstance(info, msgspec.inspect.StructType):
            if info.cls not in found:
                found[info.cls] = None
                for field in info.fields:
                    look(field.type)
        elif isinstance(info, msgspec.inspect.ListType | msgspec.inspect.VarTupleType):
            look(info.item_type)
        elif isinstance(info, msgspec.inspect.UnionType):
            for each in info.types:
                look(each)

    for method in m.METHODS.values():
        for field in (*fields(method.params), *fields(method.result)):
            look(field.type)
    return tuple(found)


def nested(cls: type[msgspec.Struct]) -> bool:
    return cls in nested_types()


def types_text() -> str:
    shared = [
        method.result
        for name, method in m.METHODS.items()
        if method.result is not m.Done
        and [n for n, o in m.METHODS.items() if o.result is method.result] != [name]
    ]
    parts = []
    for cls in dict.fromkeys([*shared, *nested_types()]):
        doc = summary(cls) if cls.__doc__ and "__doc__" in vars(cls) else ""
        parts.append(
            f"### {cls.__name__}\n" + (f"\n{doc}\n" if doc else "") + fields_table(cls, "field")
        )
    return "\n".join(parts)


def events_text() -> str:
    parts = [
        "Every event has these fields; the tables below leave them out. A field that has its\n"
        "default is not sent.\n" + fields_table(ev.Event, "field")
    ]
    parts.append(
        "Events of calls also have:\n" + fields_table(ev.CallEvent, "field", ("seq", "time"))
    )
    for cls in ev.EVENTS:
        own = (
            ("seq", "time", "call_id", "device")
            if issubclass(cls, ev.CallEvent)
            else ("seq", "time")
        )
        parts.append(f"### {cls.__name__}\n\n{summary(cls)}\n" + fields_table(cls, "field", own))
    return "\n".join(parts)


def errors_text() -> str:
    rows = [(str(code), f"`{word}`", text) for code, (word, text) in wire.ERRORS.items()]
    return table(("code", "`data.error`", "meaning"), rows)


def causes_text() -> str:
    rows = [
        (str(value), name, f"`{ev.csta_cause(value)}`", tells) for value, name, tells in causes.ROWS
    ]
    return table(("`q850`", "name in Q.850", "`cause`", "it tells"), rows)


# Real runs


def request(id: int, method: str, params: m.Params | None = None) -> str:
    """A request as one would type it: only what differs from the defaults."""
    given = {}
    if params is not None:
        for field in fields(type(params)):
            value = getattr(params, field.name)
            if field.required or value != default_of(field):
                given[field.encode_name] = value
    return wire.request_line(id, method, given).decode().rstrip()


def session() -> str:
    """A call out and in, by hand."""
    with lab() as daemon:
        line = Terminal(daemon)
        line.say("who is there?")
        line.type(request(1, "hello", m.Hello(client="by hand")))
        line.say("tell me what happens from now on")
        line.type(request(2, "subscribe", m.Subscribe()))
        line.say("a call on trunk pstn; the cable brings it back to us on trunk exchange")
        call = m.MakeCall(called="5551000", calling="5552000", device="trunk/pstn")
        line.type(request(3, "makeCall", call))
        line.listen(2)
        line.say("it rings on trunk exchange as call 2: answer it")
        line.type(request(4, "answerCall", m.AnswerCall(call_id=2)))
        line.listen(5)
        line.say("what is up?")
        line.type(request(5, "snapshotCall", m.SnapshotCall(call_id=1)))
        line.say("hang up")
        line.type(request(6, "clearConnection", m.ClearConnection(call_id=1)))
        line.listen(1)
        line.say("it is gone")
        line.type(request(7, "clearConnection", m.ClearConnection(call_id=1)))
        line.hang_up()
        return "\n".join(line.lines).strip()


def coming_back() -> tuple[str, str]:
    """A client that comes back and misses nothing, and one that comes too late."""
    with lab(client_queue=16) as daemon:
        first = Terminal(daemon)
        first.type(request(1, "subscribe", m.Subscribe()))
        first.type(request(2, "makeCall", m.MakeCall(called="5551000", device="trunk/pstn")))
        first.hang_up()
        daemon.run(1)
        seen = daemon.node.seq - 3
        again = Terminal(daemon)
        back = m.Subscribe(after=seen, instance=daemon.node.instance)
        again.type(request(1, "subscribe", back))
        again.type(request(2, "unsubscribe"))
        for id in range(3, 7):
            again.type(request(id, "makeCall", m.MakeCall(called="5551000", device="trunk/pstn")))
            daemon.run(1)
        again.hang_up()
        late = Terminal(daemon)
        late.type(
            request(
                1,
                "subscribe",
                m.Subscribe(after=seen, instance=back.instance, events=["LinkChanged"]),
            )
        )
        late.hang_up()
        kept = again.lines.index("> " + request(2, "unsubscribe"))
        return "\n".join(again.lines[:kept]), "\n".join(late.lines)


def text() -> str:
    """The page."""
    returned, late = coming_back()
    queue = msgspec.structs.fields(config_daemon())
    default = next(f.default for f in queue if f.name == "client_queue")
    parts = [
        GENERATED,
        "# The socket\n",
        INTRO.format(max_line=wire.MAX_LINE, max_batch=wire.MAX_BATCH, version=wire.VERSION),
        "## A session by hand\n",
        "The daemon runs on [examples/back-to-back.toml](../examples/back-to-back.toml): two trunks"
        " and a cable\nbetween them, so every call is seen twice. Lines with `>` were typed, those"
        " with `<` came back, as\nthe real server writes them.\n",
        block("text", session()),
        BACK,
        block("text", returned),
        LATE.format(queue=default),
        block("text", late),
        SLOW,
        "## Methods\n",
        *(
            f"**{title}**: " + ", ".join(f"[{n}](#{n.lower()})" for n in names) + "\n"
            for title, names in grouped().items()
        ),
        *(method_text(name) for names in grouped().values() for name in names),
        "## Types\n",
        types_text(),
        "## Events\n",
        ", ".join(link(cls) for cls in ev.EVENTS) + "\n",
        events_text(),
        "## Frames of a trace\n",
        f"{summary(ev.TraceFrame)} Ask for them by [traceStart](#tracestart).\n"
        + fields_table(ev.TraceFrame, "field"),
        "## Errors\n",
        "Any method may be answered by the first five; one with a `callId` by `invalidCallID`, one"
        " with\na trunk, span or device by `invalidDeviceID`.\n",
        errors_text(),
        "## Causes\n",
        "`cause` is a word of ECMA-269, `q850` the number that was sent on the line. Values that"
        " are not\nhere get the word of their class. "
        "`location` says where the call was ended:\n"
        + ", ".join(f"{number} {name}" for number, name in causes.LOCATIONS.items())
        + ".\n",
        causes_text(),
    ]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def config_daemon() -> type[msgspec.Struct]:
    from trunkd.daemon.config import Daemon

    return Daemon
