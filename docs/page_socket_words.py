"""What docs/socket.md says that is not in the code: running text, and words for plain fields."""

from __future__ import annotations

from typing import Final

from page_sessions import SOCKET as SESSIONS
from page_socket_line import GLOSSES as LINE
from page_socket_media import GLOSSES as MEDIA
from page_socket_smdi import GLOSSES as SMDI
from page_socket_ss7 import GLOSSES as SS7
from page_socket_switch import GLOSSES as SWITCH

GLOSSES: Final = (
    SS7
    | SESSIONS
    | MEDIA
    | LINE
    | SMDI
    | SWITCH
    | {
        "active": "true: raised; false: cleared",
        "alarm": "the alarm's name, as in `spans`",
        "alarms": "what is wrong with the received signal, e.g. `LOS`; empty: nothing",
        "answered": "when it was answered",
        "answering": "number of the party that answered, if it was said",
        "bearer": "what the channel is to carry",
        "board": "name of the board",
        "boards": "all boards",
        "busy": "channels with a call",
        "call_id": "the call",
        "called": "the number that is called",
        "calling": "the number that calls; empty: not said",
        "calls": "the calls that are up",
        "calls_total": "calls since the start",
        "cause": "why it ended, as an event cause (see [causes](#causes))",
        "channel": "number of the B-channel",
        "channels": "B-channels",
        "clause": "the clause of the Recommendation that was broken",
        "client": "the client's name, for the log",
        "clients": "connections to the socket",
        "complete": "no more digits will come",
        "config": "path of the configuration file",
        "connected": "true: opened; false: left",
        "count": "how many events",
        "SpanInfo.counters": "frames, errors, and how often each alarm was raised (`alarm_…`)",
        "TrunkInfo.counters": "what its layers [counted](metrics.md#counters-of-a-d-channel)",
        "d_channel": "timeslot of the D-channel",
        "data": "the information, in hexadecimal",
        "delivered": "when the called party was first told",
        "description": "progress description",
        "device": "where the call is: `trunk/NAME` or `trunk/NAME/CHANNEL`",
        "digits": "the digits that came, or are to be sent",
        "direction": "`in`: the far end called us; `out`: we called",
        "display": "text for the display of the called party",
        "draining": "true while the daemon stops",
        "events_lost": "events for which the board's ring had no room",
        "first": "the first event that is gone",
        "idle": "channels that are free",
        "inband": "tones or speech are on the channel: let the caller hear them",
        "indicator": "the notification (Q.931 4.5.22)",
        "instance": "this run of the daemon",
        "keypad": "keypad digits for the network",
        "ProtocolFault.kind": "what sort of fault, as in `faults` of [TrunkInfo](#trunkinfo)",
        "SpanInfo.kind": "the line's kind, e.g. `e1`",
        "Stop.kind": "which of the two ended",
        "StopMedia.kind": "what to stop",
        "last": "the last event that is gone",
        "local": "true: we asked for it; false: the far end did",
        "location": "where the call was ended (Q.850 2.1)",
        "loopback": '`"none"`, `"local"`, `"line"` or `"payload"`',
        "lost_first": "the first event that is gone, 0: none",
        "lost_last": "the last event that is gone, 0: none",
        "max_line": "longest line that is accepted, octets",
        "methods": "the methods there are",
        "metrics": "address of the Prometheus endpoint, empty: none",
        "name": "its name",
        "now": "the daemon's time",
        "number": "number on the board's faceplate, from 1",
        "octets": "octets that were on the wire, 8000 a second",
        "out_of_service": "channels that must not be used until a restart",
        "overruns": "blocks that the engine began too late",
        "pid": "process id of the daemon",
        "playing": "the message that is played now, if any",
        "product": "always `trunkd`",
        "product_version": "version of the daemon",
        "q850": "cause value of Q.850, 0: none yet",
        "reason": "why, in words",
        "recording": "the recording that is made now, if any",
        "records": "path of the call records, empty: none are kept",
        "restarting": "channels that wait for the far end's acknowledgement",
        "seed": "of the random errors: the same seed gives the same errors",
        "seq": "number of the last event so far",
        "side": '`"user"` or `"network"`',
        "signalling": 'the protocol, e.g. `"pri"`',
        "since": "when it last changed",
        "socket": "path of this socket",
        "span": "the span, as in `spans`: `board/number`",
        "spans": "spans",
        "ChannelChanged.state": "`idle`, `busy`, `restarting` or `outOfService`",
        "started": "when it began",
        "ProtocolFault.text": "what was wrong, in words",
        "Stop.text": "why it failed, in words",
        "time": "when it happened",
        "timeslot": "number of the timeslot",
        "trunk": "name of the trunk",
        "trunks": "names of trunks; empty: all",
        "until": "when calls that are left are cleared",
        "up": "true: calls can be placed and taken",
        "user_user": "user-user information for the far application, hexadecimal",
        "versions": "versions of the contract that the client speaks",
        "address": "address of the board, as in the configuration",
        "action": "what to do with it",
    }
)
"""Meaning of fields whose names say it to those who know telephony; a docstring goes before."""

INTRO: Final = """\
trunkd hands telephone calls to applications over one Unix socket. This page is for those who
write such an application, in any language, and have never read a telephone standard.

`trunkd schema` prints the same contract as an OpenRPC document for code generators; Python has a
client ready in `trunkd.client` ([client.md](client.md)), JavaScript one of 60 lines made from the
document ([examples/node](../examples/node/trunkd.js)).

## Words

- A **span** is one line into the machine: a cable with an E1 signal of 32 **timeslots**, each good
  for one conversation. A **trunk** is a span put to use: it has a name, such as `pstn`.
- Most timeslots of a trunk are **B-channels** (or just channels): each carries one call's speech.
  One timeslot, usually 16, is the **D-channel**: on it trunkd and the far end (the telephone
  network, or a PBX) talk about the calls. While the D-channel is down, no call can be placed.
- A **call** is one conversation on one trunk. It has a number, `callId`, and a direction: `out` if
  we placed it, `in` if it came to us. A call that comes in on one trunk and goes out on another is
  two calls.
- **Delivered** means that the called telephone rings. **Established** means that it was answered:
  now both can speak, and now the call costs money. **Cleared** means over.
- A **cause** says why a call ended: 16 is a normal hang-up, 17 busy, 19 no answer
  ([all of them](#causes)).
- **Overlap** means that a number comes or goes digit by digit; else it is sent whole.

## Connect

The socket is `/run/trunkd/trunkd.sock` (`$XDG_RUNTIME_DIR/trunkd/trunkd.sock` where the daemon
does not run as root; `socket` in the [configuration](configuration.md) names another). Who may
connect is up to the file's owner and mode, and to `allow_uids` and `allow_gids`; others read one
`denied` error and are hung up on.

By hand, with either of these:

```sh
nc -U /run/trunkd/trunkd.sock
socat - UNIX-CONNECT:/run/trunkd/trunkd.sock
```

## Messages

JSON-RPC 2.0, one message a line, UTF-8, each line at most {max_line} octets. A longer line gets the
error `lineTooLong` and is skipped; the connection stays. Four kinds of lines go over the socket:

| who | line | what |
| --- | --- | --- |
| you | `{{"jsonrpc":"2.0","id":1,"method":"…","params":{{…}}}}` | a request; parameters by name |
| trunkd | `{{"jsonrpc":"2.0","id":1,"result":{{…}}}}` | its answer, with your `id` |
| trunkd | `{{"jsonrpc":"2.0","id":1,"error":{{"code":…,"message":"…","data":{{…}}}}}}` | or not |
| trunkd | `{{"jsonrpc":"2.0","method":"event","params":{{…}}}}` | something happened |

- You need not wait for an answer before you send the next request. Answers come in the order of the
  requests, but those of `playMessage` and others that read files come when the file was read, and
  one with a descriptor ([openAudio](#openaudio)) when it can be sent.
- A request without `id` is done and not answered. A JSON array of up to {max_batch} requests is
  answered by an array in one line; answers that come later have lines of their own.
- An answer says that the request was *accepted*. What becomes of it is told by events: `makeCall`
  answers with the number of the call; whether anybody answers that call, an event will say.
- A request may have a member `key` beside its `id`: requests of one session with the same key are
  done once. [sessions.md](sessions.md) tells how, and what becomes of your calls when you are gone.
- A parameter that does not exist or has the wrong type is refused (`invalidParams`).
- For programs, `data.error` is the error's name; `message` is for people and may change.
- Times are nanoseconds since 1970-01-01 UTC. Where numbers are doubles (JavaScript) they are exact
  to 256 ns.
- Methods, fields and events may be *added* within version {version} of the contract: ignore what
  you do not know. Nothing is changed or taken away.

## From connecting to the first event

1. `hello` with the versions that you speak; trunkd answers with the highest that both do. It may be
   left out; then version {version} is spoken.
2. `subscribe`. From its answer on you get every event, each with a number `seq` that is one more
   than the one before. Remember the last `seq` and the `instance` from `hello`.
3. `snapshot` gives all calls, trunks and spans as of its own `seq`, if you need to know what was
   there before you came.

A call lives on when your connection ends: your application can crash, start again and go on.
"""

BACK: Final = """\
## Coming back

Subscribe with `after`, the last `seq` that you saw, and `instance`. What happened in between comes
at once, and nothing is missed (a real run):
"""

LATE: Final = """\
The daemon keeps the last `client_queue` events ({queue} by default). If yours are older, or the
daemon was started anew (another `instance`, numbers from 1 again), `resumed` is false: forget what
you knew and take a `snapshot`. What is left of the past still comes. Here the daemon kept only 16
events (and the client wants one kind only, to keep the example short):
"""

SLOW: Final = """\
The same can happen while you are connected, if you read too slowly: you get the event
[EventsLost](#eventslost) in the place of what is gone, and take a `snapshot`. Other clients do not
notice. Even so: read the socket in one thread or task that does nothing else.

## In time

What a board reports is told at once, before requests that came in the same moment. Requests are
done in the order in which a client sends them; after an answer of more than 16 KiB (a snapshot of
some 40 calls) boards, events and the other clients go first. `make bench` measures what comes of
it on your machine: `socket_latency_p99`, from the signalling frame to the event in a client's
hands, at 100 calls a second with 50 clients, aims at 5 ms.

A machine that has other work adds its own delays, 40 ms and more when every processor is busy.
`[daemon] priority = 10` has the boards (11) and the event loop (10) scheduled before all usual
programs (SCHED_RR; the daemon's other threads, and programs that it starts later, stay as they
are). It wants root or, in the systemd unit, `LimitRTPRIO=11`. Your client may need the same.

## The life of a call

A call out:

| you see | it means | you may |
| --- | --- | --- |
| `Originated` | the call was sent | `clearConnection` at any time from here |
| `NetworkReached` | the network works on it; with `inband` there are tones to hear | |
| `Delivered` | it rings | |
| `Established` | answered: speak, `playMessage`, `recordMessage` | |
| `Failed` | busy, no such number, no answer …: `q850` says | with `inband` wait for tones to end |
| `ConnectionCleared` | over; the channel is free, the `callId` is not used again | |

A call in:

| you see | it means | you may |
| --- | --- | --- |
| `Offered` | it waits for you (only with `incoming = "offer"`) | `acceptCall`: let it ring |
| `Delivered` | the caller hears it ring | `answerCall`; refuse: `clearConnection` with cause 17 |
| `Established` | answered: speak, `playMessage`, `recordMessage` | |
| `ConnectionCleared` | over | |

With overlap a call begins with `ServiceInitiated`, and `DigitsDialed` follows for digits that come
in; those that go out are sent by `sendDigits`.

| `state` of a call | when |
| --- | --- |
| `initiated` | begun; nobody has been told yet |
| `alerting` | it rings |
| `connected` | answered |
| `fail` | the far end ends it, or it never got through |
"""
