"""A node of lines with a message desk link on a TCP port of ours, in virtual time."""

from __future__ import annotations

import pathlib
import select
import socket
import sys
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from line_rig import LineBench, analog_config

from trunkd.signaling.call import SignallingEvent
from trunkd.signaling.smdi.codec import Lengths, Message, encode
from trunkd.signaling.smdi.framing import Framer

PATIENCE = 60.0
"""Seconds for octets to pass through the kernel, on a machine that is busy."""

SMDI = """
[[smdi]]
name = "vm"
port = "{port}"
role = "{role}"
{more}
[smdi.terminals]
{terminals}
"""


def smdi_config(role: str, port: str, more: str = "", fxs: str = "", fxo: str = "") -> str:
    """As analog_config, where the FXO lines are the lines of our message desk, or the FXS lines
    those of an outside one (but for the fourth, which has a telephone)."""
    terminals = '"1-4" = "office/5-8"' if role == "desk" else '"1-3" = "phones/1-3"'
    link = SMDI.format(port=port, role=role, more=more, terminals=terminals)
    stations = '[smdi.stations]\n"3504" = "phones/4"\n' if role == "exchange" else ""
    return analog_config(fxs, fxo) + link + stations


class SmdiBench(LineBench):
    """``told``: what came on the link, and was received by us at its far end."""

    def __init__(self, role: str, more: str = "", fxs: str = "", fxo: str = "", **options: Any):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(PATIENCE)
        self.far: socket.socket | None = None
        self.framer = Framer(Lengths())
        self.told: list[Message] = []
        port = f"socket://127.0.0.1:{self.listener.getsockname()[1]}"
        text = smdi_config(role, port, more, fxs, fxo) + options.pop("extra", "")
        text = text.replace("spans = 1", options.pop("board", "spans = 1"))
        super().__init__(text, **options)
        self.accept()

    @property
    def link(self) -> Any:
        return self.node.smdi["vm"]

    def accept(self) -> None:
        """The daemon's connection, as the far end has it."""
        self.far, _ = self.listener.accept()

    def say(self, *messages: Message | bytes) -> None:
        """Send from the far end, and have the node take it."""
        assert self.far is not None
        data = b"".join(m if isinstance(m, bytes) else encode(m) for m in messages)
        before = self.link.engine.framer.octets
        self.far.sendall(data)
        while self.link.engine.framer.octets < before + len(data):
            self.look()

    def look(self) -> None:
        """Wait until a descriptor that the node watches is readable, and let it read."""
        ready, _, _ = select.select(list(self.node.watched), [], [], PATIENCE)
        assert ready, "nothing came through the kernel"
        for fd in ready:
            if fd in self.node.watched:
                self.node.watched[fd]()

    def hear(self, count: int) -> list[Message]:
        """The messages that the node sent, once there are so many in all."""
        assert self.far is not None
        while len(self.told) < count:
            ready, _, _ = select.select([self.far], [], [], PATIENCE)
            assert ready, f"only {self.told} came"
            self.told += self.framer.receive(self.far.recv(4096), 0)
        return self.told

    def hang_up(self) -> None:
        """The far end closes the connection; the node has noticed."""
        assert self.far is not None
        self.far.close()
        while self.node.watched:
            self.look()

    def close(self) -> None:
        super().close()
        if self.far is not None:
            self.far.close()
        self.listener.close()


Seen = SignallingEvent
