"""Media of a call: play, record, digits, analysis, live audio, fax."""

from __future__ import annotations

import asyncio
from typing import Any

from ..daemon import events as ev
from ..daemon import methods as m
from ..daemon import methods_media as mm
from ..daemon.client import Client as LowClient
from ..errors import LocalError
from .audio import Audio
from .call_followed import FollowedCall
from .errors import CallEnded, Refused
from .items import Playable, items
from .streams import EventStream


class MediaCall(FollowedCall):
    """A call with what can be played to it, and heard from it."""

    async def play(
        self,
        *what: Playable,
        stop_on: str = "",
        repeat: int = 1,
        volume: float = 0,
        stop_on_voice: bool = False,
    ) -> ev.Stop:
        """Play files and items to the end; how it ended (also by the end of the call). Cancelled,
        it stops."""
        return await self._finish(
            mm.PlayMessage(
                call_id=self.call_id,
                items=items(what),
                stop_on_digits=stop_on,
                repeat=repeat,
                volume=volume,
                stop_on_voice=stop_on_voice,
            ),
            ev.Play,
            "play",
        )

    async def record(
        self,
        /,
        message: str,
        *,
        max_duration: float = 60,
        silence: float = 0,
        stop_on: str = "#",
        beep: bool = True,
        **more: Any,
    ) -> ev.Stop:
        """Record into a file until it ends by itself, or with the call (``more``: fields of
        RecordMessage); how it ended. Cancelled, it stops."""
        return await self._finish(
            mm.RecordMessage(
                call_id=self.call_id,
                message=message,
                max_duration=max_duration,
                silence=silence,
                stop_on_digits=stop_on,
                beep=beep,
                **more,
            ),
            ev.Record,
            "record",
        )

    async def send_digits(self, text: str) -> ev.Stop:
        """Send DTMF digits, and wait until they were sent."""
        return await self._finish(
            mm.GenerateDigits(call_id=self.call_id, digits=text), ev.Play, "play"
        )

    async def _finish(
        self, params: m.Params, begin: type[ev.CallEvent], kind: mm.MediaKind
    ) -> ev.Stop:
        with self.events(ev.Play, ev.Record, ev.Stop) as stream:
            try:
                await self.request(params)
                # A Stop before it has begun is that of what was cut short by it.
                while not isinstance(await self._next(stream), begin):
                    pass
                while True:
                    event = await self._next(stream)
                    if isinstance(event, ev.Stop) and event.kind == kind:
                        return event
            except asyncio.CancelledError:
                self._post(mm.StopMedia(call_id=self.call_id, kind=kind))
                raise

    async def collect(
        self,
        /,
        *prompt: Playable,
        max_digits: int = 32,
        min_digits: int = 0,
        patterns: list[str] | None = None,
        first_timeout: float = 5,
        terminators: str = "#",
        **more: Any,
    ) -> ev.DigitsCollected:
        """Play a prompt and collect digits (``more``: fields of StartDigitsCollection)."""
        with self.events(ev.DigitsCollected) as stream:
            try:
                await self.request(
                    mm.StartDigitsCollection(
                        call_id=self.call_id,
                        items=items(prompt),
                        max_digits=max_digits,
                        min_digits=min_digits,
                        patterns=patterns or [],
                        first_timeout=first_timeout,
                        terminators=terminators,
                        **more,
                    )
                )
                collected = await self._next(stream)
            except asyncio.CancelledError:
                self._post(mm.StopDigitsCollection(call_id=self.call_id))
                raise
        if collected.reason == "ended":
            await self.over()
            raise CallEnded(self)
        return collected

    async def digits_heard(self) -> EventStream[ev.DigitsDetected]:
        """Listen for digits: the stream of them. It ends with the call; and when the daemon was
        started anew, as media that was at work is over then, though the call goes on."""
        await self.request(mm.StartListening(call_id=self.call_id, kinds=["dtmf"]))
        stream = self.events(ev.DigitsDetected)
        self._listening.add(stream)
        return stream

    async def stop(self, kind: mm.MediaKind = "both") -> None:
        """Stop playing, recording or both."""
        await self.request(mm.StopMedia(call_id=self.call_id, kind=kind))

    async def music(self, name: str = "") -> None:
        """Music on hold from now on."""
        await self.request(mm.PlayMusic(call_id=self.call_id, music=name))

    async def stop_music(self) -> None:
        """End it."""
        await self.request(mm.StopMusic(call_id=self.call_id))

    async def analyse(self, country: str = "", beep_wait: float = 0) -> ev.CallProgressResult:
        """What answers an outgoing call: person, machine, fax … (before or after the answer)."""
        with self.events(ev.CallProgressResult) as stream:
            await self.request(
                mm.StartCallProgressAnalysis(
                    call_id=self.call_id, country=country, beep_wait=beep_wait
                )
            )
            return await self._next(stream)

    async def open_audio(self, **more: Any) -> Audio:
        """Its live audio (``more``: fields of OpenAudio); on the daemon's machine only."""
        if not self.client.local:
            raise LocalError("live audio is a descriptor: it needs the daemon's Unix socket")
        params = mm.OpenAudio(call_id=self.call_id, **more)

        def ask() -> tuple[mm.AudioOpened, Any]:
            with LowClient(self.client.address) as low:
                return low.open_audio(params)

        try:
            opened, sock = await asyncio.get_running_loop().run_in_executor(None, ask)
        except Refused as exc:
            if self.ended or exc.word == "invalidCallID":
                raise CallEnded(self) from exc
            raise
        sock.setblocking(False)
        return Audio(opened.audio, sock)

    async def send_fax(self, /, file: str, **more: Any) -> ev.FaxEnded:
        """Send a TIFF file; how that ended."""
        return await self._fax(mm.SendFax(call_id=self.call_id, file=file, **more))

    async def receive_fax(self, /, file: str, **more: Any) -> ev.FaxEnded:
        """Receive pages into a TIFF file; how that ended."""
        return await self._fax(mm.ReceiveFax(call_id=self.call_id, file=file, **more))

    async def _fax(self, params: m.Params) -> ev.FaxEnded:
        with self.events(ev.FaxEnded) as stream:
            await self.request(params)
            return await self._next(stream)

    def _post(self, params: m.Params) -> None:
        if not self.ended:
            self.client.post(params)
