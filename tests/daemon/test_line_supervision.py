"""Exchange lines of the daemon: training, silence both ways, answers that come very soon."""

from __future__ import annotations

import pathlib
import sys

import numpy as np
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from line_rig import LineBench, analog_config
from media_rig import ask, sine

from trunkd.board.model import Law
from trunkd.daemon import events as ev
from trunkd.daemon.media_files import save
from trunkd.daemon.wire import WireError
from trunkd.native import wrap


def test_a_line_is_trained() -> None:
    text = analog_config(fxs='impedance = "900"')
    bench = LineBench(text.replace('fxo = "1/5"', 'fxo = "1/5"\nwire = "none"'))
    ask(bench.node, "trainLine", line="office/5")
    bench.until(lambda: bench.of(ev.LineChanged, trunk="office", what="trained"), 15)
    (told,) = bench.of(ev.LineChanged, what="trained")
    assert told.channel == 5 and told.text.startswith("900, echo return loss ")
    bench.until(bench.idle, 60)
    with pytest.raises(WireError, match="impedances are found for fxo lines"):
        ask(bench.node, "trainLine", line="phones/1")
    bench.close()


def test_an_answer_at_once_by_reversal() -> None:
    """The exchange takes the last digit before our own port has told that it is sent."""
    fxs = "max_digits = 4\nreversal_on_answer = true"
    bench = LineBench(analog_config(fxs=fxs, fxo='answer = ["reversal"]'), answers=False)

    def answered(event: ev.Event, trunk: str) -> None:
        if isinstance(event, ev.Delivered) and event.direction == "in":
            call = bench.node.calls[event.call_id]
            bench.node.at(bench.node.now() + 1, lambda now: call.trunk.answer(call, now))

    bench.node.sinks.append(answered)
    call = bench.place("office", "5551", 5)
    bench.until(lambda: call.state == "connected", 10)
    assert call.answered_by == "reversal"
    bench.clear(call)
    bench.until(bench.idle, 60)
    bench.close()


def test_what_applications_send_is_no_silence(tmp_path: pathlib.Path) -> None:
    samples = np.rint(sine(1000, 2.0)).astype("<i2").tobytes()
    save(str(tmp_path / "a.wav"), wrap.alaw_encode(samples), Law.A, "g711")
    text = analog_config(fxs="max_digits = 4", fxo='answer = ["tone", "time"]\nsilence = 8000')
    text = text.replace("[daemon]", f'[daemon]\nmedia_dir = "{tmp_path}"', 1)
    bench = LineBench(text)
    call = bench.place("office", "5551", 5)
    bench.until(lambda: call.state == "connected", 30)
    ask(bench.node, "playMessage", callId=call.call_id, message="a.wav", repeat=15)
    bench.run(28)
    assert call.state == "connected", "thirty seconds of announcement are no silence"
    bench.until(lambda: call.state == "null", 20)
    assert call.ended_by == "silence"
    for left in list(bench.node.calls.values()):
        bench.clear(left)
    bench.until(bench.idle, 120)
    bench.close()
