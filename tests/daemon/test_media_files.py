"""Voice files of every format, whole, odd and damaged, beside soundfile and sox."""

from __future__ import annotations

import os
import pathlib
import struct
import subprocess
import sys

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from trunkd.board.model import Law
from trunkd.daemon import media_wav
from trunkd.daemon.media_files import FORMS, Prompt, describe, load, resolve, save
from trunkd.errors import LocalError
from trunkd.native import wrap, wrap_files

ALL = bytes(range(256)) * 3
Int16 = npt.NDArray[np.int16]


def tone(seconds: float = 0.5, rate: int = 8000, hertz: float = 1000, level: float = 8000) -> Int16:
    place = np.arange(round(seconds * rate)) / rate
    return np.rint(level * np.sin(2 * np.pi * hertz * place)).astype(np.int16)


def chunk(name: bytes, body: bytes, size: int | None = None) -> bytes:
    length = len(body) if size is None else size
    return name + struct.pack("<I", length) + body + b"\0" * (len(body) & 1)


def form(tag: int, channels: int, rate: int, bits: int, extra: bytes = b"") -> bytes:
    block = channels * bits // 8
    return struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits) + extra


def riff(*chunks: bytes, name: bytes = b"RIFF") -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return name + struct.pack("<I", len(body)) + body


def put(path: pathlib.Path, octets: bytes) -> str:
    path.write_bytes(octets)
    return str(path)


def heard(prompt: Prompt) -> Int16:
    decode = wrap.alaw_decode if prompt.law is Law.A else wrap.ulaw_decode
    return np.frombuffer(decode(prompt.octets), np.int16)


# ==== G.711 and PCM ===============================================================================


@pytest.mark.parametrize("law", [Law.A, Law.MU])
def test_every_g711_octet_survives_the_file(law: Law, tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "x.wav")
    save(path, ALL, law, "g711")
    prompt = load(path, law)
    assert prompt.octets == ALL
    assert (prompt.rate, prompt.channels, prompt.samples, prompt.damage) == (8000, 1, 768, "")
    # An independent reader agrees on what it says.
    info = soundfile.info(path)
    assert (info.samplerate, info.channels, info.frames) == (8000, 1, len(ALL))
    assert info.subtype == ("ALAW" if law is Law.A else "ULAW")


def test_other_law_is_converted_by_the_tables_of_g711(tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "x.wav")
    save(path, ALL, Law.MU, "g711")
    assert load(path, Law.A).octets == wrap.ulaw_to_alaw(ALL)
    save(path, ALL, Law.A, "g711")
    assert load(path, Law.MU).octets == wrap.alaw_to_ulaw(ALL)


def test_pcm16_keeps_the_samples(tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "x.wav")
    save(path, ALL, Law.A, "pcm16")
    samples, rate = soundfile.read(path, dtype="int16")
    assert rate == 8000
    assert samples.tobytes() == wrap.alaw_decode(ALL)
    assert load(path, Law.A).octets == ALL


@pytest.mark.parametrize("rate", [4000, 6000, 8000, 11025, 16000, 44100, 48000, 192000])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_tone_keeps_frequency_and_level(rate: int, channels: int, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.wav"
    soundfile.write(path, np.stack([tone(rate=rate)] * channels, axis=1), rate)
    prompt = load(str(path), Law.A)
    assert (prompt.rate, prompt.channels) == (rate, channels)
    assert prompt.samples == 4000
    sound = heard(prompt).astype(float)[800:3200]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    assert abs(np.argmax(spectrum) * 8000 / len(sound) - 1000) < 5
    assert abs(20 * np.log10(np.sqrt(2) * sound.std() / 8000)) < 0.2


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_wider_samples_keep_16_bits(subtype: str, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.wav"
    soundfile.write(path, tone() / 32768, 8000, subtype=subtype)
    assert load(str(path), Law.A).octets == wrap.alaw_encode(tone().tobytes())


@pytest.mark.parametrize("subtype", ["PCM_U8", "ALAW", "ULAW", "MS_ADPCM"])
def test_narrower_samples_as_libsndfile_reads_them(subtype: str, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.wav"
    soundfile.write(path, tone(), 8000, subtype=subtype)
    samples, _ = soundfile.read(path, dtype="int16")
    got = load(str(path), Law.A).octets
    if subtype == "ULAW":
        assert got == wrap.ulaw_to_alaw(wrap.ulaw_encode(samples.tobytes()))
    else:
        assert got == wrap.alaw_encode(samples.tobytes())


def test_two_channels_are_their_mean(tmp_path: pathlib.Path) -> None:
    left, right = tone(hertz=400), tone(hertz=700)
    for subtype in ("PCM_16", "FLOAT", "ALAW", "IMA_ADPCM"):
        path = tmp_path / f"{subtype}.wav"
        soundfile.write(path, np.stack([left, right], axis=1) / 32768, 8000, subtype=subtype)
        frames, _ = soundfile.read(path, always_2d=True)
        wanted = np.rint(frames.mean(axis=1) * 32768).astype(np.int16)
        assert load(str(path), Law.A).octets == wrap.alaw_encode(wanted.tobytes()), subtype


# ==== compressed, raw and foreign =================================================================


@pytest.mark.parametrize(
    ("subtype", "words"), [("GSM610", "GSM 06.10"), ("IMA_ADPCM", "IMA ADPCM")]
)
def test_compressed_wav_as_libsndfile_reads_it(
    subtype: str, words: str, tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "x.wav"
    soundfile.write(path, tone(1.03), 8000, subtype=subtype)
    samples, _ = soundfile.read(path, dtype="int16")
    prompt = load(str(path), Law.A)
    assert prompt.format == f"WAV {words}"
    n = min(len(samples), prompt.samples)
    assert abs(len(samples) - prompt.samples) <= 320  # libsndfile gives a whole last block of GSM
    assert n >= len(tone(1.03)) - 320
    assert prompt.octets[:n] == wrap.alaw_encode(samples[:n].tobytes())


def test_raw_files_by_suffix_and_by_form(tmp_path: pathlib.Path) -> None:
    pcm = tone()
    alaw, mulaw = wrap.alaw_encode(pcm.tobytes()), wrap.ulaw_encode(pcm.tobytes())
    vox = wrap_files.Vox().encode(pcm.tobytes())
    linear = wrap.alaw_encode(pcm.tobytes())
    for suffix, octets, wanted in [
        (".al", alaw, alaw),
        (".ALAW", alaw, alaw),
        (".ul", mulaw, wrap.ulaw_to_alaw(mulaw)),
        (".ulaw", mulaw, wrap.ulaw_to_alaw(mulaw)),
        (".pcm", pcm.tobytes(), linear),
        (".sln", pcm.tobytes(), linear),
        (".vox", vox, wrap.alaw_encode(wrap_files.Vox().decode(vox))),
    ]:
        assert load(put(tmp_path / f"x{suffix}", octets), Law.A).octets == wanted, suffix
    path = put(tmp_path / "noname", mulaw)
    assert load(path, Law.MU, form="mulaw").octets == mulaw
    assert set(FORMS) >= {"alaw", "mulaw", "pcm16", "vox", "vox-6k", "gsm"}
    with pytest.raises(LocalError, match=r"no form 'mp4': give one of alaw, mulaw"):
        load(path, Law.A, form="mp4")
    with pytest.raises(LocalError, match=r"noname: not a sound file"):
        load(path, Law.A)


def test_raw_files_of_other_rates(tmp_path: pathlib.Path) -> None:
    for rate, suffix in ((16000, ".sln16"), (48000, ".sln48"), (6000, ".vox6")):
        sound = tone(1, rate, 600)
        octets = wrap_files.Vox().encode(sound.tobytes()) if suffix == ".vox6" else sound.tobytes()
        prompt = load(put(tmp_path / f"x{suffix}", octets), Law.A)
        assert (prompt.samples, prompt.rate) == (8000, rate)
        error = heard(prompt).astype(float) - tone(1, 8000, 600)
        assert 20 * np.log10(error[400:-400].std() / 8000) < (-20 if suffix == ".vox6" else -35)


def test_gsm_of_sox(tmp_path: pathlib.Path) -> None:
    soundfile.write(tmp_path / "x.wav", tone(), 8000)
    subprocess.run(["sox", "-V1", "x.wav", "x.gsm"], check=True, cwd=tmp_path)
    subprocess.run(
        ["sox", "-D", "-V1", "x.gsm", "-e", "signed", "-b", "16", "back.wav"],
        check=True,
        cwd=tmp_path,
    )
    wanted, _ = soundfile.read(tmp_path / "back.wav", dtype="int16")
    prompt = load(str(tmp_path / "x.gsm"), Law.A)
    assert prompt.octets == wrap.alaw_encode(wanted.tobytes())


@pytest.mark.parametrize("tag", [0x10, 0x17])
def test_dialogic_adpcm_in_wav(tag: int, tmp_path: pathlib.Path) -> None:
    vox = wrap_files.Vox().encode(tone().tobytes())
    head = struct.pack("<HHIIHHH", tag, 1, 8000, 4000, 1, 4, 0)
    path = put(tmp_path / "x.wav", riff(chunk(b"fmt ", head), chunk(b"data", vox)))
    prompt = load(path, Law.A)
    assert prompt.octets == wrap.alaw_encode(wrap_files.Vox().decode(vox))


@pytest.mark.parametrize("suffix", ["flac", "ogg", "au", "aiff", "mp3", "w64", "caf"])
def test_what_libsndfile_knows(suffix: str, tmp_path: pathlib.Path) -> None:
    path = tmp_path / f"x.{suffix}"
    soundfile.write(path, tone(rate=16000), 16000)
    prompt = load(str(path), Law.A)
    assert prompt.rate == 16000
    assert abs(prompt.samples - 4000) < 800  # MP3 is filled up to frames
    assert 20 * np.log10(heard(prompt)[1000:3000].std() * np.sqrt(2) / 8000) > -1


def test_neither_numpy_nor_scipy_nor_soundfile_for_the_usual_formats(
    tmp_path: pathlib.Path,
) -> None:
    """The daemon's memory matters: they are 40 MB."""
    for subtype in ("PCM_16", "PCM_24", "FLOAT", "ALAW", "GSM610", "IMA_ADPCM"):
        rate = 8000 if subtype == "GSM610" else 44100
        soundfile.write(tmp_path / f"{subtype}.wav", tone(rate=rate), rate, subtype=subtype)
    put(tmp_path / "x.vox", bytes(4000))
    soundfile.write(tmp_path / "x.flac", tone(), 8000)
    code = """
import pathlib, sys
from trunkd.board.model import Law
from trunkd.daemon.media_files import load
heavy = {"numpy", "scipy", "soundfile"}
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.[wv]*")):
    load(str(path), Law.A)
    assert not heavy & set(sys.modules), path
load(sys.argv[1] + "/x.flac", Law.A)
assert "scipy" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)


# ==== odd headers =================================================================================

PCM8K = form(media_wav.PCM, 1, 8000, 16)
SOUND = tone(0.25).tobytes()
COMPANDED = wrap.alaw_encode(SOUND)
GUID = bytes.fromhex("000000001000800000aa00389b71")


@pytest.mark.parametrize(
    "octets",
    [
        riff(chunk(b"JUNK", b"odd"), chunk(b"fmt ", PCM8K), chunk(b"LIST", b"INFO" * 9),
             chunk(b"data", SOUND), chunk(b"id3 ", b"x" * 40)),
        riff(chunk(b"fmt ", PCM8K), chunk(b"data", SOUND, 0)),
        riff(chunk(b"fmt ", PCM8K), chunk(b"data", SOUND, 0xFFFFFFFF)),
        riff(chunk(b"fmt ", PCM8K), chunk(b"data", SOUND, 0x7FFFF000)),
        riff(chunk(b"data", SOUND), chunk(b"fmt ", PCM8K)),
        riff(chunk(b"bext", b"abc")[:-1], chunk(b"fmt ", PCM8K), chunk(b"data", SOUND)),
        riff(chunk(b"fmt ", PCM8K + b"\0\0"), chunk(b"data", SOUND)),
        riff(chunk(b"fmt ", form(0xFFFE, 1, 8000, 16, struct.pack("<HHIH", 22, 16, 4, 1) + GUID)),
             chunk(b"data", SOUND)),
        riff(chunk(b"ds64", struct.pack("<QQQI", 0, len(SOUND), 0, 0)), chunk(b"fmt ", PCM8K),
             chunk(b"data", SOUND, 0xFFFFFFFF), chunk(b"LIST", b"INFO"), name=b"RF64"),
    ],
    ids=["junk", "size-0", "size-ff", "size-sox", "data-first", "unpadded", "extended",
         "extensible", "rf64"],
)  # fmt: skip
def test_odd_headers(octets: bytes, tmp_path: pathlib.Path) -> None:
    prompt = load(put(tmp_path / "x.wav", octets), Law.A)
    assert prompt.octets == COMPANDED
    assert prompt.damage == ""


def test_sox_to_a_pipe(tmp_path: pathlib.Path) -> None:
    """It cannot set the sizes afterwards."""
    soundfile.write(tmp_path / "x.wav", tone(), 8000)
    command = ["sox", "-V1", str(tmp_path / "x.wav"), "-t", "wav", "-"]
    octets = subprocess.run(command, check=True, capture_output=True).stdout
    prompt = load(put(tmp_path / "y.wav", octets), Law.A)
    assert prompt.octets == wrap.alaw_encode(tone().tobytes())
    assert prompt.damage == ""


@pytest.mark.parametrize(
    ("octets", "match"),
    [
        (b"", "an empty file"),
        (b"RIFF", "not a sound file"),
        (b"no sound at all", "not a sound file that can be read .*: convert it to WAV"),
        (riff(chunk(b"data", b"\0", 0xFFFFFFFF)), "without a format chunk"),
        (riff(chunk(b"fmt ", PCM8K)), "without a data chunk"),
        (riff(chunk(b"fmt ", b"\1\0"), chunk(b"data", SOUND)), "format chunk has 2 octets"),
        (riff(chunk(b"fmt ", form(1, 0, 8000, 16)), chunk(b"data", SOUND)), "0 channels"),
        (riff(chunk(b"fmt ", form(1, 1, 1, 16)), chunk(b"data", SOUND)), "rate of 4000 to 192000"),
        (riff(chunk(b"fmt ", form(1, 65, 8000, 8)), chunk(b"data", SOUND)), "65 channels"),
        (riff(chunk(b"fmt ", form(0x11, 1, 8000, 8)), chunk(b"data", SOUND)), "blocks of 1 octets"),
        (riff(chunk(b"fmt ", form(0x1234, 1, 8000, 8)), chunk(b"data", SOUND)), "not a sound file"),
        (riff(chunk(b"fmt ", PCM8K), chunk(b"data", b"")), "there is no sound in it"),
        (riff(chunk(b"fmt ", PCM8K), chunk(b"data", b"", 100)), "100 of 100 octets are missing"),
    ],
)
def test_files_that_cannot_be_played(octets: bytes, match: str, tmp_path: pathlib.Path) -> None:
    with pytest.raises(LocalError, match=rf"x\.wav: .*{match}"):
        load(put(tmp_path / "x.wav", octets), Law.A)


def test_what_is_no_file(tmp_path: pathlib.Path) -> None:
    os.mkfifo(tmp_path / "fifo.wav")
    for name, match in [("gone.wav", "No such file"), (".", "not a regular file"),
                        ("fifo.wav", "not a regular file"), ("a\0b.wav", "null")]:  # fmt: skip
        with pytest.raises(LocalError, match=match):
            load(str(tmp_path / name), Law.A)


def test_resolve_stays_below_the_media_directory(tmp_path: pathlib.Path) -> None:
    assert resolve(str(tmp_path), "a/b.VOX") == str(tmp_path.resolve() / "a" / "b.VOX")
    (tmp_path / "out.wav").symlink_to("/etc/hosts.wav")
    for name in ("../x.wav", "/etc/x.wav", "", ".", "out.wav", "x\0.wav"):
        with pytest.raises(LocalError, match="not below"):
            resolve(str(tmp_path), name)
    with pytest.raises(LocalError, match="must end in"):
        resolve(str(tmp_path), "x.txt")


# ==== limits ======================================================================================


def test_two_hours_is_the_limit(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.al"
    put(path, b"")
    os.truncate(path, 7200 * 8000)
    assert load(str(path), Law.A).seconds == 7200
    os.truncate(path, 7200 * 8000 + 1)
    with pytest.raises(LocalError, match=r"x\.al: longer than two hours: cut it"):
        load(str(path), Law.A)
    assert describe(str(path)).seconds == 7200 + 1 / 8000


def test_memory_is_that_of_the_result(tmp_path: pathlib.Path) -> None:
    """Half a gigabyte of 8 channels of doubles, whose header claims four, becomes 43 s."""
    sound = riff(chunk(b"fmt ", form(3, 8, 192000, 64)), chunk(b"data", b"", 0xFFFFFFF0))
    path = tmp_path / "x.wav"
    put(path, sound)
    os.truncate(path, 1 << 29)
    code = """
import resource, sys
from trunkd.board.model import Law
from trunkd.daemon.media_files import load
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
prompt = load(sys.argv[1], Law.A)
assert prompt.seconds > 40 and prompt.damage == "", prompt.damage
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
assert grown < 8 << 10, f"{grown} KiB"
"""
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)


# ==== damage ======================================================================================


@pytest.mark.parametrize("rate", [8000, 44100])
def test_cut_short(rate: int, tmp_path: pathlib.Path) -> None:
    sound = tone(10, rate)
    path = tmp_path / "x.wav"
    soundfile.write(path, sound, rate)
    whole = load(str(path), Law.A)
    assert whole.damage == ""
    os.truncate(path, 44 + round(4.2 * 2 * rate))
    prompt = load(str(path), Law.A)
    missing = len(sound) * 2 - round(4.2 * 2 * rate)
    assert prompt.damage == (
        f"it is cut short: {missing} of {2 * len(sound)} octets are missing, at second 4.2"
    )
    assert abs(prompt.seconds - 4.2) < 0.001
    sure = prompt.samples - 100  # the end is where the filter begins to hear silence
    assert prompt.octets[:sure] == whole.octets[:sure]
    assert describe(str(path)).damage == prompt.damage


def test_cut_short_as_libsndfile_reads_it(tmp_path: pathlib.Path) -> None:
    for name, subtype in (("x.flac", None), ("ms.wav", "MS_ADPCM")):
        path = tmp_path / name
        noise = np.random.default_rng(1).integers(-9000, 9000, 80000).astype(np.int16)
        soundfile.write(path, noise, 8000, subtype=subtype)
        os.truncate(path, path.stat().st_size // 2)
        prompt = load(str(path), Law.A)
        assert prompt.damage.startswith("it "), name
        assert prompt.samples < 45000


def test_ima_block_header_spoilt(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.wav"
    soundfile.write(path, tone(10), 8000, subtype="IMA_ADPCM")
    whole = load(str(path), Law.A)
    octets = bytearray(path.read_bytes())
    block = int.from_bytes(octets[32:34], "little")
    start = octets.index(b"data") + 8
    octets[start + 20 * block + 2] = 200
    prompt = load(put(path, bytes(octets)), Law.A)
    assert prompt.samples == 20 * (1 + (block - 4) * 2)
    assert prompt.octets == whole.octets[: prompt.samples]
    at = prompt.samples / 8000
    assert prompt.damage == f"the header of the next block is none, at second {at:.1f}"


def test_gsm_frame_spoilt(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.gsm"
    soundfile.write(path, tone(10), 8000, format="RAW", subtype="GSM610")
    whole = load(str(path), Law.A)
    octets = bytearray(path.read_bytes())
    octets[33 * 210 : 33 * 211] = bytes(33)
    prompt = load(put(path, bytes(octets)), Law.A)
    assert prompt.octets == whole.octets[: 210 * 160]
    assert prompt.damage == "the next GSM frame does not begin with 0xD, at second 4.2"


def test_float_garbage(tmp_path: pathlib.Path) -> None:
    samples = (tone(10) / 32768).astype("<f4")
    samples[33600:] = np.frombuffer(b"\xff\x7f\x00\x7f", "<f4")
    head = chunk(b"fmt ", form(3, 1, 8000, 32))
    path = put(tmp_path / "x.wav", riff(head, chunk(b"data", samples.tobytes())))
    prompt = load(path, Law.A)
    assert prompt.octets == wrap.alaw_encode(tone(10)[:33600].tobytes())
    assert prompt.damage.endswith("at second 4.2")


def test_a_disk_that_fails(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.al"
    octets = bytes(range(256)) * 4000
    put(path, octets)
    pread = os.pread

    def failing(fd: int, n: int, at: int) -> bytes:
        if at + n > 600_000:
            raise OSError(5, "Input/output error")
        return pread(fd, n, at)

    monkeypatch.setattr(os, "pread", failing)
    prompt = load(str(path), Law.A)
    assert prompt.octets == octets[: prompt.samples]
    assert 300_000 < prompt.samples < 600_000
    at = prompt.seconds
    assert prompt.damage == f"it cannot be read on: Input/output error, at second {at:.1f}"
    put(path, octets[:1000])
    monkeypatch.setattr(os, "pread", lambda *_: failing(0, 1 << 20, 1 << 20))
    with pytest.raises(LocalError, match=r"x\.al: Input/output error"):
        load(str(path), Law.A)


@pytest.mark.parametrize("times", [1, 99])
def test_a_file_that_changes(
    times: int, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changed once it is read anew; changed again and again, what stays the same is kept."""
    path = tmp_path / "x.al"
    put(path, b"\x55" * 40000)
    pread, changes = os.pread, 0

    def changing(fd: int, n: int, at: int) -> bytes:
        nonlocal changes
        piece = pread(fd, n, at)
        if at == 0 and n > 12 and changes < times:
            changes += 1
            octets = b"\x55" * 16000 + bytes([changes]) * (24000 + changes)
            path.write_bytes(octets)
            os.utime(path, ns=(changes, changes))
        return piece

    monkeypatch.setattr(os, "pread", changing)
    prompt = load(str(path), Law.A)
    if times == 1:
        assert prompt.octets == path.read_bytes()
        assert prompt.damage == ""
    else:
        assert prompt.octets == b"\x55" * 16000
        assert prompt.damage == "it changed while it was read, at second 2.0"


# ==== descriptions ================================================================================


def test_describe(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.wav"
    soundfile.write(path, np.zeros((44100, 2), np.int16), 44100)
    said = describe(str(path))
    assert said == (str(path), "WAV PCM 16 bit", 44100, 2, 1.0, path.stat().st_size, "")
    with pytest.raises(LocalError, match="No such file"):
        describe(str(tmp_path / "gone.wav"))
