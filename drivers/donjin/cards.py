"""Voice of the two families of cards: the same work by other calls of the library."""

from __future__ import annotations

import contextlib
import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Final

from ...errors import DriverError
from . import facts
from .e1 import E1Trunk
from .library import Library
from .lines import Line, Recorder, Station, Tell, Trunk
from .protocol import Channel

LINES: Final[dict[int, Callable[[Library, Tell, int, dict[str, Any]], Line]]] = {
    facts.TRUNK: Trunk,
    facts.USER: Station,
    facts.RECORD: Recorder,
}


class Card(ABC):
    """All cards of a family."""

    def __init__(self, library: Library, options: dict[str, Any]) -> None:
        self.library: Final = library
        self.options: Final = options

    @abstractmethod
    def channels(self) -> list[Channel]: ...

    @abstractmethod
    def line(self, channel: Channel, ch: int, tell: Tell) -> Line | None:
        """What asks for the channel's calls; None: it has none."""

    @abstractmethod
    def push(self) -> None:
        """Keep playing and recording going."""

    @abstractmethod
    def digit(self, ch: int) -> str:
        """The next digit that came; "": none."""

    @abstractmethod
    def clear_digits(self, ch: int) -> None: ...

    @abstractmethod
    def play(self, ch: int, octets: bytes, start: int) -> Any:
        """What must be kept until it has ended."""

    @abstractmethod
    def played(self, ch: int) -> bool: ...

    @abstractmethod
    def stop(self, ch: int) -> None:
        """Playing or sending digits; also after its end."""

    @abstractmethod
    def dropped(self, kept: Any) -> None:
        """What ``play`` gave is of no use any more."""

    @abstractmethod
    def send(self, ch: int, digits: str, on: int, off: int) -> None: ...

    @abstractmethod
    def sent(self, ch: int) -> bool: ...

    @abstractmethod
    def record(self, ch: int, path: str, octets: int) -> None: ...

    @abstractmethod
    def recorded(self, ch: int) -> bool: ...

    @abstractmethod
    def stop_record(self, ch: int) -> None:
        """The file is whole after it."""

    @abstractmethod
    def hear(self, ch: int, source: int, on: bool) -> None:
        """``ch`` hears ``source``, or no more."""

    @abstractmethod
    def talk(self, ch: int, other: int, on: bool) -> None:
        """Both hear each other; or ``other`` alone hears ``ch``."""

    def conferences(self) -> bool:
        """The cards mix conferences."""
        return False


class Analog(Card):
    """Tc08a32, NewSig."""

    def __init__(self, library: Library, options: dict[str, Any]) -> None:
        super().__init__(library, options)
        self._quick: set[int] = set()
        """Channels that send digits in lengths of our choice."""

    def channels(self) -> list[Channel]:
        """One row of ports over all cards, empty ones among them."""
        name = "CheckChTypeNew" if self.library.has("CheckChTypeNew") else "CheckChType"
        count = self.library.raw("CheckValidCh")
        return [Channel(self.library.raw(name, ch), -1, ch + 1) for ch in range(count)]

    def line(self, channel: Channel, ch: int, tell: Tell) -> Line | None:
        if channel.kind == facts.RECORD and not self.library.has("DRec_OffHookDetect"):
            return None
        kind = LINES.get(channel.kind)
        return None if kind is None else kind(self.library, tell, ch, self.options)

    def push(self) -> None:
        self.library.raw("PUSH_PLAY")
        self.library.raw("FeedSigFunc")

    def digit(self, ch: int) -> str:
        return facts.DTMF.get(self.library.raw("GetDtmfCode", ch), "")

    def clear_digits(self, ch: int) -> None:
        self.library.raw("InitDtmfBuf", ch)

    def play(self, ch: int, octets: bytes, start: int) -> Any:
        memory = self.library.memory(octets)
        self.library.raw("StartPlay", ch, memory, start, len(octets) - start)
        return memory

    def played(self, ch: int) -> bool:
        return self.library.raw("CheckPlayEnd", ch) != 0

    def stop(self, ch: int) -> None:
        self.library.raw("StopPlay", ch)

    def dropped(self, kept: Any) -> None:
        """The memory is freed with it."""

    def send(self, ch: int, digits: str, on: int, off: int) -> None:
        library, most = self.library, facts.SEND_MOST_MS
        self._quick.discard(ch)
        own = max(on, off) <= most and (on, off) != (most, most) and library.has("NewSendDtmfBuf")
        if own and library.raw("SetSendPara", on, off) == 0:
            library.raw("NewSendDtmfBuf", ch, digits.encode())
            self._quick.add(ch)
            return
        library.raw("SendDtmfBuf", ch, digits.encode())

    def sent(self, ch: int) -> bool:
        name = "NewCheckSendEnd" if ch in self._quick else "CheckSendEnd"
        return self.library.raw(name, ch) != 0

    def record(self, ch: int, path: str, octets: int) -> None:
        self.library.need("StartRecordFile", ch, path.encode(), octets)

    def recorded(self, ch: int) -> bool:
        return self.library.raw("CheckRecordEnd", ch) != 0

    def stop_record(self, ch: int) -> None:
        self.library.raw("StopRecordFile", ch)

    def hear(self, ch: int, source: int, on: bool) -> None:
        name = "LinkOneToAnother" if on else "ClearOneFromAnother"
        self.library.zero(name, facts.LINK_ERRORS, ch, source)

    def talk(self, ch: int, other: int, on: bool) -> None:
        zero, words = self.library.zero, facts.LINK_ERRORS
        if on:
            zero("ClearOneFromAnother", words, other, ch)
            zero("SetLink", words, ch, other)
        else:
            zero("ClearLink", words, ch, other)
            zero("LinkOneToAnother", words, other, ch)

    def conferences(self) -> bool:
        name = "DConf_EnableConfCard"
        return self.library.has(name) and self.library.raw(name) in facts.CONF_READY


class Digital(Card):
    """tce1_32: plays and records by files, which have headers where the INI says so."""

    def __init__(self, library: Library, options: dict[str, Any]) -> None:
        super().__init__(library, options)
        name = "DJSys_Get_iEnableWaveFormat"
        self._header: Final = facts.WAVE_HEADER if library.has(name) and library.raw(name) else 0
        self._files = 0
        options["silence_octets"] = 400
        options["silence"] = self._file(bytes([options["idle"]] * 400))
        library.raw("DJExg_VoiceToTrunk_SetParam", 0)  # playing alone is no answer

    def _file(self, octets: bytes) -> str:
        self._files += 1
        path = os.path.join(self.options["folder"], f"play-{os.getpid()}-{self._files}")
        try:
            with open(path, "wb") as file:
                file.write(bytes(self._header) + octets)
        except OSError as exc:
            with contextlib.suppress(OSError):
                os.unlink(path)
            raise DriverError(f"{path}: {exc.strerror}: make room there") from exc
        return path

    def channels(self) -> list[Channel]:
        count = self.library.raw("DJTrk_GetTotalTrunkNum")
        return [Channel(facts.E1, *facts.slot_of(ch)) for ch in range(count)]

    def line(self, channel: Channel, ch: int, tell: Tell) -> Line | None:
        return E1Trunk(self.library, tell, ch, self.options)

    def push(self) -> None:
        self.library.raw("DJSys_PushPlay")

    def digit(self, ch: int) -> str:
        if self.library.raw("DJTrk_GetReceiveDtmfNumNew", ch) <= 0:
            return ""
        found = self.library.call("DJTrk_GetDtmfCodeNew", ch)
        digit = bytes(found).decode("ascii", "replace").upper()
        return digit if digit in "0123456789*#ABCD" else ""

    def clear_digits(self, ch: int) -> None:
        self.library.raw("DJTrk_InitDtmfBufNew", ch)

    def play(self, ch: int, octets: bytes, start: int) -> Any:
        path = self._file(octets)
        try:
            length = len(octets) - start
            self.library.one("DJVoc_PlayFileNew", ch, path.encode(), start, length)
        except DriverError:
            self.dropped(path)
            raise
        return path

    def _ended(self, name: str, ch: int) -> bool:
        voice = self.library.raw(name, ch)
        return voice < 0 or self.library.raw("DJVoc_CheckVoiceEnd", voice) != 0

    def played(self, ch: int) -> bool:
        return self._ended("DJTrk_GetTrunkPlayID", ch)

    def stop(self, ch: int) -> None:
        self.library.raw("DJVoc_StopPlayFile", ch)

    def dropped(self, kept: Any) -> None:
        with contextlib.suppress(OSError):
            os.unlink(kept)

    def send(self, ch: int, digits: str, on: int, off: int) -> None:
        """In the card's own lengths."""
        self.library.one("DJTrk_SendDtmfStr", ch, digits.encode())

    def sent(self, ch: int) -> bool:
        return self.library.raw("DJTrk_CheckDtmfSendEnd", ch) != 0

    def record(self, ch: int, path: str, octets: int) -> None:
        self.library.one("DJVoc_RecordFileNew", ch, path.encode(), 0, octets)

    def recorded(self, ch: int) -> bool:
        return self._ended("DJTrk_GetTrunkRecordID", ch)

    def stop_record(self, ch: int) -> None:
        self.library.raw("DJVoc_StopRecordFile", ch)

    def hear(self, ch: int, source: int, on: bool) -> None:
        if on:
            self.library.need("DJExg_SetListenTrunkToTrunk", ch, source)
        else:
            self.library.need("DJExg_ClearListenTrunkFromTrunk", ch)

    def talk(self, ch: int, other: int, on: bool) -> None:
        need = self.library.need
        if on:
            need("DJExg_ClearListenTrunkFromTrunk", other)
            need("DJExg_SetLinkTrunkAndTrunk", ch, other)
        else:
            need("DJExg_ClearLinkTrunkAndTrunk", ch)
            need("DJExg_SetListenTrunkToTrunk", other, ch)
