"""ADPCM of .vox and WAV files and GSM full rate beside libsndfile and sox, both ways."""

from __future__ import annotations

import io
import pathlib
import struct
import subprocess

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from trunkd.errors import LocalError
from trunkd.native import wrap_files

Int16 = npt.NDArray[np.int16]
SPEECH = pathlib.Path("/usr/share/asterisk/sounds/en_US_f_Allison/confbridge-only-participant.wav")


@pytest.fixture(scope="module")
def speech() -> Int16:
    assert SPEECH.exists(), "speech is missing: apt-get install asterisk-core-sounds-en-wav"
    samples, _ = soundfile.read(SPEECH, dtype="int16")
    return np.asarray(samples[: len(samples) // 8 * 8], np.int16)


def snr_db(wanted: Int16, got: Int16) -> float:
    error = got[: len(wanted)].astype(float) - wanted[: len(got)]
    return float(10 * np.log10((wanted.astype(float) ** 2).mean() / (error**2).mean()))


def sox(folder: pathlib.Path, *arguments: str) -> None:
    subprocess.run(["sox", "-D", "-V1", *arguments], check=True, cwd=folder)


def sndfile_vox(octets: bytes) -> Int16:
    samples, _ = soundfile.read(
        io.BytesIO(octets),
        format="RAW",
        subtype="VOX_ADPCM",
        samplerate=8000,
        channels=1,
        dtype="int16",
        frames=2 * len(octets),
    )
    return np.asarray(samples, np.int16)


def test_vox_of_ours_as_libsndfile_and_sox_decode_it(speech: Int16, tmp_path: pathlib.Path) -> None:
    octets = wrap_files.Vox().encode(speech.tobytes())
    ours = np.frombuffer(wrap_files.Vox().decode(octets), np.int16)
    assert len(ours) == len(speech)
    assert snr_db(speech, ours) > 15
    (tmp_path / "x.vox").write_bytes(octets)
    sox(
        tmp_path,
        "-t",
        "vox",
        "-r",
        "8000",
        "x.vox",
        "x.raw",
    )
    for theirs in (sndfile_vox(octets), np.fromfile(tmp_path / "x.raw", np.int16)):
        assert (theirs == ours).all()


def test_vox_of_sox_and_libsndfile_as_they_decode_it(speech: Int16, tmp_path: pathlib.Path) -> None:
    soundfile.write(tmp_path / "x.wav", speech, 8000)
    sox(tmp_path, "x.wav", "sox.vox")
    soundfile.write(tmp_path / "lib.raw", speech, 8000, format="RAW", subtype="VOX_ADPCM")
    for name in ("sox.vox", "lib.raw"):
        octets = (tmp_path / name).read_bytes()
        ours = np.frombuffer(wrap_files.Vox().decode(octets), np.int16)
        assert (ours == sndfile_vox(octets)).all()
        assert snr_db(speech, ours) > 15


def test_vox_within_its_limits_on_noise() -> None:
    """Random octets run into the limits: 12 bits here; the peers let the top be 32767."""
    octets = np.random.default_rng(1).integers(0, 256, 20000).astype(np.uint8).tobytes()
    ours = np.frombuffer(wrap_files.Vox().decode(octets), np.int16)
    assert ours.max() == 2047 * 16
    assert ours.min() == -2048 * 16
    assert (ours % 16 == 0).all()
    theirs = sndfile_vox(octets)
    before = int(np.argmax(np.abs(ours.astype(int)) > 32000))
    assert before > 10
    assert (ours[:before] == theirs[:before]).all()


def test_vox_in_pieces(speech: Int16) -> None:
    octets = wrap_files.Vox().encode(speech.tobytes())
    decoder = wrap_files.Vox()
    pieces = [decoder.decode(octets[at : at + 77]) for at in range(0, len(octets), 77)]
    assert b"".join(pieces) == wrap_files.Vox().decode(octets)
    with pytest.raises(LocalError, match="even number"):
        wrap_files.Vox().encode(b"\0\0")


def ima_wav(octets: bytes, block: int, channels: int, frames: int) -> bytes:
    form = struct.pack(
        "<HHIIHHHH",
        0x11,
        channels,
        8000,
        8000 * block // 505,
        block,
        4,
        2,
        1 + 8 * (block // (4 * channels) - 1),
    )
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form
    body += b"fact" + struct.pack("<II", 4, frames)
    body += b"data" + struct.pack("<I", len(octets)) + octets
    return b"RIFF" + struct.pack("<I", len(body)) + body


def data_of(wav: bytes) -> tuple[bytes, int]:
    """Its data chunk, and the size of its blocks."""
    at = wav.index(b"data")
    size = int.from_bytes(wav[at + 4 : at + 8], "little")
    form = wav.index(b"fmt ")
    return wav[at + 8 : at + 8 + size], int.from_bytes(wav[form + 20 : form + 22], "little")


@pytest.mark.parametrize("channels", [1, 2])
def test_ima_of_ours_as_libsndfile_and_sox_decode_it(
    channels: int, speech: Int16, tmp_path: pathlib.Path
) -> None:
    sound = np.repeat(speech, channels).reshape(-1, channels)
    sound[:, -1] //= 2
    octets = wrap_files.ima_encode(sound.tobytes(), 256 * channels, channels)
    made = wrap_files.ima_decode(octets, 256 * channels, channels)
    ours = np.frombuffer(made.pcm, np.int16).reshape(-1, channels)
    assert made.used == len(octets)
    for channel in range(channels):
        assert snr_db(sound[:, channel], ours[:, channel]) > 15
    (tmp_path / "x.wav").write_bytes(ima_wav(octets, 256 * channels, channels, len(ours)))
    theirs, _ = soundfile.read(tmp_path / "x.wav", dtype="int16", always_2d=True)
    assert (theirs == ours).all()
    sox(tmp_path, "x.wav", "-e", "signed", "-b", "16", "x.raw")
    assert (np.fromfile(tmp_path / "x.raw", np.int16).reshape(-1, channels) == ours).all()


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("writer", ["libsndfile", "sox"])
def test_ima_of_theirs(writer: str, channels: int, speech: Int16, tmp_path: pathlib.Path) -> None:
    sound = np.repeat(speech, channels).reshape(-1, channels)
    path = tmp_path / "x.wav"
    if writer == "libsndfile":
        soundfile.write(path, sound, 8000, subtype="IMA_ADPCM")
    else:
        soundfile.write(tmp_path / "in.wav", sound, 8000)
        sox(tmp_path, "in.wav", "-e", "ima-adpcm", "x.wav")
    octets, block = data_of(path.read_bytes())
    made = wrap_files.ima_decode(octets, block, channels)
    theirs, _ = soundfile.read(path, dtype="int16", always_2d=True)
    ours = np.frombuffer(made.pcm, np.int16).reshape(-1, channels)[: len(theirs)]
    assert made.used == len(octets)
    assert (ours == theirs).all()


def test_ima_block_headers_that_are_none(speech: Int16) -> None:
    octets = bytearray(wrap_files.ima_encode(speech.tobytes(), 256, 1))
    good = wrap_files.ima_decode(bytes(octets), 256, 1)
    for place, value in ((2, 89), (2, 255), (3, 1)):
        spoilt = bytearray(octets)
        spoilt[5 * 256 + place] = value
        made = wrap_files.ima_decode(bytes(spoilt), 256, 1)
        assert made.used == 5 * 256
        assert made.frames == 5 * 505
        assert made.pcm == good.pcm[: len(made.pcm)]
    # Cut short within a group: the whole ones are kept.
    made = wrap_files.ima_decode(bytes(octets[: 256 + 4 + 4 * 3 + 2]), 256, 1)
    assert made.frames == 505 + 1 + 8 * 3
    for block, channels in ((3, 1), (0, 1), (256, 0), (256, 9), (7, 2), (-1, 1), (1 << 40, 1)):
        with pytest.raises(LocalError, match="IMA ADPCM"):
            wrap_files.ima_decode(bytes(octets), block, channels)
    for block, channels in ((4, 1), (255, 1), (256, 0)):
        with pytest.raises(LocalError, match="IMA ADPCM"):
            wrap_files.ima_encode(b"", block, channels)


def test_gsm_is_bit_exact(speech: Int16, tmp_path: pathlib.Path) -> None:
    """The peer is libgsm inside of libsndfile, on speech and on frames of random bits."""
    soundfile.write(tmp_path / "x.gsm", speech, 8000, format="RAW", subtype="GSM610")
    rng = np.random.default_rng(4)
    noise = rng.integers(0, 256, (300, 33)).astype(np.uint8)
    noise[:, 0] = noise[:, 0] & 15 | 0xD0
    (tmp_path / "noise.gsm").write_bytes(noise.tobytes())
    for name in ("x.gsm", "noise.gsm"):
        path = tmp_path / name
        theirs, _ = soundfile.read(
            path, format="RAW", subtype="GSM610", samplerate=8000, channels=1, dtype="int16"
        )
        made = wrap_files.Gsm(False).decode(path.read_bytes())
        assert made.used == path.stat().st_size
        assert made.pcm == theirs.tobytes()


def test_gsm_in_wav_is_bit_exact(speech: Int16, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.wav"
    soundfile.write(path, speech, 8000, subtype="GSM610")
    octets, block = data_of(path.read_bytes())
    assert block == 65
    theirs, _ = soundfile.read(path, dtype="int16")
    ours = np.frombuffer(wrap_files.Gsm(True).decode(octets).pcm, np.int16)
    assert len(ours) >= len(speech)
    assert (ours[: len(theirs)] == theirs[: len(ours)]).all()


def test_gsm_stops_at_a_frame_without_its_mark(speech: Int16, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.gsm"
    soundfile.write(path, speech, 8000, format="RAW", subtype="GSM610")
    octets = bytearray(path.read_bytes())
    good = wrap_files.Gsm(False).decode(octets)
    octets[33 * 20] ^= 0x10
    made = wrap_files.Gsm(False).decode(bytes(octets))
    assert made.used == 33 * 20
    assert made.pcm == good.pcm[: 320 * 20]
