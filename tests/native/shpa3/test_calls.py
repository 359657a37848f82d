"""Calls by Synway's published calls: states, dialling, digits, files, bridges, conferences."""

from __future__ import annotations

import pathlib
import struct

import pytest
import shpa3_rig as rig

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon.methods_media import (
    GenerateDigits,
    PlayMessage,
    RecordMessage,
    StartListening,
    StopMedia,
)

STANDBY, RINGING, TALKING, PENDING, REMOTE_PICKUP, UNAVAILABLE = 0, 2, 3, 7, 9, 11
NET_RESPONSE, WAIT_HANGUP = 81, 88
RCV_DTMF, SEND_DTMF, PLAY_END, RECORD_END, CH_STATE, AUTO_DIAL = 0x0C, 0x0D, 0x0F, 0x13, 0x18, 0x19
DIALING, ECHOTONE, BUSYTONE, VOICE, INVALID = 1, 2, 4, 7, 12
CONFIG = rig.CONFIG.replace('name = "exchange"', 'name = "exchange"\nincoming = "offer"')


def states(shell: rig.Shell, channel: int) -> list[int]:
    """States that the channel has been told to be in so far, in order."""
    words = [line.split() for line in shell.lines if line.startswith(f"event 18 {channel} ")]
    return [int(word[3]) & 0xFFFF for word in words]


def out(shell: rig.Shell, party: rig.Party, channel: int, number: str = "5551000") -> int:
    """A call out that was answered; the far end's call."""
    assert shell.call("SsmAutoDial", channel, number) == 0
    call = party.answer()
    shell.state(channel, TALKING)
    return call


def test_dial_and_answer(shell: rig.Shell, daemon: rig.Daemon) -> None:
    with rig.Party(daemon) as party:
        assert shell.call("SsmGetMaxCh") == 30
        assert shell.call("SsmSearchIdleCallOutCh", 0, 0) == 0
        assert shell.call("SsmSetTxCallerId", 4, "01012345678") == 0
        assert shell.call("SsmAutoDial", 4, "5551000") == 0
        shell.event(AUTO_DIAL, 4, DIALING)
        ring = party.wait(ev.Delivered, direction="in")
        assert (ring.calling, ring.called) == ("01012345678", "5551000")
        assert ring.device.endswith("/5")  # the fifth channel of the trunk
        shell.event(AUTO_DIAL, 4, ECHOTONE)
        assert shell.call("SsmGetChState", 4) == REMOTE_PICKUP
        party.client.call(m.AnswerCall(call_id=ring.call_id))
        shell.event(AUTO_DIAL, 4, VOICE)
        assert shell.call("SsmChkAutoDial", 4) == VOICE
        assert shell.call("SsmHangup", 4) == 0
        party.wait(ev.ConnectionCleared, call_id=ring.call_id, releasing="remote", q850=16)
        shell.wait_line(f"event 18 4 {WAIT_HANGUP << 16}")
        assert states(shell, 4) == [NET_RESPONSE, REMOTE_PICKUP, TALKING, WAIT_HANGUP, STANDBY]


@pytest.mark.parametrize(
    ("cause", "result", "reason", "pending"),
    [(17, BUSYTONE, 50, 46), (1, INVALID, 61, 45), (21, 11, 60, 53), (18, 10, 3, 52)],
)
def test_dial_fails(
    shell: rig.Shell, daemon: rig.Daemon, cause: int, result: int, reason: int, pending: int
) -> None:
    with rig.Party(daemon) as party:
        shell.call("SsmAutoDial", 0, "1")
        ring = party.wait(ev.Delivered, direction="in")
        party.client.call(m.ClearConnection(call_id=ring.call_id, cause=cause))
        shell.state(0, PENDING)
        assert shell.call("SsmChkAutoDial", 0) == result
        assert shell.call("SsmGetAutoDialFailureReason", 0) == reason
        assert shell.call("SsmGetPendingReason", 0) == pending
        # It stays so until the program hangs up.
        assert shell.call("SsmAutoDial", 0, "1") == -1
        assert shell.error()[0] == 14
        assert shell.call("SsmHangup", 0) == 0
        shell.state(0, STANDBY)


def test_answer_in_time(shell_program: str, daemon: rig.Daemon) -> None:
    """MaxWaitAutoDialAnswerTime of ShConfig.ini."""
    config = pathlib.Path(daemon.ini("short.ini"))
    config.write_text(config.read_text() + "[ISDN]\nMaxWaitAutoDialAnswerTime=1\n")
    shell = rig.Shell(shell_program, str(config))
    try:
        with rig.Party(daemon) as party:
            shell.wait_line("ready")
            shell.call("SsmAutoDial", 2, "7")
            ring = party.wait(ev.Delivered, direction="in")
            shell.event(AUTO_DIAL, 2, 10)
            party.wait(ev.ConnectionCleared, call_id=ring.call_id)
            shell.state(2, PENDING)
            assert shell.call("SsmGetAutoDialFailureReason", 2) == 3
    finally:
        shell.close()


def test_remote_hangs_up_and_calls_again(shell: rig.Shell, daemon: rig.Daemon) -> None:
    """The channel is the program's until it hangs up: a call that comes meanwhile waits."""
    with rig.Party(daemon) as party:
        first = party.dial("111", channel=7)
        shell.state(6, RINGING)
        shell.call("SsmPickup", 6)
        party.wait(ev.Established, call_id=first)
        party.client.call(m.ClearConnection(call_id=first))
        shell.state(6, PENDING)
        assert shell.call("SsmGetPendingReason", 6) == 41
        party.wait(ev.ConnectionCleared, call_id=first)
        second = party.dial("222", channel=7, calling="333")
        party.wait(ev.NetworkReached, call_id=second)
        assert shell.call("SsmGetChState", 6) == PENDING
        shell.call("SsmHangup", 6)
        shell.state(6, RINGING)
        assert shell.text("SsmGetPhoNumStr", 6) == "222"
        assert shell.text("SsmGetCallerId", 6) == "333"
        # A caller who gives up while it rings: the channel stands by.
        party.client.call(m.ClearConnection(call_id=second))
        shell.state(6, STANDBY)


def test_called_party_state(shell: rig.Shell, daemon: rig.Daemon) -> None:
    with rig.Party(daemon) as party:
        shell.call("SsmEnableAutoSendKB", 1, 0)
        busy = party.dial("1", channel=2)
        shell.state(1, PENDING)
        assert shell.call("SsmGetPendingReason", 1) == 10
        shell.call("SsmSetKB", 1, 2)
        assert party.wait(ev.ConnectionCleared, call_id=busy).q850 == 17
        shell.state(1, STANDBY)
        free = party.dial("1", channel=2)
        shell.state(1, PENDING)
        shell.call("SsmSetKB", 1, 1)
        shell.state(1, RINGING)
        party.client.call(m.ClearConnection(call_id=free))
        shell.state(1, STANDBY)


def test_blocked(shell: rig.Shell, daemon: rig.Daemon) -> None:
    with rig.Party(daemon) as party:
        assert shell.call("SsmBlockLocalCh", 8) == 0
        assert shell.call("SsmGetChState", 8) == 20
        refused = party.dial("1", channel=9)
        party.wait(ev.ConnectionCleared, call_id=refused)
        assert shell.call("SsmAutoDial", 8, "1") == -1
        assert shell.call("SsmUnblockLocalCh", 8) == 0
        shell.state(8, STANDBY)


def test_digits(shell: rig.Shell, daemon: rig.Daemon) -> None:
    with rig.Party(daemon) as party:
        call = out(shell, party, 3)
        assert shell.call("SsmSetWaitDtmf", 3, 20, 8, ord("#"), 0) == 0
        party.client.call(GenerateDigits(call_id=call, digits="7D*#"))
        for count, digit in enumerate("7D*#", 1):
            assert shell.event(RCV_DTMF, 3) == count << 16 | ord(digit)
        assert shell.text("SsmGetDtmfStr", 3) == "7D*#"
        shell.event(0x0B, 3, 3)
        assert shell.text("SsmChkWaitDtmf", 3) == "7D*"
        shell.call("SsmClearRxDtmfBuf", 3)
        assert shell.call("SsmGetRxDtmfLen", 3) == 0
        party.client.call(StartListening(call_id=call, kinds=["dtmf"]))
        assert shell.call("SsmTxDtmf", 3, "159c") == 0
        heard = [party.wait(ev.DigitsDetected, call_id=call, ended=False).digit for _ in range(4)]
        assert heard == list("159C")
        shell.event(SEND_DTMF, 3, 0)
        assert shell.call("SsmChkTxDtmf", 3) == 0
        shell.call("SsmHangup", 3)
        shell.state(3, STANDBY)


@pytest.mark.parametrize("kind", ["raw", "piece", "memory", "list", "index", "blocks"])
def test_play(shell: rig.Shell, daemon: rig.Daemon, tmp_path: pathlib.Path, kind: str) -> None:
    """What is played is heard octet for octet."""
    sound = rig.noise(4000, seed=2)
    rig.write_wav(tmp_path / "a.wav", sound)
    (tmp_path / "a.voc").write_bytes(sound)
    with rig.Party(daemon) as party:
        call = out(shell, party, 5)
        name = f"played-{kind}.wav"
        party.client.call(StartListening(call_id=call, kinds=["dtmf"]))
        party.client.call(RecordMessage(call_id=call, message=name))
        party.wait(ev.Record, call_id=call)
        memory = bytes(i * 2654435761 >> 24 & 0xFF for i in range(80000))
        if kind == "list":
            for _ in range(2):
                assert shell.call("SsmAddToFileList", 5, tmp_path / "a.wav") == 0
            sound += sound
            assert shell.call("SsmPlayFileList", 5) == 0
        elif kind == "index":
            assert shell.call("SsmLoadIndexData", 7, "one", tmp_path / "a.wav", 0, 1000) == 0
            assert shell.call("SsmLoadIndexData", 9, "two", tmp_path / "a.wav", 3000, -1) == 0
            sound = sound[3000:] + sound[:1000]
            assert shell.call("SsmPlayIndexString", 5, "two,7") == 0
        elif kind == "blocks":
            sound = memory[:4000]
            assert shell.call("SsmPlayMemBlock", 5) == 0
            assert shell.wait_line("block") == "block 5 5 4000 1"
            assert shell.wait_line("block") == "block 5 5 2000 1"
            shell.event(PLAY_END, 5, 5)
        elif kind == "memory":
            sound = memory[78000:] + memory[:1000]
            assert shell.call("SsmPlayMem", 5, 78000, 1000) == 0
        elif kind == "piece":
            sound = sound[100:2100]
            assert shell.call("SsmPlayFile", 5, tmp_path / "a.wav", -1, 100, 2000) == 0
        else:
            file = tmp_path / ("a.voc" if kind == "raw" else "a.wav")
            assert shell.call("SsmPlayFile", 5, file, 6 if kind == "raw" else -1) == 0
        shell.event(PLAY_END, 5, 5)
        assert shell.call("SsmCheckPlay", 5) == 5
        # A digit behind it: when that is heard, so was all of the sound.
        assert shell.call("SsmTxDtmf", 5, "1") == 0
        party.wait(ev.DigitsDetected, call_id=call, digit="1")
        party.client.call(StopMedia(call_id=call))
        party.wait(ev.Stop, call_id=call, kind="record")
        assert sound in rig.read_alaw(daemon.media / name)
        assert not list(daemon.media.glob(".shpa3-*/*"))
        shell.call("SsmHangup", 5)
        shell.state(5, STANDBY)


def test_pause_and_volume(shell: rig.Shell, daemon: rig.Daemon, tmp_path: pathlib.Path) -> None:
    rig.write_wav(tmp_path / "tone.wav", rig.tone(3, 1004))
    with rig.Party(daemon) as party:
        call = out(shell, party, 5)
        shell.call("SsmSetPlayVolume", 5, -2)
        assert shell.call("SsmPlayFile", 5, tmp_path / "tone.wav") == 0
        party.client.call(RecordMessage(call_id=call, message="quiet.wav", max_duration=0.2))
        party.wait(ev.Stop, call_id=call, kind="record")
        assert 3800 < rig.level(rig.read_alaw(daemon.media / "quiet.wav")[-800:], 1004) < 4200
        assert shell.call("SsmPausePlay", 5) == 0
        assert shell.call("SsmCheckPlay", 5) == 6
        at = shell.call("SsmGetPlayedTime", 5)
        party.client.call(RecordMessage(call_id=call, message="pause.wav", max_duration=0.2))
        party.wait(ev.Stop, call_id=call, kind="record")
        assert set(rig.read_alaw(daemon.media / "pause.wav")[-800:]) == {0xD5}
        assert shell.call("SsmGetPlayedTime", 5) == at
        assert shell.call("SsmRestartPlay", 5) == 0
        assert shell.call("SsmCheckPlay", 5) == 0
        assert shell.call("SsmStopPlay", 5) == 0
        shell.event(PLAY_END, 5, 1)
        shell.call("SsmHangup", 5)
        shell.state(5, STANDBY)


def test_record_memory(shell: rig.Shell, daemon: rig.Daemon) -> None:
    with rig.Party(daemon) as party:
        out(shell, party, 5)
        assert shell.call("SsmRecordMemBlock", 5, 1600) == 0
        assert shell.wait_line("recorded") == f"recorded 5 4 1600 {1600 * 0xD5}"
        shell.event(RECORD_END, 5, 4)
        shell.call("SsmHangup", 5)
        shell.state(5, STANDBY)


def test_digit_stops_play(shell: rig.Shell, daemon: rig.Daemon, tmp_path: pathlib.Path) -> None:
    rig.write_wav(tmp_path / "long.wav", rig.noise(400000))
    with rig.Party(daemon) as party:
        call = out(shell, party, 5)
        shell.call("SsmSetDtmfStopPlay", 5, 1)
        assert shell.call("SsmPlayFile", 5, tmp_path / "long.wav") == 0
        assert shell.call("SsmCheckPlay", 5) == 0
        party.client.call(GenerateDigits(call_id=call, digits="5"))
        shell.event(PLAY_END, 5, 2)
        # Another message takes the place of the one that plays; the call's end ends it.
        shell.call("SsmPlayFile", 5, tmp_path / "long.wav")
        assert shell.call("SsmPlayFile", 5, tmp_path / "long.wav") == 0
        shell.event(PLAY_END, 5, 1)
        assert shell.call("SsmCheckPlay", 5) == 0
        party.client.call(m.ClearConnection(call_id=call))
        shell.event(PLAY_END, 5, 4)
        shell.state(5, PENDING)
        shell.call("SsmHangup", 5)


def test_play_mistakes(shell: rig.Shell, daemon: rig.Daemon, tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.voc").write_bytes(b"\xd5" * 800)
    assert shell.call("SsmPlayFile", 2, tmp_path / "a.voc", 6) == -1
    assert shell.error() == (14, "channel 2 has no call")
    assert shell.call("SsmPlayFile", 99, tmp_path / "a.voc", 6) == -1
    assert shell.error() == (2, "there is no channel 99: channels are 0 to 29")
    with rig.Party(daemon) as party:
        out(shell, party, 2)
        assert shell.call("SsmPlayFile", 2, tmp_path / "none.wav") == -1
        assert shell.error() == (9, f"{tmp_path}/none.wav: No such file or directory")
        assert shell.call("SsmPlayFile", 2, tmp_path / "a.voc", 131) == -1
        assert shell.error()[0] == 7
        assert shell.call("SsmCheckPlay", 2) != 0
        shell.call("SsmHangup", 2)
        shell.state(2, STANDBY)


@pytest.mark.parametrize(
    ("suffix", "format"), [("wav", 6), ("voc", 6), ("pcm", -2), ("wav", 1), ("ul", 7)]
)
def test_record(
    shell: rig.Shell, daemon: rig.Daemon, tmp_path: pathlib.Path, suffix: str, format: int
) -> None:
    sound = rig.tone(1.5, 600)
    rig.write_wav(daemon.media / "said.wav", sound)
    kept = tmp_path / f"kept.{suffix}"
    with rig.Party(daemon) as party:
        call = out(shell, party, 9)
        party.client.call(PlayMessage(call_id=call, message="said.wav"))
        party.wait(ev.Play, call_id=call)
        assert shell.call("SsmRecToFile", 9, kept, format, 0, 500) == 0
        assert shell.call("SsmChkRecToFile", 9) == 1
        assert shell.call("SsmRecToFile", 9, kept, format, 0, 500) == -1
        shell.event(RECORD_END, 9, 4)
        assert shell.call("SsmChkRecToFile", 9) == 0
        first = kept.stat().st_size
        # Another half second after the first.
        assert shell.call("SsmRecToFile", 9, kept, format, -1, 0) == 0
        assert shell.call("SsmStopRecToFile", 9) == 0
        shell.event(RECORD_END, 9, 1)
        assert kept.stat().st_size >= first
        shell.call("SsmHangup", 9)
        shell.state(9, STANDBY)
    octets = kept.read_bytes()
    width = 2 if format == -2 else 1
    head = 44 if suffix == "wav" else 0
    assert abs(first - head - 4000 * width) <= 160 * width
    if head:
        assert struct.unpack_from("<I", octets, 40) == (len(octets) - 44,)
        assert struct.unpack_from("<I", octets, 4) == (len(octets) - 8,)
    if format == 6:
        assert rig.level(octets[head : head + 3200], 600) > 7000


def says(party: rig.Party, daemon: rig.Daemon, speaker: int, listener: int, hertz: float) -> float:
    """The amplitude of a tone that one far end says, as another hears it."""
    name = f"hears-{listener}-{hertz:.0f}-{len(party.seen)}.wav"
    rig.write_wav(daemon.media / "says.wav", rig.tone(0.6, hertz))
    party.client.call(RecordMessage(call_id=listener, message=name))
    party.wait(ev.Record, call_id=listener)
    party.client.call(PlayMessage(call_id=speaker, message="says.wav"))
    party.wait(ev.Stop, call_id=speaker, kind="play")
    party.client.call(StopMedia(call_id=listener, kind="record"))
    party.wait(ev.Stop, call_id=listener, kind="record")
    return rig.level(rig.read_alaw(daemon.media / name)[-3600:-800], hertz)


def test_two_channels(shell: rig.Shell, daemon: rig.Daemon) -> None:
    with rig.Party(daemon) as party:
        a, b = out(shell, party, 10, "1"), out(shell, party, 11, "2")
        assert says(party, daemon, a, b, 700) < 100
        assert shell.call("SsmTalkWith", 10, 11) == 0
        assert says(party, daemon, a, b, 700) > 7000
        assert says(party, daemon, b, a, 900) > 7000
        assert shell.call("SsmStopTalkWith", 10, 11) == 0
        assert says(party, daemon, a, b, 700) < 100
        # One direction, and by the bus.
        assert shell.call("SsmLinkFrom", 10, 11) == 0
        assert says(party, daemon, a, b, 700) > 7000
        assert says(party, daemon, b, a, 900) < 100
        # The other half, by itself; one of the two ends, and the other goes on.
        assert shell.call("SsmLinkFrom", 11, 10) == 0
        assert says(party, daemon, b, a, 900) > 7000
        assert says(party, daemon, a, b, 700) > 7000
        assert shell.call("SsmStopLinkFrom", 11, 10) == 0
        assert says(party, daemon, b, a, 900) < 100
        assert says(party, daemon, a, b, 700) > 7000
        assert shell.call("SsmStopLinkFrom", 10, 11) == 0
        assert shell.call("SsmLinkToBus", 11, 40) == 0
        assert shell.call("SsmLinkFromBus", 40, 10) == 0
        assert says(party, daemon, b, a, 900) > 7000
        assert shell.call("SsmUnLinkFromBus", 40, 10) == 0
        assert says(party, daemon, b, a, 900) < 100
        assert shell.call("SsmUnLinkToBus", 11, 40) == 0
        for channel in (10, 11):
            shell.call("SsmHangup", channel)
            shell.state(channel, STANDBY)


def test_conference(shell: rig.Shell, daemon: rig.Daemon) -> None:
    with rig.Party(daemon) as party:
        calls = [out(shell, party, channel, "1") for channel in (12, 13, 14)]
        group = shell.call("SsmCreateConfGroup", 3, 3, 3, 5)
        assert group == 0
        assert shell.call("SsmJoinConfGroup", group, 12, 0, 0, 0, 1) == 0
        assert shell.call("SsmJoinConfGroup", group, 13, 0, 0, 0, 1) == 0
        assert shell.call("SsmJoinConfGroup", group, 14, 2, 0, 0, 1) == 0  # listens
        assert says(party, daemon, calls[0], calls[1], 700) > 6000
        assert says(party, daemon, calls[1], calls[2], 900) > 6000
        assert says(party, daemon, calls[2], calls[0], 1100) < 200
        assert shell.call("SsmExitConfGroup", 13, 0) == 0
        assert says(party, daemon, calls[0], calls[1], 700) < 100
        assert shell.call("SsmFreeConfGroup", group) == 0
        assert shell.call("SsmJoinConfGroup", group, 13, 0, 0, 0, 1) == -1
        for channel in (12, 13, 14):
            shell.call("SsmHangup", channel)
            shell.state(channel, STANDBY)
