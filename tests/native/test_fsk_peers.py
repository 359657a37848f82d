"""FSK against spandsp, minimodem and multimon-ng, each of which is needed here."""

from __future__ import annotations

import array
import importlib.util
import pathlib
import subprocess
import wave
from typing import Any

import numpy
import pytest
import scipy.signal

from trunkd.native.wrap_fsk import (
    BELL202,
    CARRIER,
    FRAMING,
    LOST,
    OCTET,
    V23,
    FskReceiver,
    fsk_samples,
)
from trunkd.signaling.analog.callerid import CallerIdMessage, CallerIdReceiver, call_setup, decode

_spec = importlib.util.spec_from_file_location(
    "fsk_reference", pathlib.Path(__file__).with_name("fsk_reference.py")
)
assert _spec is not None and _spec.loader is not None
reference = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(reference)
amplitude = reference.amplitude

HERE = pathlib.Path(__file__).parent
SPEECH = pathlib.Path("/usr/share/asterisk/sounds/en_US_f_Allison")
LENGTH = 8000
MODEMS = [pytest.param(V23, id="v23"), pytest.param(BELL202, id="bell202")]
NAME = {V23: "v23", BELL202: "bell202"}
WHEN = (11, 22, 23, 59)


def run(command: list[str], stdin: bytes | None = None) -> bytes:
    done = subprocess.run(command, input=stdin, check=False, capture_output=True, timeout=60)
    assert done.returncode == 0, f"{command} ended with {done.returncode}: {done.stderr!r}"
    return done.stdout


def at_rate(samples: array.array[int], up: int, down: int) -> bytes:
    """The samples between silence, at 8000 * up / down a second."""
    line = numpy.concatenate([numpy.zeros(4000), numpy.array(samples, float), numpy.zeros(4000)])
    made = scipy.signal.resample_poly(line, up, down)
    return numpy.rint(made).astype(numpy.int16).tobytes()


@pytest.fixture(scope="module")
def spandsp(tmp_path_factory: pytest.TempPathFactory) -> str:
    program = str(tmp_path_factory.mktemp("spandsp") / "fsk_spandsp")
    source = str(HERE / "fsk_spandsp.c")
    run(["gcc", "-std=gnu11", "-O2", "-Wall", source, "-o", program, "-lspandsp", "-lm"])
    return program


def spandsp_messages(
    program: str, modem: int, count: int, folder: pathlib.Path
) -> tuple[list[bytes], Any]:
    """Messages, and the samples that spandsp makes of each."""
    octets, samples = folder / "octets", folder / "samples"
    run([program, "make", NAME[modem], str(count), "5", str(octets), str(samples)])
    rest, messages = octets.read_bytes(), []
    while rest:
        messages.append(rest[1 : 1 + rest[0]])
        rest = rest[1 + rest[0] :]
    made = numpy.fromfile(samples, numpy.int16).reshape(count, LENGTH).astype(float)
    return messages, made


def messages_of(lines: Any, modem: int) -> list[list[bytes]]:
    """The messages of each line, received in blocks of 20 ms."""
    count = len(lines)
    modems, found = FskReceiver(count, modem), [CallerIdReceiver() for _ in range(count)]
    for at in range(0, LENGTH, 160):
        for event in modems.run(numpy.ascontiguousarray(lines[:, at : at + 160])):
            receiver = found[event.channel]
            if event.kind in (OCTET, FRAMING):
                receiver.receive(event.octet)
            elif event.kind == CARRIER:
                receiver.carrier()
            elif event.kind == LOST:
                receiver.lost()
    return [
        [event.raw for event in receiver.events() if isinstance(event, CallerIdMessage)]
        for receiver in found
    ]


@pytest.mark.parametrize("modem", MODEMS)
def test_thousand_messages_of_spandsp(spandsp: str, modem: int, tmp_path: pathlib.Path) -> None:
    """At 0 to -36 dBm0 and an SNR of 15 dB (white over 4 kHz), not one error."""
    count = 1000
    sent, made = spandsp_messages(spandsp, modem, count, tmp_path)
    rng = numpy.random.default_rng(17)
    sounding = numpy.sqrt(numpy.mean(made[:, 400:4000] ** 2, axis=1, keepdims=True))
    rms = amplitude(0) / 2**0.5 * 10 ** (-numpy.linspace(0, 36, count)[:, None] / 20)
    lines = made / sounding * rms + rng.normal(0, 1, made.shape) * rms * 10 ** (-15 / 20)
    got = messages_of(numpy.clip(numpy.rint(lines), -32768, 32767).astype(numpy.int16), modem)
    wrong = [n for n in range(count) if [raw[: len(sent[n])] for raw in got[n]] != [sent[n]]]
    assert wrong == []


@pytest.mark.parametrize("modem", MODEMS)
def test_spandsp_reads_ours(spandsp: str, modem: int, tmp_path: pathlib.Path) -> None:
    sent = [call_setup(f"0{n:04d}5551212", f"Caller {n}", WHEN) for n in range(100)]
    lines = numpy.zeros((len(sent), LENGTH), numpy.int16)
    for line, octets in zip(lines, sent, strict=True):
        samples = fsk_samples(octets, modem, stop=1, tail=20)
        line[200 : 200 + len(samples)] = samples
    (tmp_path / "ours").write_bytes(lines.tobytes())
    answer = run([spandsp, "read", NAME[modem], str(tmp_path / "ours")]).decode().splitlines()
    assert [bytes.fromhex(line) for line in answer] == [octets[:-1] for octets in sent]


@pytest.mark.parametrize("modem", MODEMS)
def test_minimodem_reads_ours(modem: int, tmp_path: pathlib.Path) -> None:
    """Characters only; at 96 kHz, for minimodem takes whole samples for a bit,
    and with filters of 50 Hz, for its own of 200 Hz do not tell V.23's tones apart.
    """
    text = b"The quick brown fox jumps over the lazy dog 0123456789" * 4
    samples = fsk_samples(text, modem, level=-10, seizure=0, mark=200, stop=2, tail=40)
    path = str(tmp_path / "ours.wav")
    with wave.open(path, "wb") as file:
        file.setparams((1, 2, 96000, 0, "NONE", ""))
        file.writeframes(at_rate(samples, 12, 1))
    tones = ["-M", "1300", "-S", "2100"] if modem == V23 else ["-M", "1200", "-S", "2200"]
    assert text in run(["minimodem", "--rx", "--quiet", *tones, "-b", "50", "--file", path, "1200"])


@pytest.mark.parametrize("modem", MODEMS)
def test_multimon_reads_ours(modem: int) -> None:
    """Its CLIPFSK demodulator wants 22,050 samples a second."""
    octets = call_setup("02079460000", "ACME LTD", WHEN)
    raw = at_rate(fsk_samples(octets, modem, level=-10, tail=40), 441, 160)
    answer = run(["multimon-ng", "-q", "-c", "-a", "CLIPFSK", "-t", "raw", "-"], raw).decode()
    assert "02079460000" in answer, answer
    assert "ACME LTD" in answer, answer


def test_decoded_fields(spandsp: str, tmp_path: pathlib.Path) -> None:
    """What spandsp sent is read as the parameters that were put in."""
    sent, _ = spandsp_messages(spandsp, V23, 20, tmp_path)
    for octets in sent:
        raw = octets + bytes((-sum(octets) & 0xFF,))
        message = decode(raw)
        assert isinstance(message, CallerIdMessage)
        assert message.number.isdigit()
        assert len(message.number) == octets[13]
        assert len(message.parameters) == 3


@pytest.mark.parametrize("modem", MODEMS)
def test_speech(modem: int) -> None:
    """Asterisk's English prompts, 25 minutes: now and then a carrier, never a message."""
    files = sorted(SPEECH.rglob("*.wav"))
    assert len(files) > 400, "asterisk-core-sounds-en-wav is needed"
    messages = 0
    for path in files:
        with wave.open(str(path)) as file:
            samples = numpy.frombuffer(file.readframes(file.getnframes()), numpy.int16)
        receiver = CallerIdReceiver()
        for event in FskReceiver(1, modem).run(samples.copy()):
            if event.kind in (OCTET, FRAMING):
                receiver.receive(event.octet)
            elif event.kind == CARRIER:
                receiver.carrier()
            else:
                receiver.lost()
        messages += receiver.messages
    assert messages == 0
