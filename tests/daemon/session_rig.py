"""A node in virtual time with sessions: two trunks on one cable, every event kept."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from trunkd.board.clock import SECOND, VirtualClock
from trunkd.board.model import Law
from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import wire
from trunkd.daemon.calls import Call
from trunkd.daemon.client import method_of
from trunkd.daemon.config_check import loads
from trunkd.daemon.media_files import save
from trunkd.daemon.methods_session import OnLoss
from trunkd.daemon.node import Node, run_here
from trunkd.daemon.service import Service
from trunkd.daemon.session import Session
from trunkd.daemon.virtual import run_until

CONFIG = """\
[daemon]
media_dir = "{dir}"
records = "off"
{extra}
[[board]]
name = "b0"
address = "sim://test"
[board.sim]
spans = 2
[[board.sim.cables]]
ends = [1, 2]
[[trunk]]
name = "pstn"
span = "b0/1"
signalling = "pri"
[trunk.pri]
side = "user"
[[trunk]]
name = "exchange"
span = "b0/2"
signalling = "pri"
[trunk.pri]
side = "network"
"""


class Connection:
    """What the service sees of a client: a member of a session, or of none."""

    def __init__(self, member: Session | None = None) -> None:
        self.member = member


class Rig:
    """The node, its service, and what was told."""

    def __init__(
        self,
        directory: pathlib.Path,
        extra: str = "",
        offload: Callable[..., None] = run_here,
    ) -> None:
        tone = (np.sin(np.arange(8000) / 4) * 9000).astype(np.int16)
        save(str(directory / "sorry.wav"), tone.tobytes(), Law.A, "pcm16")
        config = loads(CONFIG.format(dir=directory, extra=extra))
        self.node = Node(config, VirtualClock(), "i", offload)
        self.seen: list[Any] = []
        self.node.sinks.append(lambda event, trunk: self.seen.append(event))
        self.service = Service(self.node, None)  # type: ignore[arg-type]
        self.node.open()
        self.node.start()
        self.run(3)
        self.sessions = self.node.sessions

    def run(self, seconds: float) -> None:
        run_until(self.node, self.node.now() + round(seconds * SECOND))

    def join(self, name: str, on_loss: OnLoss | None = None, priority: int = 0) -> Connection:
        """A connection of a session, which is made if it is not there."""
        connection = Connection()
        session, _ = self.sessions.join(name, f"secret of {name}", connection)
        if on_loss is not None:
            self.sessions.check(on_loss)
            session.on_loss = on_loss
        session.priority = priority
        connection.member = session
        return connection

    def leave(self, connection: Connection) -> None:
        assert connection.member is not None
        self.sessions.leave(connection.member, connection)

    def ask(self, connection: Connection | None, params: m.Params) -> Any:
        request = wire.Request("2.0", method_of(params), msgspec.Raw(wire.encode(params)))
        return self.service.call(request, connection or Connection())  # type: ignore[arg-type]

    def of(self, kind: type[ev.Event]) -> list[Any]:
        return [event for event in self.seen if isinstance(event, kind)]

    def offered(self) -> Call:
        """The far end of the latest call."""
        self.run(0.5)
        return self.node.call(self.of(ev.Delivered)[-2].call_id)

    def connect(self, connection: Connection | None) -> tuple[Call, Call]:
        """A call that this connection places on pstn, answered by nobody's client: both ends."""
        near = self.ask(connection, m.MakeCall(called="200", device="trunk/pstn")).call_id
        self.run(0.5)
        (far,) = [c for c in self.node.calls.values() if c.direction == "in" and not c.answered]
        self.ask(None, m.AnswerCall(call_id=far.call_id))
        self.run(0.5)
        return self.node.call(near), far

    def owners(self, *calls: Call) -> list[str]:
        return [self.sessions.owner_of(call.call_id) for call in calls]
