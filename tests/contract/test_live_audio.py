"""A timeslot's sound to and from another process."""

from __future__ import annotations

import socket

import numpy as np
import pytest

from trunkd.board.events import RecordEnded
from trunkd.board.media import LiveAudio
from trunkd.board.media_events import LiveEnded
from trunkd.board.model import Feature
from trunkd.errors import LocalError
from trunkd.native import wrap


def pass_time_serving(bench, serve) -> None:
    """Until it says that it is done; served every 20 ms, in virtual time too."""
    for _ in range(200 if bench.stepped else bench.PATIENCE_MS // 20):
        bench.pass_time(20)
        if serve():
            return
    pytest.fail(f"not in time; seen: {bench.seen[-5:]}")


@pytest.fixture
def up(bench):
    if Feature.STREAM not in bench.board.features:
        pytest.fail(f"{bench.board.address} says that it has no live audio: take its maker out")
    bench.start()
    return bench


def drain(audio: socket.socket) -> list[bytes]:
    audio.setblocking(False)
    packets = []
    while True:
        try:
            packet = audio.recv(8192)
        except BlockingIOError:
            return packets
        if not packet:  # it has ended
            return packets
        packets.append(packet)


def noise(seed: int, samples: int) -> bytes:
    return np.random.default_rng(seed).integers(0, 256, samples, dtype=np.uint8).tobytes()


def test_the_application_hears_exactly_what_comes(up):
    near, far = up.voice(2)
    spoken = noise(1, 1600)
    with near.live_audio(LiveAudio(coding="alaw", speak=False)) as audio:
        far.play(spoken)
        up.pass_time(400)
        packets = drain(audio)
    assert {len(packet) for packet in packets} == {160}
    assert spoken in b"".join(packets)


def test_both_directions_come_in_turn(up):
    near, far = up.voice(2)
    theirs, ours = noise(2, 800), noise(3, 800)
    with near.live_audio(LiveAudio(sent=True, speak=False, packet_ms=10)) as audio:
        near.play(ours)
        far.play(theirs)
        up.pass_time(300)
        samples = np.frombuffer(b"".join(drain(audio)), "<i2")
    assert wrap.alaw_decode(theirs) in samples[::2].tobytes()
    assert wrap.alaw_decode(ours) in samples[1::2].tobytes()


def test_what_the_application_writes_is_sent(up):
    near, far = up.voice(2)
    spoken = noise(4, 1600)
    far.record(4000 + 8 * up.LATENCY_MS)
    # All of it is there before sending begins: a writer that others keep waiting leaves no gap.
    with near.live_audio(
        LiveAudio(received=False, coding="alaw", buffer_ms=400, prefill_ms=200)
    ) as audio:
        for at in range(0, 1600, 160):
            audio.send(spoken[at : at + 160])
        up.wait(lambda: up.of(RecordEnded))
    # Through linear samples and back: A-law survives that unchanged.
    assert spoken in far.recorded()
    up.wait(lambda: up.of(LiveEnded))
    ended = up.of(LiveEnded)[0]
    assert ended.gone and ended.spoken == 1600 and ended.gaps >= 1 and not ended.malformed


def test_an_echoing_application_at_16_khz(up):
    """What it hears it says again: the far end hears its own tone, 1000 Hz and as loud."""
    near, far = up.voice(2)
    seconds = 1 if up.stepped else 60
    tone = (8000 * np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000)).astype("<i2")
    far.play(wrap.alaw_encode(tone.tobytes()) * seconds)
    far.record(8000 * seconds)
    audio = near.live_audio(LiveAudio(rate=16000, packet_ms=10))

    def echo() -> bool:
        for packet in drain(audio):
            assert len(packet) == 320
            audio.send(packet)
        heard = np.frombuffer(wrap.alaw_decode(far.recorded()), "<i2")[-1600:].astype(float)
        if len(heard) < 1600:
            return False
        spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
        loud = np.sqrt(2 * (heard**2).mean()) / 8000
        return bool(np.argmax(spectrum) * 8000 / len(heard) == 1000 and 0.9 < loud < 1.1)

    # 200 ms on end, which a machine that is busy with others may not give at first.
    pass_time_serving(up, echo)
    audio.close()


def test_a_fast_writer_is_held_back_and_nothing_is_lost(up):
    """A second of speech written at once goes out a second long."""
    near, far = up.voice(2)
    spoken = noise(5, 8000)
    for _ in range(1 if up.stepped else 30):
        held, heard = write_fast(up, near, far, spoken)
        assert held
        if spoken in heard:
            return
        # In real time: a writer that others kept waiting for more than the 40 ms leaves a gap.
        assert up.of(LiveEnded)[-1].gaps > 1
    pytest.fail("it was never sent without a gap")


def write_fast(up, near, far, spoken: bytes) -> tuple[bool, bytes]:
    """Whether the writer had to wait, and what the far end heard."""
    up.seen.clear()
    audio = near.live_audio(LiveAudio(received=False, coding="alaw", buffer_ms=40))
    audio.setblocking(False)
    far.record(9600 + 8 * up.LATENCY_MS)
    rest = [spoken[at : at + 400] for at in range(0, 8000, 400)]
    held = False

    def write() -> bool:
        nonlocal held
        while rest:
            try:
                audio.send(rest[0])
            except BlockingIOError:
                held = True
                break
            rest.pop(0)
        return bool(up.of(RecordEnded))

    audio.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    pass_time_serving(up, write)
    audio.close()
    up.wait(lambda: up.of(LiveEnded))
    return held, far.recorded()


def test_a_slow_reader_loses_packets_that_are_counted(up):
    near, _ = up.voice(2)
    audio = near.live_audio(LiveAudio(speak=False, packet_ms=5))
    up.pass_time(3000)
    near.stop_stream()
    up.wait(lambda: up.of(LiveEnded))
    ended = up.of(LiveEnded)[0]
    assert not ended.gone
    assert ended.dropped > 100
    assert ended.packets + ended.dropped >= 595
    assert len(drain(audio)) >= 1
    audio.close()


def test_packets_that_are_none(up):
    near, _ = up.voice(2)
    audio = near.live_audio(LiveAudio())
    audio.send(b"odd")
    audio.send(bytes(7000))
    audio.send(bytes(320))
    up.pass_time(100)
    audio.close()
    up.wait(lambda: up.of(LiveEnded))
    ended = up.of(LiveEnded)[0]
    assert ended.malformed == 2 and ended.spoken == 160


def test_wrong_requests(up):
    near, _ = up.voice(2)
    with pytest.raises(LocalError, match="without a direction"):
        near.live_audio(LiveAudio(received=False, speak=False))
    with pytest.raises(LocalError, match="give one of pcm16, alaw, mulaw"):
        near.live_audio(LiveAudio(coding="mp3"))
    with pytest.raises(LocalError, match="packets of 5 to 100 ms"):
        near.live_audio(LiveAudio(rate=44100))
    with near.live_audio(LiveAudio()), pytest.raises(LocalError, match="stop that first"):
        near.live_audio(LiveAudio())
    with pytest.raises(LocalError, match="open it before"):
        up.near.timeslots[9].live_audio(LiveAudio())


def test_the_last_word_of_a_modem_is_said(up):
    """It closes its end at once, with more written than fits into the buffer."""
    near, far = up.voice(2)
    spoken = noise(6, 4000)
    far.record(6000 + 8 * up.LATENCY_MS)
    with near.live_audio(LiveAudio(coding="alaw", buffer_ms=200, prefill_ms=100, data=True)) as it:
        for at in range(0, 4000, 160):
            it.send(spoken[at : at + 160])
    up.wait(lambda: up.of(RecordEnded))
    assert spoken in far.recorded()
    up.wait(lambda: up.of(LiveEnded))
    ended = up.of(LiveEnded)[0]
    assert ended.gone and ended.spoken == 4000


def test_what_a_late_modem_left_waiting_is_made_good_in_its_silence(up):
    """A signal, 1 s of silence, a signal: of what is more than 875 ms it leaves silence out."""
    near, far = up.voice(2)
    first, second = noise(7, 800), noise(8, 800)
    far.record(9600 + 8 * up.LATENCY_MS)
    config = LiveAudio(received=False, buffer_ms=1000, prefill_ms=500, data=True)
    with near.live_audio(config) as audio:
        said = wrap.alaw_decode(first) + bytes(2 * 8000) + wrap.alaw_decode(second)
        for at in range(0, len(said), 320):
            audio.send(said[at : at + 320])
        up.wait(lambda: up.of(RecordEnded))
    heard = far.recorded()
    begins, goes_on = heard.find(first), heard.find(second)
    assert 0 <= begins < goes_on
    between = goes_on - begins - 800
    assert 800 <= between < 7500, "100 ms stay of each silence"
