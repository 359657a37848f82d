"""Octets of voice files, as their formats have them, to companded octets at 8000 Hz.

A decoder takes the file's sound piece by piece and says what is wrong with it as soon as that can
be known; it gives nothing from there on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from ..board.model import Law
from ..native import wrap, wrap_files

LAWS: Final = {Law.A: wrap_files.ALAW, Law.MU: wrap_files.ULAW}
RATE: Final = 8000


class Decoder(Protocol):
    """One file's sound. ``wrong`` is why no more is taken, or ""."""

    wrong: str

    def feed(self, data: bytes) -> bytes:
        """The sound in these octets of the file, as far as it is whole, companded."""
        ...

    def finish(self) -> bytes:
        """The end of the sound."""
        ...


class Octets:
    """G.711 of one channel at 8000 Hz: as it is, or by the tables from law to law."""

    def __init__(self, has: Law, law: Law) -> None:
        self.wrong = ""
        self._convert: Callable[[bytes], bytes] | None = None
        if has is not law:
            self._convert = wrap.alaw_to_ulaw if has is Law.A else wrap.ulaw_to_alaw

    def feed(self, data: bytes) -> bytes:
        """As in ``Decoder``."""
        return data if self._convert is None else self._convert(data)

    def finish(self) -> bytes:
        """As in ``Decoder``."""
        return b""


class Samples:
    """Samples of any coding that native code knows, any channels, any rate."""

    def __init__(self, coding: int, channels: int, rate: int, law: Law) -> None:
        self.wrong = ""
        self._converter = wrap_files.Converter(coding, channels, rate, LAWS[law])

    def feed(self, data: bytes) -> bytes:
        """As in ``Decoder``."""
        out = self._converter.feed(data)
        if self._converter.spoilt:
            self.wrong = "what follows is no sound: its numbers cannot be samples"
        return out

    def finish(self) -> bytes:
        """As in ``Decoder``."""
        return self._converter.finish()


class Vox:
    """Dialogic (OKI) ADPCM, one channel."""

    def __init__(self, rate: int, law: Law) -> None:
        self.wrong = ""
        self._vox = wrap_files.Vox()
        self._samples = Samples(wrap_files.PCM_S16, 1, rate, law)

    def feed(self, data: bytes) -> bytes:
        """As in ``Decoder``."""
        return self._samples.feed(self._vox.decode(data))

    def finish(self) -> bytes:
        """As in ``Decoder``."""
        return self._samples.finish()


class Ima:
    """IMA ADPCM in blocks of a WAV file; ``frames`` is the fact chunk's count, or None."""

    def __init__(self, block: int, channels: int, rate: int, law: Law, frames: int | None) -> None:
        self.wrong = ""
        self._block = block
        self._channels = channels
        self._rest = b""
        self._frames = frames
        self._samples = Samples(wrap_files.PCM_S16, channels, rate, law)

    def feed(self, data: bytes) -> bytes:
        """As in ``Decoder``."""
        data = self._rest + data
        whole = len(data) - len(data) % self._block
        self._rest = data[whole:]
        return self._decode(data[:whole])

    def _decode(self, data: bytes) -> bytes:
        if self.wrong or not data:
            return b""
        made = wrap_files.ima_decode(data, self._block, self._channels)
        if made.used < len(data) and len(data) - made.used >= 4 * self._channels:
            self.wrong = "the header of the next block is none"
        pcm = made.pcm
        if self._frames is not None:
            pcm = pcm[: 2 * self._channels * self._frames]  # the last block is filled up
            self._frames -= len(pcm) // (2 * self._channels)
        return self._samples.feed(pcm)

    def finish(self) -> bytes:
        """As in ``Decoder``."""
        return self._decode(self._rest) + self._samples.finish()


class Gsm:
    """GSM full rate; ``wav``: in the pairs of frames that WAV files have. One channel.

    ``samples`` are in the file, or as many as there are.
    """

    def __init__(self, wav: bool, rate: int, law: Law, samples: int | None = None) -> None:
        self.wrong = ""
        self._gsm = wrap_files.Gsm(wav)
        self._left = samples
        self._rest = b""
        self._samples = Samples(wrap_files.PCM_S16, 1, rate, law)

    def feed(self, data: bytes) -> bytes:
        """As in ``Decoder``."""
        if self.wrong:
            return b""
        data = self._rest + data
        made = self._gsm.decode(data)
        self._rest = data[made.used :]
        if len(self._rest) >= self._gsm.octets:
            self.wrong = "the next GSM frame does not begin with 0xD"
        pcm = made.pcm
        if self._left is not None:
            pcm = pcm[: 2 * self._left]  # the last pair of frames is filled up
            self._left -= len(pcm) // 2
        return self._samples.feed(pcm)

    def finish(self) -> bytes:
        """As in ``Decoder``."""
        return self._samples.finish()
