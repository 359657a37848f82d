"""One R2 engine with a far end by hand, in virtual time."""

from __future__ import annotations

from typing import Any, Final

from trunkd.signaling import call as ev
from trunkd.signaling.cas import r2_register_digits, r2_register_in, r2_register_out
from trunkd.signaling.cas.r2 import R2Trunk
from trunkd.signaling.cas.r2_config import R2Config
from trunkd.signaling.cas.r2_line_table import LINE
from trunkd.signaling.line_actions import ListenFor, OpenSpeech
from trunkd.signaling.line_names import R2_BACKWARD, R2_FORWARD
from trunkd.signaling.line_signals import BitsReceived, DigitReceived, LineSignal

MS: Final = 1_000_000
SECOND: Final = 1_000_000_000
MACHINES: Final = (
    LINE,
    r2_register_out.REGISTER,
    r2_register_in.REGISTER,
    r2_register_digits.REGISTER,
)
LETTERS: Final = " 1234567890BCDEF"


class Rig:
    """``done`` has the texts of what the engine asked for on the line since the last look."""

    def __init__(self, *channels: int, **settings: Any) -> None:
        settings.setdefault("variant", "itu")
        self.trunk: Final = R2Trunk(R2Config(channels or (1,), **settings))
        self.now = 0
        self.events: list[ev.SignallingEvent] = []
        self.actions: list[Any] = []
        self.trunk.start(self.now)
        self.take()
        self.run(200)
        self.actions.clear()

    def take(self) -> None:
        self.actions += self.trunk.transmit()
        self.events += self.trunk.events()

    def done(self, channel: int = 1) -> list[str]:
        """What was asked for on the channel since the last look, without listening."""
        quiet = (ListenFor, OpenSpeech)
        texts = [a.text for a in self.actions if a.channel == channel and not isinstance(a, quiet)]
        self.actions.clear()
        return texts

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def state(self, channel: int = 1) -> int:
        return self.trunk.channels[channel].state

    def receive(self, signal: LineSignal) -> None:
        self.trunk.receive(signal, self.now)
        self.take()

    def bits(self, abcd: str, ms: float = 25, channel: int = 1) -> None:
        """The far end shows these bits, for so long so far."""
        self.receive(BitsReceived(channel, int(abcd, 2)))
        self.run(ms)

    def on(self, kind: int, signal: int, channel: int = 1) -> None:
        self.receive(DigitReceived(channel, kind, LETTERS[signal], True, self.now))

    def off(self, kind: int, signal: int, channel: int = 1) -> None:
        self.receive(DigitReceived(channel, kind, LETTERS[signal], False, self.now, 50 * MS))

    def backward(self, signal: int) -> list[str]:
        """The far end's compelled backward signal, all of it; what we did."""
        self.on(R2_BACKWARD, signal)
        self.run(30)
        self.off(R2_BACKWARD, signal)
        return self.done()

    def forward(self, signal: int) -> list[str]:
        """The far end's forward signal until it hears ours; what we did."""
        self.on(R2_FORWARD, signal)
        self.run(30)
        self.off(R2_FORWARD, signal)
        return self.done()

    def run(self, ms: float) -> None:
        """Let time pass."""
        stop = self.now + round(ms * MS)
        while True:
            timeout = self.trunk.next_timeout()
            if timeout is None or timeout > stop:
                break
            self.now = max(self.now, timeout)
            self.trunk.handle_timeout(self.now)
            self.take()
        self.now = stop

    def place(self, called: str = "123", calling: str = "", **more: Any) -> int:
        number = ev.PartyNumber(calling) if calling else None
        call = self.trunk.place(ev.CallRequest(ev.PartyNumber(called), number, **more), self.now)
        self.take()
        return call

    def placed(self, called: str = "123", calling: str = "", **more: Any) -> int:
        """A call whose seizing is acknowledged, and whose first digit is sent."""
        call = self.place(called, calling, **more)
        self.bits("1101")
        self.run(500)
        return call

    def waiting(self, **more: Any) -> int:
        """A call that waits for its answer."""
        call = self.placed("1", **more)
        self.backward(3)
        self.backward(6)
        self.done()
        return call

    def answered(self, **more: Any) -> int:
        call = self.waiting(**more)
        self.bits("0101")
        return call

    def offered(self, digits: str = "1") -> int:
        """A call that is offered, its group II signal still heard. ANI must be off."""
        self.bits("0001")
        for digit in digits:
            self.forward(LETTERS.index(digit))
        self.on(R2_FORWARD, 1)
        return self.of(ev.CallOffered)[-1].call

    def taken(self) -> int:
        """An incoming call that is answered."""
        call = self.offered()
        self.trunk.answer(call, self.now)
        self.take()
        self.run(20)
        self.off(R2_FORWARD, 1)
        self.run(500)
        self.done()
        return call

    def request(self, name: str, *arguments: Any) -> None:
        getattr(self.trunk, name)(*arguments, self.now)
        self.take()


def incoming(**settings: Any) -> Rig:
    """A rig that takes numbers of one digit and does not ask who calls."""
    return Rig(**{"dnis_max": 1, "ani": "none", **settings})
