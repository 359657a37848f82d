"""Hold, conference and transfer by hookflash: an FXO port stands for the telephone."""

from __future__ import annotations

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from line_rig import LineBench, analog_config

from trunkd.board import play
from trunkd.board.media_events import DigitKind
from trunkd.daemon import events as ev
from trunkd.daemon import media_conference
from trunkd.daemon.calls import Call

FEATURES = 'features = "hold,transfer,conference"\nmax_digits = 4\nreversal_on_answer = true'
TELEPHONE = 'flash = 400\nsupervision = ["drop"]'
"""A person knows that dial tone after a hookflash is no hang-up."""


class Telephone:
    """The telephone at phones/1 talks with the one at phones/3, through a connection."""

    def __init__(self) -> None:
        self.bench = LineBench(analog_config(fxs=FEATURES, fxo=TELEPHONE))
        bench = self.bench
        self.office = bench.place("office", "8100", 5)
        bench.until(lambda: self.office.state == "connected", 30)
        self.first = self.on_phones(1)
        self.party = bench.place("phones", "8003")
        bench.until(lambda: self.party.state == "connected", 30)
        self.connect(self.first, self.party)

    def on_phones(self, channel: int) -> Call:
        return self.bench.trunk("phones").by_channel[channel]

    def connect(self, one: Call, other: Call) -> None:
        media = self.bench.node.media
        media_conference.connect(media.need(one), media.need(other), False)

    def flash(self) -> None:
        trunk = self.bench.trunk("office")
        trunk.flash(5, trunk.now())

    def dial(self, digits: str) -> None:
        slot = self.bench.trunk("office").timeslot(5)
        slot.play_list([play.digits(DigitKind.DTMF, digits)])

    def hears(self, call: Call) -> str:
        channel = self.bench.node.media.of_call(call.call_id)
        return channel.source if channel is not None else ""

    def second(self) -> tuple[Call, Call]:
        """Flash, and call the telephone at phones/2: our second call, and its party."""
        bench = self.bench
        self.flash()
        bench.until(lambda: bench.of(ev.Held, call_id=self.first.call_id), 5)
        bench.run(1)
        self.dial("8002")
        bench.until(lambda: self.on_phones(1) is not self.first, 15)
        call = self.on_phones(1)
        assert call.called == "8002"
        party = bench.place("phones", "8002")
        bench.until(lambda: party.state == call.state == "connected", 30)
        self.connect(call, party)
        return call, party


def test_hold_and_back() -> None:
    tel = Telephone()
    bench = tel.bench
    assert tel.hears(tel.party) == f"call/{tel.first.call_id}"
    tel.flash()
    bench.until(lambda: bench.of(ev.Held, call_id=tel.first.call_id), 5)
    assert tel.first.state == "hold" and tel.hears(tel.party) == ""
    bench.run(1)
    tel.flash()
    bench.until(lambda: bench.of(ev.Retrieved, call_id=tel.first.call_id), 5)
    assert tel.first.state == "connected"
    assert tel.hears(tel.party) == f"call/{tel.first.call_id}"
    assert tel.hears(tel.first) == f"call/{tel.party.call_id}"
    bench.close()


def test_conference_of_three() -> None:
    tel = Telephone()
    bench = tel.bench
    call, party = tel.second()
    tel.flash()
    bench.until(lambda: bench.of(ev.Conferenced), 5)
    (conference,) = bench.node.media.conferences
    assert set(conference.members) == {call.call_id, tel.party.call_id, party.call_id}
    bench.clear(tel.office)
    bench.until(lambda: tel.first.state == call.state == "null", 30)
    assert not list(bench.node.media.conferences)
    bench.close()


def test_transfer_by_hanging_up() -> None:
    tel = Telephone()
    bench = tel.bench
    call, party = tel.second()
    bench.clear(tel.office)
    bench.until(lambda: bench.of(ev.Transferred), 10)
    bench.until(lambda: tel.first.state == call.state == "null", 10)
    assert tel.party.state == party.state == "connected"
    assert tel.hears(tel.party) == f"call/{party.call_id}"
    assert tel.hears(party) == f"call/{tel.party.call_id}"
    bench.close()
