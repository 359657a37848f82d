"""A script of messages, requests, events and time for one ISUP node under test (Q.784.1).

    > IAM called=7551234          the tester sends this to the node
    < RLC                         the node has sent this, next
    : alert                       the node's application asks for this
    = CallReleased cause=17       the application was told this, of all it was told next
    ~ T7                          so long nothing is sent; at the timer's end the next line holds
    ~ 3 s                         so long nothing is sent
    ? 1 idle                      the application sees circuit 1 so

A line that is not met, a message more than the script has, or a fault of the node's machines fails
the case. ``#`` begins a comment. Circuits are 1 to 8 unless said; 1 is meant where none is named.
The node has point code 2 and the tester 1: even circuits are controlled by the node.
"""

from __future__ import annotations

import functools

from q784_messages import differences, make
from registry import Cases

from trunkd.errors import LocalError
from trunkd.signaling.call import (
    CHANNEL_BLOCKED_BOTH,
    CHANNEL_BLOCKED_HERE,
    CHANNEL_BLOCKED_THERE,
    CHANNEL_BUSY,
    CHANNEL_IDLE,
    CHANNEL_OUT_OF_SERVICE,
    CHANNEL_RESTARTING,
    CHANNEL_TESTING,
    CallOffered,
    CallRequest,
    ChannelChanged,
    PartyNumber,
    SignallingEvent,
)
from trunkd.signaling.ss7.isup import Isup
from trunkd.signaling.ss7.isup_blocking import BLR, BLS
from trunkd.signaling.ss7.isup_call_table import CPC
from trunkd.signaling.ss7.isup_config import TIMERS, IsupConfig
from trunkd.signaling.ss7.isup_groups import CGS
from trunkd.signaling.ss7.isup_messages import decode
from trunkd.signaling.ss7.isup_reset import CSC

MS = 1_000_000
S = 1_000 * MS
UNITS = {"ms": MS, "s": S, "min": 60 * S}

STATES = {
    CHANNEL_IDLE: "idle",
    CHANNEL_BUSY: "busy",
    CHANNEL_RESTARTING: "restarting",
    CHANNEL_OUT_OF_SERVICE: "out",
    CHANNEL_BLOCKED_HERE: "blocked-here",
    CHANNEL_BLOCKED_THERE: "blocked-there",
    CHANNEL_BLOCKED_BOTH: "blocked-both",
    CHANNEL_TESTING: "testing",
}

for machine in (CPC, CSC, BLS, BLR, CGS):
    machine.strict = True


class Script:
    """The node, the time, and what it has sent and told that no line has asked for yet."""

    def __init__(self, **settings: object) -> None:
        config: dict[str, object] = {
            "circuits": tuple(range(1, 9)),
            "opc": 2,
            "dpc": 1,
            "selection": "lowest",
            **settings,
        }
        self.node = Isup(IsupConfig(**config))  # type: ignore[arg-type]
        self.now = S
        self.sent: list[bytes] = []
        self.told: list[SignallingEvent] = []
        self.states: dict[int, int] = {}
        self.call = 0
        self.messages = 0
        self.node.start(self.now)
        self.node.mtp_resume(self.now)
        self.collect()

    def collect(self) -> None:
        self.sent += [data for _, data in self.node.transmit()]
        for event in self.node.events():
            self.told.append(event)
            if isinstance(event, ChannelChanged):
                self.states[event.channel] = event.state
            elif isinstance(event, CallOffered):
                self.call = event.call

    def play(self, text: str) -> None:
        """Serve the lines in order."""
        for number, raw in enumerate(text.splitlines(), 1):
            line = raw.split("#")[0].strip()
            if not line:
                continue
            mark, *words = line.split()
            try:
                getattr(self, STEPS[mark])(words)
            except (AssertionError, LocalError) as error:
                raise AssertionError(f"line {number}, {line!r}: {error}") from None

    def finish(self) -> str:
        """Nothing more is sent. The evidence: how much was played."""
        self.nothing_sent()
        return f"{self.messages} messages, {(self.now - S) / S:g} s"

    # Lines

    def receive(self, words: list[str]) -> None:
        """``>``; what was sent before must have been asked for."""
        self.nothing_sent()
        self.messages += 1
        self.node.receive(make(words, 1), self.now)
        self.collect()

    def expect(self, words: list[str]) -> None:
        """``<``"""
        assert self.sent, "nothing was sent"
        data = self.sent.pop(0)
        self.messages += 1
        wrong = differences(words, data, 1)
        assert not wrong, f"{wrong}; sent was {data.hex(' ')}"

    def request(self, words: list[str]) -> None:
        """``:``; what was sent before must have been asked for."""
        self.nothing_sent()
        getattr(self, "do_" + words[0])(words[1:])
        self.collect()

    def event(self, words: list[str]) -> None:
        """``=``: the next event of that name; those before it are passed over."""
        name, *rest = words
        wanted = dict(word.split("=") for word in rest)
        seen = []
        while self.told:
            event = self.told.pop(0)
            if type(event).__name__ != name:
                seen.append(repr(event))
                continue
            for key, value in wanted.items():
                found = said(event, key)
                assert found == value, f"{key} is {found}"
            return
        raise AssertionError(f"it was not told; there was {', '.join(seen) or 'nothing'}")

    def never(self, words: list[str]) -> None:
        """``!``: no event of these names has been told since the last ``=`` line."""
        told = [type(event).__name__ for event in self.told]
        for name in words:
            assert name not in told, f"{name} was told"

    def wait(self, words: list[str]) -> None:
        """``~``"""
        if len(words) == 1:
            duration = TIMERS[int(words[0][1:])].default
            self.let_pass(duration - MS)
            self.nothing_sent()
            self.pass_to(self.now + MS)
        else:
            self.let_pass(int(words[0]) * UNITS[words[1]])
            self.nothing_sent()

    def state(self, words: list[str]) -> None:
        """``?``"""
        for cic in words[0].split(","):
            found = STATES[self.states.get(int(cic), CHANNEL_IDLE)]
            assert found == words[1], f"circuit {cic} is {found}"

    # Time

    def let_pass(self, duration: int) -> None:
        end = self.now + duration
        while not self.sent:
            due = self.node.next_timeout()
            if due is None or due > end:
                break
            self.pass_to(max(due, self.now))
        assert not self.sent, (
            f"{decode(self.sent[0]).name} was sent {(end - self.now) / S:g} s too early"
        )
        self.now = end

    def pass_to(self, now: int) -> None:
        self.now = now
        self.node.handle_timeout(now)
        self.collect()

    def nothing_sent(self) -> None:
        names = [decode(data).name for data in self.sent]
        assert not names, f"{', '.join(names)} was sent before"

    # Requests

    def do_place(self, words: list[str]) -> None:
        """place DIGITS [overlap] [cic=N] [calling=N] [bearer=HEX] [fallback=HEX] [category=N]"""
        digits, *rest = words
        flags = {word for word in rest if "=" not in word}
        options = dict(word.split("=") for word in rest if "=" in word)
        calling = options.get("calling")
        self.call = self.node.place(
            CallRequest(
                PartyNumber(digits, 2),
                PartyNumber(calling, 2, screening=3) if calling else None,
                int(options.get("cic", 0)),
                "exclusive" in flags,
                "overlap" not in flags,
                int(options.get("bearer", "10"), 16),
                category=int(options.get("category", 10)),
                hop_counter=int(options.get("hop", 0)),
                fallback=int(options["fallback"], 16) if "fallback" in options else -1,
                user_user=bytes.fromhex(options.get("uui", "")),
            ),
            self.now,
        )

    def do_digits(self, words: list[str]) -> None:
        digits = "" if words[0] == "none" else words[0]
        self.node.send_digits(self.call, digits, "end" in words, self.now)

    def do_proceed(self, words: list[str]) -> None:
        self.node.proceed(self.call, self.now)

    def do_want(self, words: list[str]) -> None:
        self.node.want_digits(self.call, self.now)

    def do_progress(self, words: list[str]) -> None:
        self.node.progress(self.call, int(words[0]), self.now)

    def do_alert(self, words: list[str]) -> None:
        self.node.alert(self.call, "inband" in words, self.now)

    def do_answer(self, words: list[str]) -> None:
        options = dict(word.split("=") for word in words)
        connected = options.get("connected")
        bearer = int(options["bearer"], 16) if "bearer" in options else -1
        number = PartyNumber(connected, 2, screening=1) if connected else None
        self.node.answer(self.call, self.now, number, bearer)

    def do_clear(self, words: list[str]) -> None:
        self.node.clear(self.call, int(words[0]), self.now)

    def do_suspend(self, words: list[str]) -> None:
        self.node.suspend(self.call, self.now, "user" not in words)

    def do_resume(self, words: list[str]) -> None:
        self.node.resume(self.call, self.now, "user" not in words)

    def do_transfer(self, words: list[str]) -> None:
        self.node.forward_transfer(self.call, self.now)

    def do_notify(self, words: list[str]) -> None:
        self.node.notify(self.call, int(words[0]), self.now)

    def do_reset(self, words: list[str]) -> None:
        self.node.restart(cics(words[0]), self.now)

    def do_block(self, words: list[str]) -> None:
        self.node.block(cics(words[0]), "hw" in words, self.now)

    def do_unblock(self, words: list[str]) -> None:
        self.node.unblock(cics(words[0]), "hw" in words, self.now)

    def do_test(self, words: list[str]) -> None:
        self.node.continuity_test(int(words[0]), self.now)

    def do_tone(self, words: list[str]) -> None:
        """tone heard|lost CIC: what the check tone's receiver says."""
        self.node.continuity_result(int(words[1]), words[0] == "heard", self.now)

    def do_congested(self, words: list[str]) -> None:
        self.node.congested(int(words[0]))

    def do_mtp(self, words: list[str]) -> None:
        """mtp pause|resume, mtp status CAUSE."""
        if words[0] == "pause":
            self.node.mtp_pause(self.now)
        elif words[0] == "resume":
            self.node.mtp_resume(self.now)
        else:
            self.node.mtp_status(int(words[1]), 0, self.now)


STEPS = {
    ">": "receive",
    "<": "expect",
    ":": "request",
    "=": "event",
    "!": "never",
    "~": "wait",
    "?": "state",
}


def cics(text: str) -> tuple[int, ...]:
    """``1-4,7`` as CICs."""
    out: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        out += range(int(first), int(last or first) + 1)
    return tuple(out)


def said(event: SignallingEvent, key: str) -> str:
    """An attribute of an event as a script writes it; numbers of what an offered call asks."""
    source = event.request if isinstance(event, CallOffered) and key != "channel" else event
    value = getattr(source, key)
    if isinstance(value, PartyNumber):
        return value.digits
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ",".join(str(item) for item in value)
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


def play(text: str, **settings: object) -> str:
    """A whole case by one script."""
    script = Script(**settings)
    script.play(text)
    return script.finish()


def scripted(cases: Cases, number: str, clause: str, text: str, **settings: object) -> None:
    """The case is this script, with these settings of the node."""
    cases.case(number, clause)(functools.partial(play, text, **settings))
