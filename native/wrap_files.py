"""Samples of voice files, sample rates and ADPCM of native/ (pcm.c, resample.c, adpcm.c,
gsm.c).

Samples handed out are 16 bits in the machine's order, or companded octets in line order.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..errors import LocalError
from .wrap import Buffer, ffi, lib

LINEAR: int = lib.TD_LINEAR
ALAW: int = lib.TD_ALAW
ULAW: int = lib.TD_ULAW

PCM_U8: int = lib.TD_PCM_U8
PCM_S16: int = lib.TD_PCM_S16
PCM_S24: int = lib.TD_PCM_S24
PCM_S32: int = lib.TD_PCM_S32
PCM_F32: int = lib.TD_PCM_F32
PCM_F64: int = lib.TD_PCM_F64
PCM_ALAW: int = lib.TD_PCM_ALAW
PCM_ULAW: int = lib.TD_PCM_ULAW

OCTETS = {
    PCM_U8: 1,
    PCM_S16: 2,
    PCM_S24: 3,
    PCM_S32: 4,
    PCM_F32: 4,
    PCM_F64: 8,
    PCM_ALAW: 1,
    PCM_ULAW: 1,
}
"""Octets of one sample of each coding."""

RATE_LEAST: int = lib.TD_RATE_LEAST
RATE_MOST: int = lib.TD_RATE_MOST
MOST_CHANNELS = 64
_BLOCK = 8192


class Converter:
    """Frames of a file to one channel at another rate, companded or as 16-bit samples.

    The channels' mean is taken, then the rate changed by a polyphase filter. ``law`` is LINEAR,
    ALAW or ULAW. Memory does not grow with the length of the file. LocalError: a coding, a number
    of channels or a rate that there is not.
    """

    def __init__(
        self,
        coding: int,
        channels: int,
        from_hz: int,
        law: int,
        to_hz: int = 8000,
        plain: bool = False,
    ) -> None:
        if coding not in OCTETS or not 1 <= channels <= MOST_CHANNELS:
            raise LocalError(f"coding {coding}, {channels} channels: give 1 to {MOST_CHANNELS}")
        if law not in (LINEAR, ALAW, ULAW):
            raise LocalError(f"no law {law}: give LINEAR, ALAW or ULAW")
        self.frames = 0
        """Frames taken and found good."""
        self.spoilt = False
        """A sample was no number, or one that cannot be sound: nothing is taken from there on."""
        self._coding = coding
        self._channels = channels
        self._frame = OCTETS[coding] * channels
        self._law = law
        self._rest = b""
        self._resampler: Any = None
        if from_hz != to_hz:
            made = ffi.NULL
            if 0 <= from_hz < 1 << 32 and 0 <= to_hz < 1 << 32:
                made = lib.td_resampler_new(from_hz, to_hz, plain)
            if made == ffi.NULL:
                raise LocalError(
                    f"{from_hz} Hz to {to_hz} Hz: give rates of {RATE_LEAST} to {RATE_MOST} Hz"
                )
            self._resampler = ffi.gc(made, lib.td_resampler_free)
        self._mono: Any = ffi.new("float[]", _BLOCK)
        room = _BLOCK
        if self._resampler is not None:
            room = lib.td_resampler_room(self._resampler, 4 * _BLOCK)
        self._linear: Any = ffi.new("int16_t[]", room)
        self._octets: Any = ffi.new("uint8_t[]", room) if law != LINEAR else None

    def feed(self, data: Buffer) -> bytes:
        """Take octets of the file, give what of the sound is certain by now.

        A part of a frame at the end waits for the rest.
        """
        if self._rest:
            data = self._rest + bytes(data)
        given = ffi.from_buffer("uint8_t[]", data)
        frames = len(given) // self._frame
        self._rest = bytes(ffi.buffer(given + frames * self._frame, len(given) % self._frame))
        out = bytearray()
        done = 0
        while done < frames and not self.spoilt:
            n = min(frames - done, _BLOCK)
            place = given + done * self._frame
            good = lib.td_pcm_mono(place, n, self._coding, self._channels, self._mono)
            self.spoilt = good < n
            self.frames += good
            done += n
            out += self._convert(good)
        return bytes(out)

    @property
    def partial(self) -> int:
        """Octets of a frame that is not whole."""
        return len(self._rest)

    def finish(self) -> bytes:
        """The rest of the sound; the converter begins another."""
        out = b""
        if self._resampler is not None:
            n = lib.td_resampler_finish(self._resampler, self._linear)
            out = self._give(n)
            lib.td_resampler_reset(self._resampler)
        self._rest = b""
        return out

    def _convert(self, n: int) -> bytes:
        if self._resampler is None:
            lib.td_pcm_round(self._mono, self._linear, n)
            return self._give(n)
        return self._give(lib.td_resampler_process(self._resampler, self._mono, n, self._linear))

    def _give(self, n: int) -> bytes:
        if self._octets is None:
            return bytes(ffi.buffer(self._linear, 2 * n))
        compand = lib.td_alaw_encode if self._law == ALAW else lib.td_ulaw_encode
        compand(self._linear, self._octets, n)
        return bytes(ffi.buffer(self._octets, n))


class Vox:
    """Dialogic (OKI) ADPCM, one direction of one file."""

    def __init__(self) -> None:
        self._state: Any = ffi.new("td_adpcm *")

    def decode(self, octets: Buffer) -> bytes:
        """Two samples for each octet."""
        given = ffi.from_buffer("uint8_t[]", octets)
        out = ffi.new("int16_t[]", 2 * len(given))
        lib.td_vox_decode(self._state, given, len(given), out)
        return bytes(ffi.buffer(out, 4 * len(given)))

    def encode(self, pcm: Buffer) -> bytes:
        """An octet for every two samples. LocalError: not an even number of them."""
        size = len(memoryview(pcm).cast("B"))
        if size % 4:
            raise LocalError(f"{size} octets are not an even number of 16-bit samples")
        given = ffi.new("int16_t[]", size // 2)
        ffi.memmove(given, pcm, size)
        out = ffi.new("uint8_t[]", size // 4)
        lib.td_vox_encode(self._state, given, size // 2, out)
        return bytes(ffi.buffer(out, size // 4))


class ImaFrames(NamedTuple):
    """What td_ima_decode made of blocks."""

    pcm: bytes
    frames: int
    used: int
    """Octets read; less than were given when the next block's header is none."""


def ima_decode(octets: Buffer, block: int, channels: int) -> ImaFrames:
    """Blocks of a WAV of format 0x11. LocalError: no such block, or channels not 1 to 8."""
    given = ffi.from_buffer("uint8_t[]", octets)
    most = (2 * len(given)) // max(1, channels) + 1
    out = ffi.new("int16_t[]", most * max(1, channels))
    used = ffi.new("uint64_t *")
    frames = -1
    if 0 < block < 1 << 20:
        frames = lib.td_ima_decode(given, len(given), block, channels, out, used)
    if frames < 0:
        raise LocalError(f"blocks of {block} octets for {channels} channels of IMA ADPCM")
    return ImaFrames(bytes(ffi.buffer(out, 2 * frames * channels)), frames, used[0])


def ima_encode(pcm: Buffer, block: int, channels: int) -> bytes:
    """Whole blocks for a WAV of format 0x11; the last one is filled up with silence.

    LocalError: a block that does not hold a header and whole groups, or channels not 1 to 8.
    """
    part = 4 * channels
    if not 1 <= channels <= 8 or block <= part or block % part or block >= 1 << 20:
        raise LocalError(f"blocks of {block} octets for {channels} channels of IMA ADPCM")
    frames = 1 + 8 * (block // part - 1)
    samples = memoryview(pcm).cast("B")
    index = ffi.new("int32_t[]", channels)
    given = ffi.new("int16_t[]", frames * channels)
    octets = ffi.new("uint8_t[]", block)
    out = bytearray()
    for at in range(0, len(samples), 2 * frames * channels):
        some = samples[at : at + 2 * frames * channels]
        ffi.memmove(given, some, len(some))
        ffi.buffer(given)[len(some) :] = bytes(2 * frames * channels - len(some))
        lib.td_ima_encode(given, frames, channels, index, octets)
        out += ffi.buffer(octets)[:]
    return bytes(out)


class GsmFrames(NamedTuple):
    """What td_gsm_decode made of frames."""

    pcm: bytes
    used: int
    """Octets read; a whole frame's less than were given when the next one begins wrongly."""


class Gsm:
    """A GSM full rate decoder (GSM 06.10) for one file; ``wav``: frames as WAV files pack them."""

    def __init__(self, wav: bool) -> None:
        self._state: Any = ffi.new("td_gsm *")
        self._wav = wav
        self.octets = 65 if wav else 33
        """Of a frame, or of two packed together."""

    def decode(self, octets: Buffer) -> GsmFrames:
        """160 samples for each whole frame."""
        given = ffi.from_buffer("uint8_t[]", octets)
        out = ffi.new("int16_t[]", 160 * (2 if self._wav else 1) * (len(given) // self.octets))
        used = ffi.new("uint64_t *")
        samples = lib.td_gsm_decode(self._state, given, len(given), self._wav, out, used)
        return GsmFrames(bytes(ffi.buffer(out, 2 * samples)), used[0])
