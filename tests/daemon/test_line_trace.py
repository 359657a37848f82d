"""Traces of lines: what is told in which words, and what is not told."""

from __future__ import annotations

import io
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from line_rig import LineBench, analog_config, r2_config, spans_config

from trunkd.daemon import events as ev
from trunkd.daemon.decode import JsonRenderer, LadderRenderer, TextRenderer
from trunkd.daemon.events import LINE_SIGNALS, TraceFrame
from trunkd.daemon.line_words import R2Words
from trunkd.daemon.present import event_line
from trunkd.daemon.trace import Trace
from trunkd.daemon.trace_follow import LineRenderer, Traced, captured
from trunkd.signaling.cas.r2_config import R2Config
from trunkd.signaling.cas.r2_variants import VARIANTS
from trunkd.signaling.line_actions import SendBits, SendSignal
from trunkd.signaling.line_names import R2_BACKWARD, R2_FORWARD
from trunkd.signaling.line_signals import BitsReceived, DigitReceived, ToneReceived


class Tracing:
    """A bench whose signals are kept from now on."""

    def __init__(self, text: str, on: bool = True) -> None:
        self.bench = LineBench(text)
        self.frames: list[TraceFrame] = []
        self.trace = Trace(self.bench.node, self.frames.append)
        self.trace.switch(on)

    def told(self, trunk: str, minor: bool = False) -> list[str]:
        """``> text`` of what is sent, ``< text`` of what comes."""
        return [
            f"{'>' if f.sent else '<'} {f.text}"
            for f in self.frames
            if f.trunk == trunk and f.minor <= minor
        ]

    def drawn(self, renderer) -> list[str]:
        """As a terminal shows it."""
        lines: list[str] = []
        for number, frame in enumerate(self.frames, 1):
            signalling = self.bench.node.trunks[frame.trunk].table.signalling
            text = f"lines of trunk {frame.trunk}, {signalling}"
            link = Traced(frame.span, frame.trunk, text, LINE_SIGNALS, None)
            lines += renderer.lines(number, captured(frame, link))
        return lines + renderer.closing()


@pytest.fixture(scope="module")
def r2_call() -> Tracing:
    tracing = Tracing(r2_config(near='ani = "after"', far='ani = "after"'))
    bench = tracing.bench
    call = bench.place("near", "5551000", calling="0101")
    bench.until(lambda: call.state == "connected")
    bench.clear(call)
    bench.until(bench.idle)
    bench.close()
    return tracing


def test_an_r2_call_in_words(r2_call: Tracing) -> None:
    told = r2_call.told("near")
    digits = [x.split(" I-")[1].split()[0] for x in told if x.startswith("> forward I-")]
    assert digits == ["5", "5", "5", "1", "10", "10", "10", "10", "1", "10", "1", "15"]
    assert told[:2] == ["> bits 0011, seizure", "< bits 1111, seizure acknowledged"]
    for words in (
        "> forward I-10 digit 0",
        "< backward A-1 next digit",
        "< backward A-6 send the category",
        "> forward KA-1 category",
        "< backward A-1 caller's next digit",
        "> forward I-1 caller's digit",
        "> forward I-15 end of the caller",
        "< backward A-3 number complete",
        "> forward KD-3 purpose of the call",
        "< backward B-1 free, charge",
    ):
        assert words in told, words
    assert told[-3:] == [
        "< bits 0111, answer",
        "> bits 1011, clear-forward",
        "< bits 1011, idle",
    ]
    assert "< caller 0101" in r2_call.told("far")


def test_both_ends_tell_the_same(r2_call: Tracing) -> None:
    turned = str.maketrans("<>", "><")
    near = [x for x in r2_call.told("near") if "caller 0101" not in x]
    far = [x.translate(turned) for x in r2_call.told("far") if "caller 0101" not in x]
    assert near == far


def test_ends_of_signals_are_minor(r2_call: Tracing) -> None:
    minor = [f.text for f in r2_call.frames if f.minor]
    assert minor and all(text == "silence" or "ends after" in text for text in minor)
    assert not [f for f in r2_call.frames if f.frame or f.link_type != LINE_SIGNALS]


def test_ladder(r2_call: Tracing) -> None:
    near = [f for f in r2_call.frames if f.trunk == "near" and not f.minor]
    only = Tracing.__new__(Tracing)
    only.bench, only.frames = r2_call.bench, near
    lines = only.drawn(LadderRenderer())
    assert lines[0] == "lines of trunk near, r2" and "far end" in lines[1]
    assert len(lines) == 2 + len(near)
    assert lines[2].endswith("|--bits 0011, seizure----------------->|  near/1")
    assert max(len(line) for line in lines) <= 80 and not [x for x in lines if "…" in x]


def test_text_lines_and_json(r2_call: Tracing) -> None:
    text = "\n".join(r2_call.drawn(TextRenderer()))
    assert "b0/1/1 near  sent  bits 0011, seizure" in text and "minor" not in text
    assert " near [cyan]>[/cyan] bits 0011, seizure" in r2_call.drawn(LineRenderer())[0]
    first = io.StringIO(r2_call.drawn(JsonRenderer())[0]).getvalue()
    assert '"line":"near/1"' in first and '"minor":false' in first and '"raw":""' in first


def test_words_are_right_when_the_trace_begins_in_the_middle() -> None:
    tracing = Tracing(r2_config(incoming="offer"), on=False)
    bench = tracing.bench
    bench.answers = False
    bench.place("near")
    bench.until(lambda: bench.of(ev.Offered))
    tracing.trace.switch(True)
    (met,) = bench.trunk("far").calls.values()
    bench.clear(met, 17)
    bench.until(bench.idle)
    assert "< backward B-2 busy" in tracing.told("near")
    bench.close()


def test_clear_back_and_blocking() -> None:
    tracing = Tracing(r2_config())
    bench = tracing.bench
    call = bench.place("near")
    bench.until(lambda: call.state == "connected")
    (met,) = bench.trunk("far").calls.values()
    bench.clear(met)
    bench.run(1)
    assert tracing.told("near")[-1] == "< bits 1111, clear-back"
    (told,) = bench.of(ev.Notified, call_id=call.call_id)
    assert "suspended: the far end hung up (clear-back)" in str(event_line(told))
    bench.clear(call)
    bench.until(bench.idle)
    far = bench.trunk("far")
    far.block((5,), far.now())
    bench.run(1)
    assert tracing.told("near")[-1] == "< bits 1111, blocked"
    bench.close()


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_signal_of_every_variant_has_words(variant: str) -> None:
    config = R2Config((1,), variant)
    words = R2Words(config)
    assert words.action(SendBits(1, config.rows.line["seize"])) == ("bits " + _seize(config), False)
    for signal in config.rows.a:
        said = words.signal(DigitReceived(1, R2_BACKWARD, " 1234567890BCDEF"[signal], True, 0))
        assert said is not None and f"A-{signal} " in said.text
        words = R2Words(config)
        words.action(SendBits(1, config.rows.line["seize"]))
    said = words.signal(DigitReceived(1, R2_BACKWARD, "E", True, 0))
    assert said is not None and (14 in config.rows.a or "means nothing here" in said.text)


def _seize(config: R2Config) -> str:
    return f"{config.rows.line['seize']:04b}, seizure"


def test_unknown_bits_have_no_words() -> None:
    words = R2Words(R2Config((1,), "itu"))
    said = words.signal(BitsReceived(1, 0b0101))
    assert said == ("bits 0101", False)
    assert words.action(SendSignal(1, R2_FORWARD, "F")) == ("forward I-15 end of the number", False)


def test_an_exchange_line_and_its_caller() -> None:
    tracing = Tracing(analog_config())
    bench = tracing.bench
    call = bench.place("phones", "8001", calling="13901234567")
    bench.until(lambda: call.state == "connected", 20)
    (met,) = bench.trunk("office").calls.values()
    bench.clear(met)
    bench.until(bench.idle, 60)
    bench.close()
    phones, office = tracing.told("phones"), tracing.told("office")
    assert "> ring" in phones and "< off hook" in phones and "< on hook" in phones
    assert "> caller ID 13901234567 (Bell 202)" in phones
    assert "< ringing 25 Hz" in office and "> off hook" in office
    assert [x for x in office if "caller" in x] == ["< caller 13901234567 (bell202-mdmf)"]
    everything = " ".join(phones + office)
    for noise in ("sound", "ground", "FSK", "listens", "speech path", "sent"):
        assert noise not in everything, everything


def test_em_in_words() -> None:
    tracing = Tracing(
        spans_config("em", "digits = 4", "digits = 4", board='kind = "t1"\ncas = true')
    )
    bench = tracing.bench
    call = bench.place("near", "5551")
    bench.until(lambda: call.state == "connected")
    bench.close()
    near = [x for x in tracing.told("near") if "tone" not in x and " Hz" not in x]
    assert near[:4] == [
        "> bits 1111, off-hook",
        "< bits 1111, off-hook",
        "< bits 0000, on-hook",
        "> DTMF 5551",
    ]
    assert near[-1] == "< bits 1111, off-hook"


def test_speech_is_no_signal() -> None:
    words = R2Words(R2Config((1,)))
    assert words.signal(ToneReceived(1, (), True, 0, 0, -20.0)) is None
    said = words.signal(ToneReceived(1, (450.0,), True, 0, 0, -20.0))
    assert said is not None and said.text.startswith("450 Hz") and not said.minor
    over = words.signal(ToneReceived(1, (450.0,), False, 0, 350_000_000, -20.0))
    assert over is not None and over.minor


def test_nothing_is_told_to_nobody() -> None:
    tracing = Tracing(r2_config(), on=False)
    call = tracing.bench.place("near")
    tracing.bench.until(lambda: call.state == "connected")
    tracing.bench.close()
    assert tracing.frames == []
