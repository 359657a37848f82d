"""Sample rates of voice files beside scipy's and sox's, and samples of every coding."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import numpy as np
import numpy.typing as npt
import pytest
import scipy.signal
import soundfile

from trunkd.errors import LocalError
from trunkd.native import wrap, wrap_files
from trunkd.native.wrap_files import Converter

assert sys.byteorder == "little"
RATES = [
    (44100, 8000),
    (48000, 8000),
    (22050, 8000),
    (11025, 8000),
    (6000, 8000),
    (4000, 8000),
    (44101, 8000),
    (7999, 8000),
    (96000, 8000),
    (192000, 8000),
    (8000, 16000),
    (16000, 8000),
]
Floats = npt.NDArray[np.float64]


def resample(
    signal: Floats, from_hz: int, to_hz: int, *, plain: bool = False, piece: int = 1 << 30
) -> npt.NDArray[np.int16]:
    """A signal in units of a 16-bit sample through the native filter, in pieces of octets."""
    converter = Converter(wrap_files.PCM_F32, 1, from_hz, wrap_files.LINEAR, to_hz, plain)
    octets = (signal / 32768).astype("<f4").tobytes()
    out = b"".join(converter.feed(octets[at : at + piece]) for at in range(0, len(octets), piece))
    return np.frombuffer(out + converter.finish(), np.int16)


def band_noise(rate: int, edge: float, seconds: float = 1.0) -> Floats:
    """Noise of RMS 6000 up to ``edge`` Hz."""
    rng = np.random.default_rng(rate)
    spectrum = np.fft.rfft(rng.normal(size=round(rate * seconds)))
    spectrum[np.fft.rfftfreq(round(rate * seconds), 1 / rate) > edge] = 0
    noise = np.fft.irfft(spectrum, round(rate * seconds))
    return np.clip(noise * 6000 / noise.std(), -32700, 32700)


def snr_db(wanted: Floats, got: npt.NDArray[np.int16]) -> float:
    """Within the middle: the ends are where filters of different lengths differ."""
    n = min(len(wanted), len(got))
    middle = slice(n // 8, n - n // 8)
    error = got[:n][middle] - wanted[:n][middle]
    return float(10 * np.log10((wanted[:n][middle] ** 2).mean() / (error**2).mean()))


@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
def test_voice_band_as_by_an_ideal_filter(from_hz: int, to_hz: int) -> None:
    """The referee is scipy's, with a filter of -120 dB that is sharper than ours."""
    signal = band_noise(from_hz, 0.42 * min(from_hz, to_hz))
    common = np.gcd(from_hz, to_hz)
    up, down = to_hz // common, from_hz // common
    most = max(up, down)
    taps = scipy.signal.firwin(160 * most + 1, 0.47 * 2 / most, window=("kaiser", 12.3))
    wanted = scipy.signal.resample_poly(signal, up, down, window=taps)
    got = resample(signal, from_hz, to_hz)
    assert len(got) == len(wanted) == -(-len(signal) * to_hz // from_hz)
    assert snr_db(wanted, got) > 75


@pytest.mark.parametrize("from_hz", [44100, 16000, 11025])
def test_voice_band_as_by_sox(from_hz: int, tmp_path: pathlib.Path) -> None:
    signal = np.rint(band_noise(from_hz, 3300))
    soundfile.write(tmp_path / "in.wav", signal.astype(np.int16), from_hz)
    command = ["sox", "-D", "-V1", "in.wav", "out.wav", "rate", "-v", "8000"]
    subprocess.run(command, check=True, cwd=tmp_path)
    wanted, _ = soundfile.read(tmp_path / "out.wav", dtype="int16")
    assert snr_db(wanted.astype(np.float64), resample(signal, from_hz, 8000)) > 70


@pytest.mark.parametrize("from_hz", [11025, 16000, 44100, 44101, 192000])
def test_what_would_fold_down_is_70_db_down(from_hz: int) -> None:
    for hertz in np.linspace(4005, from_hz / 2, 40, endpoint=False):
        tone = 20000 * np.sin(2 * np.pi * hertz * np.arange(from_hz // 4) / from_hz)
        left = resample(tone, from_hz, 8000)[300:-300].astype(np.float64)
        assert 20 * np.log10(np.sqrt(2) * left.std() / 20000 + 1e-9) < -70, hertz


@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
def test_vector_and_plain_c_give_the_same(from_hz: int, to_hz: int) -> None:
    signal = np.random.default_rng(1).normal(size=from_hz // 2) * 12000
    assert (resample(signal, from_hz, to_hz) == resample(signal, from_hz, to_hz, plain=True)).all()


@pytest.mark.parametrize("from_hz", [8000, 11025, 44101, 192000])
def test_pieces_make_no_difference(from_hz: int) -> None:
    signal = np.random.default_rng(2).normal(size=from_hz // 4) * 9000
    whole = resample(signal, from_hz, 8000)
    assert (resample(signal, from_hz, 8000, piece=4099) == whole).all()
    short = resample(signal[:1000], from_hz, 8000)
    assert len(short) == -(-1000 * 8000 // from_hz)
    assert (resample(signal[:1000], from_hz, 8000, piece=3) == short).all()


def test_a_converter_begins_anew_after_the_end() -> None:
    converter = Converter(wrap_files.PCM_S16, 1, 11025, wrap_files.LINEAR)
    sound = np.arange(2000, dtype="<i2").tobytes()
    first = converter.feed(sound) + converter.finish()
    assert converter.feed(sound) + converter.finish() == first


def test_loud_sound_is_limited_not_wrapped() -> None:
    square = np.where(np.arange(44100) // 100 % 2, 32767.0, -32768.0)
    out = resample(square, 44100, 8000).astype(int)
    # The overshoot of a band-limited edge lies outside of 16 bits.
    assert out.max() == 32767
    assert out.min() == -32768
    assert np.abs(np.diff(out)).max() < 65536


CODINGS = {
    wrap_files.PCM_U8: "PCM_U8",
    wrap_files.PCM_S16: "PCM_16",
    wrap_files.PCM_S24: "PCM_24",
    wrap_files.PCM_S32: "PCM_32",
    wrap_files.PCM_F32: "FLOAT",
    wrap_files.PCM_F64: "DOUBLE",
    wrap_files.PCM_ALAW: "ALAW",
    wrap_files.PCM_ULAW: "ULAW",
}


@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("coding", list(CODINGS))
def test_codings_are_read_as_by_libsndfile(
    coding: int, channels: int, tmp_path: pathlib.Path
) -> None:
    subtype = CODINGS[coding]
    rng = np.random.default_rng(coding)
    signal = np.clip(rng.normal(size=(4000, channels)) * 0.3, -0.99, 0.99)
    path = tmp_path / "x.raw"
    soundfile.write(path, signal, 8000, subtype=subtype, format="RAW", endian="LITTLE")
    heard, _ = soundfile.read(
        path,
        format="RAW",
        subtype=subtype,
        samplerate=8000,
        channels=channels,
        endian="LITTLE",
        always_2d=True,
    )
    converter = Converter(coding, channels, 8000, wrap_files.LINEAR)
    got = np.frombuffer(converter.feed(path.read_bytes()), np.int16)
    wanted = heard.mean(axis=1) * 32768
    # 32 bits and double go through a float's 24 bits: a tie may fall to the other side.
    wide = (wrap_files.PCM_S32, wrap_files.PCM_F64)
    if channels == 1 and coding not in wide:
        assert (got == np.rint(wanted)).all()
    assert np.abs(got - wanted).max() <= 0.5 + 1e-2


def test_rounding_is_to_the_nearest_and_ties_to_even() -> None:
    values = np.array([0.5, 1.5, 2.5, -0.5, -1.5, 0.4999, 32766.6, 40000, -40000])
    got = resample(values, 8000, 8000)
    assert got.tolist() == [0, 2, 2, 0, -2, 0, 32767, 32767, -32768]


@pytest.mark.parametrize("coding", [wrap_files.PCM_F32, wrap_files.PCM_F64])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e30, -65.0])
def test_floats_that_are_no_sound_end_it(coding: int, bad: float) -> None:
    values = np.full(9000, 0.25)
    values[8500] = bad
    kind = "<f4" if coding == wrap_files.PCM_F32 else "<f8"
    converter = Converter(coding, 1, 8000, wrap_files.LINEAR)
    got = converter.feed(values.astype(kind).tobytes())
    assert converter.spoilt
    assert converter.frames == 8500 == len(got) // 2
    assert converter.feed(values.astype(kind).tobytes()) == b""


def test_companding_is_that_of_g711() -> None:
    sound = np.random.default_rng(3).integers(-32768, 32768, 20000).astype("<i2").tobytes()
    assert Converter(wrap_files.PCM_S16, 1, 8000, wrap_files.ALAW).feed(sound) == wrap.alaw_encode(
        sound
    )
    assert Converter(wrap_files.PCM_S16, 1, 8000, wrap_files.ULAW).feed(sound) == wrap.ulaw_encode(
        sound
    )


@pytest.mark.parametrize(
    "wrong",
    [
        (99, 1, 8000, 0),
        (2, 0, 8000, 0),
        (2, 65, 8000, 0),
        (2, 1, 3999, 0),
        (2, 1, 192001, 0),
        (2, 1, -1, 0),
        (2, 1, 1 << 33, 0),
        (2, 1, 8000, 9),
    ],
)
def test_what_cannot_be_converted(wrong: tuple[int, int, int, int]) -> None:
    with pytest.raises(LocalError, match="give"):
        Converter(*wrong)
