"""One side of Q.931 without a data link: the test is the far end and says its messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from trunkd.signaling import call as neutral
from trunkd.signaling.isdn import elements as e
from trunkd.signaling.isdn import messages as m
from trunkd.signaling.isdn import q931_restart, q931_table
from trunkd.signaling.isdn import q931_states as s
from trunkd.signaling.isdn.q931 import CallControl
from trunkd.signaling.isdn.q931_call import NEVER
from trunkd.signaling.isdn.q931_config import PriConfig

SECOND = 1_000_000_000
SPEECH = e.BearerCapability(0)
REFERENCE = 77
"""The call reference that the far end chooses."""


class Desk:
    """A CallControl, its time, and the far end's part."""

    def __init__(self, config: PriConfig) -> None:
        self.control = CallControl(config)
        self.network = config.network
        self.now = 0
        self.control.link_up(0)
        self.events: list[neutral.SignallingEvent] = []

    # The far end

    def say(self, type: int, *elements: e.Element, reference: int = 0, theirs: bool = True) -> None:
        """A message; ``theirs``: of the call that the far end placed, else of the one we did."""
        octets = m.encode(
            reference or (REFERENCE if theirs else 1), 0 if theirs else 1, type, list(elements)
        )
        self.control.receive(octets, self.now)

    def heard(self) -> list[m.Message]:
        """What we said since the last time."""
        return [m.decode(unit) for unit in self.control.take_units()]

    def types(self) -> list[int]:
        return [message.type for message in self.heard()]

    # The application

    def happened(self) -> list[neutral.SignallingEvent]:
        return [x for x in self.control.events() if not isinstance(x, neutral.ChannelChanged)]

    def faults(self) -> list[tuple[str, str]]:
        return [
            (x.kind, x.clause)
            for x in self.control.events()
            if isinstance(x, neutral.ProtocolFault)
        ]

    def released(self) -> neutral.CallReleased:
        """The one CallReleased among what happened."""
        (event,) = (x for x in self.happened() if isinstance(x, neutral.CallReleased))
        return event

    def wait(self, ns: int) -> None:
        """Let time pass, timers expiring on the way at their own time."""
        until = self.now + ns
        while self.control.next_timeout() <= until:
            self.now = max(self.now, self.control.next_timeout())
            self.control.handle_timeout(self.now)
        self.now = until

    def state(self, handle: int = 1) -> int:
        call = self.control.calls.get(handle)
        return call.state if call else 0

    def idle(self) -> bool:
        """Nothing is left: no call, no reference, no timer, every channel idle."""
        control = self.control
        return (
            not control.calls
            and not control.references
            and not control.deadlines
            and control.next_timeout() == NEVER
            and all(control.channels.is_idle(n) for n in control.config.channels)
            and not any(control.channels.holder)
        )

    # Calls brought to a state

    def place(self, **fields: object) -> int:
        request = neutral.CallRequest(neutral.PartyNumber("1234"), **fields)  # type: ignore[arg-type]
        return self.control.place(request, self.now)

    def offer(self, *extra: e.Element, channel: int = 5, digits: str = "1234") -> None:
        """SETUP from the far end."""
        elements = [*extra, SPEECH, e.b_channel(channel, True), e.CalledPartyNumber(digits)]
        elements.sort(key=lambda x: (x.id < 0x80, x.id))
        self.say(m.SETUP, *elements)

    def reach(self, state: int) -> bool:
        """Bring call 1 to a state. True: it is one that the far end placed."""
        control = self.control
        taking = [control.taking, control.taking_overlap, control.taking_proceeding]
        taking.append(control.taking_received)
        if state in taking or (state == s.CONNECT_REQUEST and not self.network):
            self.offer()
            if state == control.taking_overlap:
                control.want_digits(1, self.now)
            elif state == control.taking_proceeding:
                control.proceed(1, self.now)
            elif state == control.taking_received:
                control.alert(1, False, self.now)
            elif state == s.CONNECT_REQUEST:
                control.answer(1, self.now)
            theirs = True
        else:
            self.place(complete=False)
            answers = {
                control.placing_overlap: [m.SETUP_ACKNOWLEDGE],
                control.placing_proceeding: [m.CALL_PROCEEDING],
                control.placing_delivered: [m.ALERTING],
                s.ACTIVE: [m.CONNECT],
                control.disconnecting: [m.CALL_PROCEEDING],
                control.disconnected: [m.CALL_PROCEEDING],
                s.RELEASE_REQUEST: [m.CALL_PROCEEDING, m.DISCONNECT],
            }
            for type in answers.get(state, []):
                extra = [e.Cause(16)] if type == m.DISCONNECT else []
                self.say(type, *extra, theirs=False)
            if state == control.disconnecting:
                control.clear(1, 16, self.now)
            if state == control.disconnected:
                self.say(m.DISCONNECT, e.Cause(17), e.ProgressIndicator(8), theirs=False)
            theirs = False
        assert self.state() == state, f"call is in {self.state()}, not {state}"
        self.heard()
        self.events.extend(control.events())
        return theirs


@pytest.fixture(autouse=True)
def strict() -> Iterator[None]:
    """A transition that is not drawn raises."""
    machines = (q931_table.USER, q931_table.NETWORK, q931_restart.GLOBAL)
    for machine in machines:
        machine.strict = True
    yield
    for machine in machines:
        machine.strict = False


@pytest.fixture(params=["user", "network"])
def side(request: pytest.FixtureRequest) -> str:
    """Everything is tested on both sides."""
    return str(request.param)


@pytest.fixture
def desk_of() -> Callable[..., Desk]:
    """Makes a side with settings of its own. CALL PROCEEDING is left to the test by default."""

    def make(side: str, **settings: object) -> Desk:
        settings = {"send_proceeding": False, "overlap_receiving": True} | settings
        return Desk(PriConfig(side=side, **settings))  # type: ignore[arg-type]

    return make


@pytest.fixture
def desk(side: str, desk_of: Callable[..., Desk]) -> Desk:
    return desk_of(side)
