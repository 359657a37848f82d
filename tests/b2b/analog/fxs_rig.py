"""Two telephones on an FXS engine in virtual time, for the tests of calls and features."""

from __future__ import annotations

from trunkd.hil.telephone_virtual import VirtualLines, VirtualTelephone
from trunkd.signaling.analog.fxs import FxsTrunk
from trunkd.signaling.analog.fxs_config import FxsConfig
from trunkd.signaling.call import (
    CallReleased,
    CallRequest,
    DigitsReceived,
    PartyNumber,
)


class Bench(VirtualLines):
    """Two telephones, 8001 and 8002; four digits make a number."""

    def __init__(self, **settings: object) -> None:
        values: dict[str, object] = {"max_digits": 4, **settings}
        super().__init__(FxsTrunk(FxsConfig((1, 2), "cn", values, {1: "8001", 2: "8002"})))

    @property
    def phone(self) -> VirtualTelephone:
        return self.telephones[1]

    def text(self, channel: int = 1) -> str:
        return self.trunk.channel_text(channel)

    def lift(self) -> None:
        self.phone.lift()
        self.run_for(500)

    def dial(self, digits: str = "9051") -> int:
        """Dial; the call that is offered then."""
        if not self.phone.lifted:
            self.lift()
        self.phone.press(digits)
        self.run_for(1000)
        return self.trunk.last_handle

    def talk(self) -> int:
        call = self.dial()
        self.trunk.answer(call, self.now)
        self.run_for(100)
        assert self.text() == "talking"
        return call

    def second(self) -> int:
        """Hold the first call and dial another one."""
        self.phone.flash(200)
        self.run_for(1000)
        return self.dial("8002")

    def place(self, number: str = "8001", calling: str = "5551000") -> int:
        call = self.trunk.place(CallRequest(PartyNumber(number), PartyNumber(calling)), self.now)
        self.settle()
        return call

    def clear(self, call: int, cause: int = 16) -> None:
        self.trunk.clear(call, cause, self.now)
        self.run_for(100)

    def of(self, *kinds: type) -> list[object]:
        return [event for _, event in self.told if isinstance(event, kinds)]

    def down(self) -> None:
        self.phone.hang_up()
        self.run_for(1500)


def released(bench: Bench) -> list[tuple[int, int, bool]]:
    return [
        (event.call, event.cause, event.local)
        for _, event in bench.told
        if isinstance(event, CallReleased)
    ]


def told_digits(bench: Bench) -> list[tuple[str, bool]]:
    """Digits that came behind the offer, and whether they were the last."""
    return [(e.digits, e.complete) for _, e in bench.told if isinstance(e, DigitsReceived)]
