"""Random telephones: lifts, hang-ups, flashes, pulses and calls at any moment. At the end every
receiver is put down: each port is idle again, no call is left, no timer runs."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trunkd.errors import LocalError
from trunkd.hil.telephone_virtual import SECOND, VirtualLines
from trunkd.signaling.analog.fxs import LINE, FxsTrunk
from trunkd.signaling.analog.fxs_config import FxsConfig
from trunkd.signaling.analog.fxs_service import SERVICE
from trunkd.signaling.call import (
    CHANNEL_IDLE,
    CallConnected,
    CallOffered,
    CallReleased,
    CallRequest,
    ChannelChanged,
    PartyNumber,
)
from trunkd.signaling.call_line import CallsJoined


@dataclasses.dataclass
class Act:
    """Something that is done after ``wait`` ms: by people on telephone ``who``, or by ``app``."""

    wait: int
    what: str
    who: int
    arg: int


PEOPLE = ("lift", "hang up", "flash", "dial", "press", "ground", "cut", "mend")
APPLICATION = ("place", "proceed", "alert", "answer", "clear", "meter", "lamp", "test", "digits")
CARE = ("block", "unblock", "down", "up", "restart", "drain", "open")
ACTS = st.builds(
    Act,
    st.one_of(st.integers(0, 400), st.integers(0, 8000), st.integers(20_000, 90_000)),
    st.sampled_from(PEOPLE + PEOPLE + APPLICATION + APPLICATION + CARE),
    st.integers(1, 2),
    st.integers(0, 9),
)
CONFIGS = [
    {},
    {"features": "hold,transfer,conference,waiting", "start": "kewl"},
    {"features": "hold,waiting", "caller_id": "bt", "message_waiting": "stutter,fsk,neon"},
    {"features": "event", "start": "ground", "overlap": True, "caller_id": "v23-rpas"},
    {"power_denial": True, "caller_id": "dtmf-cn-reversal", "message_waiting": "fsk"},
    {"hotline": "100", "hotline_after": 2000, "reversal_on_answer": True, "start": "kewl"},
    {"hotline": "9", "reversal_on_clear": True, "caller_id": "none", "hook": "none"},
    {"features": "hold,transfer", "dial_plan": "9X;1XX;0.", "min_digits": 2},
]


class Run:
    """One script on one trunk."""

    def __init__(self, values: dict[str, object]) -> None:
        trunk = FxsTrunk(FxsConfig((1, 2), "cn", values, {1: "8001", 2: "8002"}))
        self.lines = VirtualLines(trunk)
        self.trunk = trunk
        self.refused = 0

    def do(self, act: Act) -> None:
        self.lines.run_for(act.wait)
        try:
            self.try_to(act)
        except LocalError:
            # The state forbids it: that is what the engine has to say, and to stay as it was.
            self.refused += 1
        self.lines.settle()

    def try_to(self, act: Act) -> None:
        phone = self.lines.telephones[act.who]
        what, arg = act.what, act.arg
        if what == "lift":
            phone.lift()
        elif what == "hang up":
            phone.hang_up()
        elif what == "flash":
            phone.flash(60 + 90 * arg)
        elif what == "dial":
            phone.dial(str(arg) + "1", 8.0 + arg / 2.5, 50.0 + 2.5 * arg, 250)
        elif what == "press":
            phone.press(f"{arg}{arg}{'#' * (arg % 2)}")
        elif what == "ground":
            phone.ground_ring(arg % 2 == 0)
        elif what in ("cut", "mend"):
            phone.cut = what == "cut"
            phone.look()
        else:
            self.ask(what, act.who, arg)

    def ask(self, what: str, who: int, arg: int) -> None:
        trunk, now = self.trunk, self.lines.now
        calls = sorted(trunk.calls)
        call = calls[arg % len(calls)] if calls else 99
        channels = (who,)
        requests = {
            "proceed": lambda: trunk.proceed(call, now),
            "alert": lambda: trunk.alert(call, arg % 2 == 0, now),
            "answer": lambda: trunk.answer(call, now),
            "clear": lambda: trunk.clear(call, (16, 17, 28, 34)[arg % 4], now),
            "meter": lambda: trunk.meter(call, 1 + arg, now),
            "lamp": lambda: trunk.message_waiting(who, arg % 2 == 0, now),
            "test": lambda: trunk.line_test(who, now),
            "digits": lambda: trunk.want_digits(call, now),
            "place": lambda: trunk.place(self.request(who, arg), now),
            "block": lambda: trunk.block(channels, now),
            "unblock": lambda: trunk.unblock(channels, now),
            "down": lambda: trunk.line_down(channels, now),
            "up": lambda: trunk.line_up(channels, now),
            "restart": lambda: trunk.restart(channels, now),
            "drain": lambda: trunk.drain(True, now),
            "open": lambda: trunk.drain(False, now),
        }
        requests[what]()

    def request(self, who: int, arg: int) -> CallRequest:
        calling = PartyNumber(f"1380013800{arg}", presentation=arg % 3) if arg else None
        return CallRequest(PartyNumber(f"800{who}"), calling, display="张三" * (arg % 4))

    def end(self) -> None:
        """Everything is mended, every receiver put down, every call cleared."""
        trunk, lines = self.trunk, self.lines
        for channel, phone in lines.telephones.items():
            phone.cut = False
            phone.hang_up()
            trunk.unblock((channel,), lines.now)
            trunk.line_up((channel,), lines.now)
            phone.ground_ring(False)
        # Pulses and flashes under way come to their end with the receiver up: put it down again.
        lines.run_for(5000)
        for phone in lines.telephones.values():
            phone.hang_up()
        lines.run_for(5000)
        for call in list(trunk.calls):
            trunk.clear(call, 16, lines.now)
            lines.settle()
        lines.run_for(120_000)


@pytest.mark.parametrize("values", CONFIGS, ids=str)
@settings(
    max_examples=250,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(acts=st.lists(ACTS, max_size=40))
def test_the_port_is_idle_again(values: dict[str, object], acts: list[Act]) -> None:
    LINE.strict = SERVICE.strict = True
    try:
        run = Run(values)
        for act in acts:
            run.do(act)
        run.end()
    finally:
        LINE.strict = SERVICE.strict = False
    for channel, port in run.trunk.ports.items():
        assert run.trunk.channel_text(channel) == "idle"
        assert (port.call, port.other, port.collector, port.speech) == (None, None, None, False)
    assert not run.trunk.calls
    assert run.trunk.next_timeout() is None
    check_events(run.lines)


def check_events(lines: VirtualLines) -> None:
    """Each call ends once, and nothing is told of it before it is known or after its end."""
    known: set[int] = set()
    ended: set[int] = set()
    for _, event in lines.told:
        if isinstance(event, CallOffered):
            known.add(event.call)
        if isinstance(event, CallConnected):
            assert event.call not in ended
        if isinstance(event, CallsJoined):
            assert not {event.held, event.active} & ended
        if isinstance(event, CallReleased):
            assert event.call not in ended
            ended.add(event.call)
    assert known <= ended
    assert len(ended) == lines.trunk.last_handle
    last = {e.channel: e.state for _, e in lines.told if isinstance(e, ChannelChanged)}
    assert set(last.values()) <= {CHANNEL_IDLE}
    assert lines.now > SECOND
