"""Voice files: G.711 octet for octet, everything else by rate and law."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest
import soundfile

from trunkd.board.model import Law
from trunkd.daemon.media import load, save
from trunkd.errors import LocalError
from trunkd.native import wrap

ALL = bytes(range(256)) * 3


@pytest.mark.parametrize("law", [Law.A, Law.MU])
def test_every_g711_octet_survives_the_file(law: Law, tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "x.wav")
    save(path, ALL, law, "g711")
    assert load(path, law) == ALL
    # An independent reader agrees on what it says.
    info = soundfile.info(path)
    assert (info.samplerate, info.channels, info.frames) == (8000, 1, len(ALL))
    assert info.subtype == ("ALAW" if law is Law.A else "ULAW")


def test_other_law_is_converted(tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "x.wav")
    save(path, ALL, Law.MU, "g711")
    assert load(path, Law.A) == wrap.alaw_encode(wrap.ulaw_decode(ALL))


def test_pcm16_keeps_the_samples(tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "x.wav")
    save(path, ALL, Law.A, "pcm16")
    samples, rate = soundfile.read(path, dtype="int16")
    assert rate == 8000
    assert samples.tobytes() == wrap.alaw_decode(ALL)
    assert load(path, Law.A) == ALL


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_tone_keeps_frequency_and_level(rate: int, channels: int, tmp_path: pathlib.Path) -> None:
    seconds, hertz, amplitude = 0.5, 1000.0, 8000.0
    tone = amplitude * np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate)
    path = tmp_path / "x.wav"
    soundfile.write(path, np.stack([tone.astype(np.int16)] * channels, axis=1), rate)
    octets = load(str(path), Law.A)
    assert abs(len(octets) - 8000 * seconds) <= 1
    heard = np.frombuffer(wrap.alaw_decode(octets), np.int16).astype(float)[800:3200]
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
    peak = np.argmax(spectrum) * 8000 / len(heard)
    assert abs(peak - hertz) < 5
    assert abs(20 * np.log10(np.sqrt(2) * heard.std() / amplitude)) < 0.2


def test_other_formats_are_read(tmp_path: pathlib.Path) -> None:
    pcm = (np.sin(np.arange(4000) / 5) * 9000).astype(np.int16)
    for subtype in ("PCM_24", "FLOAT"):
        path = tmp_path / f"{subtype}.wav"
        soundfile.write(path, pcm, 8000, subtype=subtype)
        assert load(str(path), Law.A) == wrap.alaw_encode(pcm.tobytes())
    path = tmp_path / "alaw.wav"
    soundfile.write(path, pcm, 8000, subtype="ALAW")
    samples, _ = soundfile.read(path, dtype="int16")
    assert wrap.alaw_decode(load(str(path), Law.A)) == samples.tobytes()


@pytest.mark.parametrize("octets", [b"", b"RIFF", b"RIFF\x10\0\0\0WAVEdata\xff\xff\xff\xff"])
def test_broken_files(octets: bytes, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(octets)
    with pytest.raises(LocalError, match=r"x\.wav"):
        load(str(path), Law.A)


def test_silent_file_is_no_message(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.wav"
    soundfile.write(path, np.zeros(0, np.int16), 8000)
    with pytest.raises(LocalError, match="no sound in it"):
        load(str(path), Law.A)
