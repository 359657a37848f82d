"""DTMF against Q.24's limits, beside spandsp, and on hours of speech."""

from __future__ import annotations

import io
import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest

from trunkd.errors import LocalError
from trunkd.native import wrap, wrap_tones
from trunkd.native.wrap_tones import BEGIN, DTMF, END, DtmfBank, digits

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import tone_design
import tone_rig as rig
from tone_rig import Dtmf

ALL = "1234567890*#ABCD"


def events(samples: bytes, **options) -> list[wrap_tones.ToneEvent]:
    return DtmfBank(1, **options).process(samples + bytes(3200))


@pytest.mark.parametrize("law", ["", "alaw", "ulaw"])
def test_all_digits(law: str) -> None:
    sent = [ALL] * rig.CHANNELS
    for level in (0, -20, -36):
        signals = rig.dtmf(sent, Dtmf(level=level, law=law))
        assert rig.we_hear(DtmfBank(rig.CHANNELS), signals) == sent, level


@pytest.mark.parametrize("coding", ["alaw", "ulaw"])
def test_octets_of_the_line_are_heard_as_they_are(coding: str) -> None:
    sent = [ALL] * rig.CHANNELS
    signals = rig.dtmf(sent, Dtmf(level=-25))
    frames = np.ascontiguousarray(signals.T).tobytes()
    octets = getattr(wrap, f"{coding}_encode")(frames)
    decoded = getattr(wrap, f"{coding}_decode")(octets)
    code = wrap_tones.ALAW if coding == "alaw" else wrap_tones.ULAW
    ours = DtmfBank(rig.CHANNELS).process(octets, code)
    assert ours == DtmfBank(rig.CHANNELS).process(decoded)
    assert sum(e.phase == BEGIN for e in ours) == 16 * rig.CHANNELS


def test_event_says_when_how_long_and_how_loud() -> None:
    for ms, level, twist in ((40, -10, 0), (55, -3, -6), (70, -30, 4), (500, -20, 8)):
        sound = digits(DTMF, "5", level_dbm0=level, twist_db=twist, on=ms / 1000)
        for before in (0, 333, 1600, 4004):
            begin, end = events(bytes(2 * before) + sound)
            assert (begin.phase, end.phase) == (BEGIN, END)
            assert begin.start == end.start
            assert abs(end.start - before) <= 2 * 8, (ms, before, end)
            assert abs(end.duration - ms * 8) <= 4 * 8, (ms, before, end)
            assert end.level_dbm0 == pytest.approx(level, abs=0.3)
            assert end.twist_db == pytest.approx(twist, abs=0.3)


def test_recognised_within_45_ms_of_its_beginning() -> None:
    bank = DtmfBank(1)
    sound = bytes(1600) + digits(DTMF, "7", on=0.2)
    for at in range(0, len(sound), 16):
        if bank.process(sound[at : at + 16]):
            assert (at - 1600) / 16 <= 45
            return
    pytest.fail("not recognised")


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("AT&T: high group 4 dB above", Dtmf(twist=4, level=-12)),
        ("AT&T: high group 8 dB below", Dtmf(twist=-8, level=-12)),
        ("NTT: 5 dB either way", Dtmf(twist=5)),
        ("NTT: 5 dB either way", Dtmf(twist=-5)),
        ("Brazil: 9 dB either way", Dtmf(twist=9, level=-20)),
        ("Brazil: 9 dB either way", Dtmf(twist=-9, level=-20)),
        ("frequencies 1.5 % high", Dtmf(low_error=0.015, high_error=0.015)),
        ("frequencies 1.5 % low", Dtmf(low_error=-0.015, high_error=-0.015)),
        ("frequencies 1.5 % apart", Dtmf(low_error=0.015, high_error=-0.015)),
        ("NTT, Brazil: frequencies 1.8 % high", Dtmf(low_error=0.018, high_error=0.018)),
        ("NTT, Brazil: frequencies 1.8 % low", Dtmf(low_error=-0.018, high_error=-0.018)),
        ("NTT, Brazil: 30 ms pause", Dtmf(on=0.04, off=0.03)),
        ("ETSI: 6 dB, 1.5 % and 2 Hz", Dtmf(-24, 6, 0.018, 0.0167, on=0.04, off=0.04)),
        ("ETSI: 6 dB, 1.5 % and 2 Hz", Dtmf(-4, -6, -0.018, -0.0167, on=0.04, off=0.04)),
        ("AT&T: echo 10 ms late, 10 dB down", Dtmf(echo_ms=10)),
        ("AT&T: echo 20 ms late, 10 dB down", Dtmf(echo_ms=20)),
        ("AT&T: echo, digits of 40 ms", Dtmf(echo_ms=20, on=0.04, off=0.04)),
        ("own prompt, 12 dB return loss", Dtmf(erl=12)),
        ("own prompt, 16 dB return loss, weaker digits", Dtmf(erl=16, level=-15)),
        ("40 ms on and off", Dtmf(on=0.04, off=0.04)),
        ("36 ms on", Dtmf(on=0.036)),
        ("20 ms pause", Dtmf(off=0.02)),
        ("loudest", Dtmf(level=0)),
        ("weakest of Q.24", Dtmf(level=-36)),
        ("ours", Dtmf(level=-41)),
        ("noise", Dtmf(snr=11, on=0.04, off=0.04)),
        ("noise, short, weak", Dtmf(snr=15, on=0.04, off=0.04, level=-36)),
        ("dial tone", Dtmf(dial_tone=-13, level=-10)),
        ("dial tone, louder than the digits", Dtmf(dial_tone=-10, level=-16)),
        ("1.5 % off, twisted, noisy, A-law", Dtmf(-15, 4, 0.015, -0.015, snr=16, law="alaw")),
    ],
)
def test_accepted(name: str, how: Dtmf) -> None:
    assert rig.ours(how) == (100, 0), name


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("24 ms", Dtmf(on=0.024)),
        ("23 ms", Dtmf(on=0.023, level=-3)),
        ("10 ms", Dtmf(on=0.010)),
        ("ETSI, Brazil: 20 ms", Dtmf(on=0.020, level=-4)),
        ("3.5 % high", Dtmf(low_error=0.035, high_error=0.035)),
        ("3.5 % low", Dtmf(low_error=-0.035, high_error=-0.035)),
        ("low group 3.5 % off", Dtmf(low_error=0.035)),
        ("high group 3.5 % off", Dtmf(high_error=-0.035)),
        ("-55 dBm0", Dtmf(level=-55)),
        ("twist 14 dB", Dtmf(twist=14, level=-20)),
        ("only one group", Dtmf(twist=80, level=-50)),
    ],
)
def test_refused(name: str, how: Dtmf) -> None:
    assert rig.ours(how) == (0, 0), name


def test_interruption_of_10_ms_does_not_split_a_digit() -> None:
    half = digits(DTMF, "8", on=0.06, off=0)
    for gap in (2, 5, 10):
        heard = events(half + bytes(2 * 8 * gap) + half)
        assert [e.digit for e in heard if e.phase == END] == ["8"], gap
        assert heard[-1].duration == pytest.approx((120 + gap) * 8, abs=40)


def test_no_digit_in_noise() -> None:
    rng = np.random.default_rng(3)
    noise = rng.normal(0, 3000, (8000 * 20, 64)).astype(np.int16)
    assert DtmfBank(64).process(noise.tobytes()) == []


def test_never_worse_than_spandsp() -> None:
    """Level, noise, twist, frequency, length and pause around where spandsp begins to fail."""
    for how in (
        *(Dtmf(snr=snr) for snr in (12, 10, 8, 6)),
        *(Dtmf(twist=twist, level=-15) for twist in (-8, -6, 3, 5)),
        *(Dtmf(low_error=e, high_error=e) for e in (-0.015, 0.0125)),
        *(Dtmf(on=ms / 1000) for ms in (34, 36)),
        *(Dtmf(off=ms / 1000) for ms in (15, 20)),
        *(Dtmf(level=level) for level in (3, -38, -42)),
        *(Dtmf(dial_tone=level) for level in (-30, -20)),
        *(Dtmf(erl=erl) for erl in (10, 6, 3)),
        *(Dtmf(echo_ms=ms) for ms in (5, 20)),
    ):
        mine, theirs = rig.both(how)
        assert mine[0] >= theirs[0], (how, mine, theirs)
        assert mine[1] <= theirs[1], (how, mine, theirs)


def test_spandsp_hears_ours_and_we_hear_spandsp() -> None:
    sound = np.frombuffer(digits(DTMF, ALL * 4, level_dbm0=-10), np.int16)
    assert rig.spandsp_hears("dtmf", sound.reshape(1, -1)) == [ALL * 4]
    theirs = rig.spandsp_sends("dtmf", ALL * 4)
    assert rig.we_hear(DtmfBank(1), np.pad(theirs, (0, 1600)).reshape(1, -1)) == [ALL * 4]


def test_no_digit_in_two_hours_of_prompts() -> None:
    """Talk-off: 2831 prompts in five languages."""
    signals, files = rig.speech()
    assert files > 2500
    assert signals.size / 8000 > 2 * 3600
    bank = DtmfBank(signals.shape[0])
    assert bank.process(np.ascontiguousarray(signals.T).tobytes()) == []


def test_no_digit_in_synthetic_speech() -> None:
    import soundfile
    from scipy.signal import resample_poly

    text = "One hundred and twenty six calls are waiting; please hold the line, or press nine. " * 8
    for voice in ("en+f2", "it+m3", "en-us+f5"):
        command = ["espeak-ng", "-v", voice, "-p", "70", "--stdout", text]
        done = subprocess.run(command, capture_output=True, check=True, timeout=60)
        data, rate = soundfile.read(io.BytesIO(done.stdout))
        assert rate == 22050
        samples = np.clip(resample_poly(data, 160, 441) * 32767, -32768, 32767).astype(np.int16)
        assert events(samples.tobytes()) == [], voice


def test_vector_and_plain_give_the_same_events() -> None:
    """Digits, noise and clicks on 37 channels, in pieces of any length."""
    assert wrap_tones.vectors() in ("avx512", "avx2", "")
    rng = np.random.default_rng(7)
    sent = ["".join(rng.choice(list(ALL), 20)) for _ in range(37)]
    signals = np.concatenate(
        [rig.dtmf(sent, Dtmf(level=-30, snr=snr, twist=t)) for snr, t in ((20, 3), (4, 9), (9, 0))],
        axis=1,
    )
    signals[5] = rng.integers(-32768, 32768, signals.shape[1])
    frames = np.ascontiguousarray(signals.T)
    vector, plain, avx2 = DtmfBank(37), DtmfBank(37, plain=1), DtmfBank(37, plain=2)
    at = count = 0
    while at < len(frames):
        n = int(rng.integers(1, 700))
        block = frames[at : at + n].tobytes()
        heard = vector.process(block)
        assert heard == plain.process(block) == avx2.process(block)
        count += len(heard)
        at += n
    assert count > 37 * 20 * 2


def test_blocks_do_not_matter() -> None:
    signals = rig.dtmf([ALL] * 3, Dtmf())
    frames = np.ascontiguousarray(signals.T)
    whole = DtmfBank(3).process(frames.tobytes())
    for size in (1, 8, 33, 160):
        bank = DtmfBank(3)
        heard = []
        for at in range(0, len(frames), size):
            heard += bank.process(frames[at : at + size].tobytes())
        key = lambda e: (e.channel, e.start, e.phase)  # noqa: E731
        assert sorted(heard, key=key) == sorted(whole, key=key), size


def test_events_without_room_are_counted() -> None:
    bank = DtmfBank(400)
    frame = np.frombuffer(digits(DTMF, "1234567"), np.int16)
    heard = bank.process(np.repeat(frame, 400).tobytes())
    assert len(heard) == 4096
    assert bank.lost == 400 * 7 * 2 - 4096


def test_wrong_use_names_the_remedy() -> None:
    with pytest.raises(LocalError, match="1 to 65536"):
        DtmfBank(0)
    with pytest.raises(LocalError, match="whole frames of 6"):
        DtmfBank(3).process(bytes(7))
    with pytest.raises(LocalError, match="LINEAR, ALAW or ULAW"):
        DtmfBank(1).process(bytes(8), 9)
    with pytest.raises(LocalError, match=r"there are 1234567890\*#ABCD"):
        digits(DTMF, "12x")


def test_tables_are_what_the_design_says() -> None:
    rows, _ = tone_design.dtmf_rows()
    assert np.abs(rows).sum(axis=1).max() <= 65535
    number = re.compile(r"-?\d+(?:\.\d+e[+-]\d+)?")
    saved, made = (
        number.findall(t) for t in (tone_design.HEADER.read_text(), tone_design.header())
    )
    assert len(saved) == len(made)
    # Another scipy may round otherwise.
    assert np.allclose([float(n) for n in saved], [float(n) for n in made], rtol=1e-3, atol=1)
    taps = rows[0] + 1j * rows[1]
    t = np.arange(tone_design.DTMF_TAPS)

    def gain(hz: float) -> float:
        return float(20 * np.log10(abs(np.sum(taps * np.exp(2j * np.pi * hz / 8000 * t)))))

    assert gain(800) - max(gain(350), gain(440), gain(425)) > 30
    assert gain(800) - max(gain(1209), gain(1633)) > 30
