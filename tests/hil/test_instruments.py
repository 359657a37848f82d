"""detect and synth: what one writes the other reads, at any rate and in any coding."""

from __future__ import annotations

import pathlib
import struct
import zlib

import numpy as np
import pytest
import soundfile
from scipy.signal import resample_poly

from trunkd.errors import LocalError
from trunkd.hil import instruments
from trunkd.hil.instruments_kind import Shape
from trunkd.native import wrap_fsk

SOUNDS = pathlib.Path("/usr/share/asterisk/sounds")
SIGNALS = {"dtmf", "r2f", "r2b", "mf", "cid", "cid202", "modem", "tone"}
VALUES = {
    "dtmf": "1234567890*#ABCD",
    "r2f": "1234567890BCDEF",
    "r2b": "1234567890BCDEF",
    "mf": "K1234567890CABS",
}


def values(path: pathlib.Path, kind: str) -> str:
    rows = instruments.examine(str(path), (kind,))
    return "".join(found.value for found, _ in rows)


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("coding", instruments.CODINGS)
def test_what_synth_writes_detect_reads(kind: str, coding: str, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "tones.wav"
    shape = Shape(level_dbm0=-15, twist_db=2)
    instruments.write(str(path), instruments.synth(kind, VALUES[kind], shape), coding)
    assert soundfile.info(str(path)).subtype == instruments.CODINGS[coding]
    rows = instruments.examine(str(path), (kind,))
    assert "".join(found.value for found, _ in rows) == VALUES[kind]
    for found, channel in rows:
        assert channel is None
        assert found.kind == kind
        assert found.level_dbm0 == pytest.approx(-15, abs=0.7)
        assert found.twist_db == pytest.approx(2, abs=0.7)
    assert [f.start for f, _ in rows] == sorted(f.start for f, _ in rows)


@pytest.mark.parametrize("rate", [11025, 16000, 22050, 44100, 48000])
def test_any_rate(rate: int, tmp_path: pathlib.Path) -> None:
    tones = np.frombuffer(instruments.synth("dtmf", VALUES["dtmf"], Shape()), np.int16)
    shared = np.gcd(rate, 8000)
    fast = resample_poly(tones / 32768, rate // shared, 8000 // shared)
    soundfile.write(tmp_path / "tones.flac", fast, rate)
    assert values(tmp_path / "tones.flac", "dtmf") == VALUES["dtmf"]


def test_both_channels_are_told_apart(tmp_path: pathlib.Path) -> None:
    left = np.frombuffer(instruments.synth("dtmf", "159", Shape()), np.int16)
    right = np.frombuffer(instruments.synth("dtmf", "357", Shape()), np.int16)
    soundfile.write(tmp_path / "two.wav", np.stack([left, right], axis=1), 8000)
    rows = instruments.examine(str(tmp_path / "two.wav"), ("dtmf",))
    assert "".join(f.value for f, channel in rows if channel == 1) == "159"
    assert "".join(f.value for f, channel in rows if channel == 2) == "357"
    assert instruments.as_json(*rows[0])["channel"] == 1
    assert instruments.as_text(*rows[-1]).startswith("2: ")


def noisy(sound: bytes, seed: int, deviation: float = 20) -> np.ndarray:
    """The sound between silences of a quarter of a second, and noise over all."""
    line = np.pad(np.frombuffer(sound, np.int16).astype(float), 2000)
    line += np.random.default_rng(seed).normal(0, deviation, len(line))
    return np.clip(np.rint(line), -32768, 32767).astype(np.int16)


@pytest.mark.parametrize("kind", VALUES)
def test_kinds_do_not_take_each_others_signals(kind: str) -> None:
    """R1 lies near to some DTMF digits (700 + 1500 Hz, 3): what fits better is told, alone."""
    for seed, digit in enumerate(VALUES[kind]):
        for shape in (Shape(), Shape(level_dbm0=-25, twist_db=3)):
            heard = instruments.detect(noisy(instruments.synth(kind, digit, shape), seed))
            assert [(f.kind, f.value) for f in heard] == [(kind, digit)], shape
    heard = instruments.detect(noisy(instruments.synth(kind, VALUES[kind], Shape()), 1))
    assert {f.kind for f in heard} == {kind}
    assert "".join(f.value for f in heard) == VALUES[kind]


def test_no_register_signal_in_fsk() -> None:
    """The seizure's 1100 and 1700 Hz are those of KP, which the R1 receiver by itself hears."""
    random = np.random.default_rng(4)
    forced = 0
    for modem in (wrap_fsk.V23, wrap_fsk.BELL202):
        for seizure in (0, 80, 300):
            octets = random.integers(0, 256, 150).astype(np.uint8).tobytes()
            samples = wrap_fsk.fsk_samples(octets, modem, seizure=seizure)
            assert instruments.detect(np.array(samples)) == []
            forced += len(instruments.detect(np.array(samples), ("mf",)))
    assert forced > 0


def test_nothing_but_speech_in_speech() -> None:
    """About twelve minutes of prompts, in which R2 and R1 receivers hear some signals."""
    files = sorted(SOUNDS.rglob("*.wav"))[::11]
    assert len(files) > 200, (
        "apt-get install asterisk-core-sounds-en-wav, -es-wav, -fr-wav, -it-wav"
    )
    forced = 0
    for path in files:
        (samples,) = instruments.read(str(path))
        assert [f for f in instruments.detect(samples) if f.kind in SIGNALS] == [], path
        forced += len(instruments.detect(samples, ("r2b", "mf")))
    assert forced > 0


def test_a_tone_is_not_a_register_signal() -> None:
    for country, name in (("us", "dial"), ("us", "busy"), ("gb", "ringback"), ("cn", "howler")):
        sound = instruments.synth("tone", f"{country}/{name}", Shape())
        heard = instruments.detect(noisy(sound, 2))
        assert {f.kind for f in heard} <= {"tone", "modem"}, (country, name)
        assert any(f.value.endswith(name) for f in heard), (country, name)


def test_times_and_shape() -> None:
    sound = instruments.synth("dtmf", "12", Shape(-20, -3, 0.2, 0.1))
    assert len(sound) == 2 * 8000 * 6 // 10
    first, second = instruments.detect(np.frombuffer(sound, np.int16), ("dtmf",))
    assert first.start == pytest.approx(0, abs=0.004)
    assert first.end == pytest.approx(0.2, abs=0.004)
    assert second.start == pytest.approx(0.3, abs=0.004)
    row = instruments.as_json(second, None)
    assert set(row) == {"kind", "value", "start", "end", "level_dbm0", "twist_db"}
    assert row["level_dbm0"] == pytest.approx(-20, abs=0.3)
    assert "2" in instruments.as_text(second, None)


def test_a_digit_that_the_end_cuts_off_is_found() -> None:
    sound = instruments.synth("dtmf", "5", Shape(off=0))
    (found,) = instruments.detect(np.frombuffer(sound, np.int16), ("dtmf",))
    assert found.value == "5"


def test_picture_is_a_png_with_the_tones_where_they_are(tmp_path: pathlib.Path) -> None:
    path, plot = tmp_path / "tones.wav", tmp_path / "tones.png"
    instruments.write(str(path), instruments.synth("dtmf", "147*" * 3, Shape(on=0.2)))
    instruments.examine(str(path), (), str(plot))
    data = plot.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    at = data.index(b"IDAT")
    (length,) = struct.unpack(">I", data[at - 4 : at])
    assert zlib.crc32(data[at : at + 4 + length]) == int.from_bytes(
        data[at + 4 + length : at + 8 + length], "big"
    )
    rows = np.frombuffer(zlib.decompress(data[at + 4 : at + 4 + length]), np.uint8)
    image = rows.reshape(height, 1 + 3 * width)[:, 1:].reshape(height, width, 3)
    brightness = image[20:148].sum(axis=2).mean(axis=1)  # 128 rows, 4 kHz on top
    assert brightness[127 - round(1209 / 31.25)] > 2 * brightness[127 - round(3000 / 31.25)]


def test_nothing_is_found_in_nothing(tmp_path: pathlib.Path) -> None:
    instruments.write(str(tmp_path / "empty.wav"), b"")
    assert instruments.examine(str(tmp_path / "empty.wav"), (), str(tmp_path / "e.png")) == []


def test_mistakes_name_the_remedy(tmp_path: pathlib.Path) -> None:
    text = tmp_path / "text.wav"
    text.write_text("hello")
    with pytest.raises(LocalError, match=r"text\.wav: .*libsndfile"):
        instruments.read(str(text))
    with pytest.raises(LocalError, match=r"ends in \.wav"):
        instruments.write(str(tmp_path / "tones.foo"), b"")
    with pytest.raises(LocalError, match="there are dtmf, r2f, r2b, mf"):
        instruments.synth("none", "1", Shape())
    with pytest.raises(LocalError, match="no digit 'G'"):
        instruments.synth("r2f", "1G", Shape())
    with pytest.raises(LocalError, match="name a file that can be written"):
        instruments.write(str(tmp_path / "a.wav"), b"\0\0" * 800)
        instruments.examine(str(tmp_path / "a.wav"), (), str(tmp_path / "no" / "plot.png"))
