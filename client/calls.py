"""A call as an object: one connection, with what can be done with it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Final, TypeVar

from ..daemon import events as ev
from ..daemon import methods as m
from ..daemon import methods_media as mm
from ..daemon import methods_switch as ms
from ..daemon.client import Client as LowClient
from ..errors import LocalError
from .audio import Audio
from .conference import Role
from .errors import CallEnded, Refused
from .items import Playable, items
from .streams import EventStream

if TYPE_CHECKING:
    from .client import Client

E = TypeVar("E", bound=ev.Event)
R = TypeVar("R")
ANY_DIGIT: Final = "0123456789*#"
_STATES: Final[dict[type[ev.Event], str]] = {
    ev.ServiceInitiated: "initiated",
    ev.Originated: "initiated",
    ev.Offered: "initiated",
    ev.Delivered: "alerting",
    ev.Established: "connected",
    ev.Failed: "fail",
    ev.ConnectionCleared: "null",
    ev.Held: "hold",
    ev.Retrieved: "connected",
}
_TOLD: Final = (
    "direction",
    "calling",
    "called",
    "display",
    "application",
    "redirecting",
    "answering",
)


class Call:
    """A connection with somebody; from ``Client.serve``, ``make_call``, ``consult`` …

    The attributes follow the events. What waits for the far end raises CallEnded when the call ends
    first. ``async with call`` hangs up at the end.
    """

    def __init__(self, client: Client, call_id: int) -> None:
        self.client: Final = client
        self.call_id: Final = call_id
        self.device = ""
        """``trunk/NAME/CHANNEL``, as far as it is known."""
        self.direction = ""
        """"in" or "out"."""
        self.state = "initiated"
        """initiated, alerting, connected, hold, fail; null: it is over."""
        self.calling = ""
        self.called = ""
        self.answering = ""
        """Number that answered, if it was said."""
        self.display = ""
        self.redirecting = ""
        """Who diverted the call here."""
        self.application = ""
        self.owner = ""
        """Session that owns it."""
        self.cause = ""
        """Why it ended (ECMA-269)."""
        self.q850 = 0
        self._streams: Final[set[EventStream[Any]]] = set()
        self._presented = False

    def __repr__(self) -> str:
        return f"<Call {self.call_id} {self.device} {self.state}>"

    async def __aenter__(self) -> Call:
        return self

    async def __aexit__(self, *exc: object) -> None:
        with contextlib.suppress(Refused, CallEnded):  # it is being cleared already
            await self.hang_up()

    @property
    def trunk(self) -> str:
        """Name of its trunk."""
        return self.device.removeprefix("trunk/").split("/")[0]

    @property
    def waits(self) -> bool:
        """It came in and nobody has answered it."""
        return self.direction == "in" and self.state in ("initiated", "alerting")

    @property
    def ended(self) -> bool:
        return self.state == "null"

    # What the client tells

    def take(self, event: ev.CallEvent) -> bool:
        """Follow an event; true: now it is presented to applications."""
        self.device = event.device or self.device
        if not isinstance(event, ev.OwnerLost):
            self.owner = event.owner
        self.state = _STATES.get(type(event), self.state)
        for name in _TOLD:
            value = getattr(event, name, "")
            if value:
                setattr(self, name, value)
        if isinstance(event, ev.Failed | ev.ConnectionCleared):
            self.cause, self.q850 = event.cause, event.q850
        arrives = self.direction == "in" and isinstance(event, ev.Offered | ev.Delivered)
        return self._present(arrives)

    def put_info(self, info: m.CallInfo) -> bool:
        """As ``take``, of a snapshot."""
        self.device = f"trunk/{info.trunk}" + (f"/{info.channel}" if info.channel else "")
        for name in ("direction", "calling", "called", "answering", "application", "owner"):
            setattr(self, name, getattr(info, name))
        mine = [c.state for c in info.connections if c.call_id == self.call_id]
        self.state = mine[0] if mine else info.state
        return self._present(self.waits)

    def _present(self, arrives: bool) -> bool:
        first = arrives and not self._presented
        self._presented = self._presented or arrives
        return first

    def tell(self, event: ev.Event) -> None:
        """Hand an event to the streams."""
        for stream in list(self._streams):
            stream.put(event)
        if self.ended:
            self.end_streams(None)

    def lost(self) -> None:
        """It ended while nobody was told."""
        self.state, self.cause = "null", "lost"
        self.end_streams(None)

    def end_streams(self, error: Exception | None) -> None:
        for stream in list(self._streams):
            stream.end(error)
        self._streams.clear()

    # Events

    def events(self, *kinds: type[E], **fields: Any) -> EventStream[E]:
        """Its events from now on; the stream ends with the call."""
        stream: EventStream[E] = EventStream(kinds, fields, self._streams.discard)
        if self.ended:
            stream.end()
        else:
            self._streams.add(stream)
        return stream

    async def wait(self, kind: type[E], **fields: Any) -> E:
        """The next event of a kind with these values; CallEnded if there will be none."""
        with self.events(kind, **fields) as stream:
            return await self._next(stream)

    async def _next(self, stream: EventStream[E]) -> E:
        event = await stream.next()
        if event is None:
            raise CallEnded(self)
        return event

    async def answered(self) -> Call:
        """Wait until it is answered; CallEnded with the cause when it never is."""
        with self.events(ev.Established) as stream:
            if self.state not in ("connected", "hold"):
                await self._next(stream)
        return self

    async def over(self) -> str:
        """Wait until it has ended; the cause."""
        with self.events(ev.ConnectionCleared) as stream:
            await stream.next()
        return self.cause

    async def while_up(self, work: Coroutine[Any, Any, R]) -> R:
        """The result of ``work``; it is cancelled, and CallEnded raised, when the call ends
        first."""
        doing = asyncio.ensure_future(work)
        over = asyncio.ensure_future(self.over())
        try:
            await asyncio.wait((doing, over), return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                raise CallEnded(self)
            return doing.result()
        finally:
            doing.cancel()
            over.cancel()
            await asyncio.gather(doing, over, return_exceptions=True)

    # Requests

    async def request(self, params: m.Params) -> Any:
        """A request that concerns this call; CallEnded when it is over."""
        if self.ended:
            raise CallEnded(self)
        try:
            return await self.client.request(params)
        except Refused as exc:
            over = exc.word == "invalidCallID" or self.state in ("null", "fail")
            if over and exc.word in ("invalidCallID", "invalidConnectionState"):
                raise CallEnded(self) from exc
            raise

    async def accept(self, inband: bool = False) -> None:
        """Let it ring (ALERTING)."""
        await self.request(m.AcceptCall(call_id=self.call_id, inband=inband))

    async def answer(self) -> Call:
        """Take the call; done when both can speak."""
        with self.events(ev.Established) as stream:
            if self.state not in ("connected", "hold"):
                await self.request(m.AnswerCall(call_id=self.call_id))
                await self._next(stream)
        return self

    async def reject(self, cause: int = 17) -> None:
        """Refuse it: 17 busy, 21 refused …"""
        await self.request(m.ClearConnection(call_id=self.call_id, cause=cause))

    async def hang_up(self, cause: int = 16) -> None:
        """End it, and wait until it is over; nothing happens if it is over already."""
        if self.ended:
            return
        with self.events(ev.ConnectionCleared) as stream:
            try:
                await self.request(m.ClearConnection(call_id=self.call_id, cause=cause))
            except CallEnded:
                if self.ended:
                    return
            await stream.next()

    # Media

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
        """Listen for digits: the stream of them."""
        await self.request(mm.StartListening(call_id=self.call_id, kinds=["dtmf"]))
        return self.events(ev.DigitsDetected)

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

    # Several connections

    async def join(
        self,
        other: Call,
        role: Role = "talk",
        coached: Call | None = None,
        last: ms.Last = "keep",
    ) -> None:
        """Bring ``other`` and all it talks with into this call; ``role`` is other's. ``last``:
        what becomes of the last one when all others are gone."""
        await self.request(
            ms.JoinCalls(
                call_id=self.call_id,
                other=other.call_id,
                role=role,
                coached=coached.call_id if coached is not None else None,
                after=last,
            )
        )

    async def part(self) -> None:
        """Take it out of its call; the application has it alone."""
        await self.request(ms.PartCall(call_id=self.call_id))

    async def hold(self) -> None:
        """Its far end waits with music."""
        await self.request(ms.HoldCall(call_id=self.call_id))

    async def retrieve(self) -> None:
        """It takes part again."""
        await self.request(ms.RetrieveCall(call_id=self.call_id))

    async def consult(self, called: str = "", device: str = "", **more: Any) -> Call:
        """Put it on hold and call somebody else: that connection."""
        params = ms.ConsultationCall(held_call=self.call_id, called=called, device=device, **more)
        return await self.client.place(params)

    async def alternate(self, active: Call) -> None:
        """This one, held by a consultation, is spoken with, and ``active`` waits."""
        await self.request(ms.AlternateCall(held_call=self.call_id, active_call=active.call_id))

    async def reconnect(self, active: Call) -> None:
        """Clear ``active`` of a consultation and be back with this one."""
        await self.request(ms.ReconnectCall(held_call=self.call_id, active_call=active.call_id))

    async def confer(self, active: Call) -> None:
        """All of a consultation talk together."""
        await self.request(ms.ConferenceCall(held_call=self.call_id, active_call=active.call_id))

    async def transfer(self, active: Call, keep: bool = False) -> None:
        """Both of a consultation talk with each other."""
        await self.request(
            ms.TransferCall(held_call=self.call_id, active_call=active.call_id, keep=keep)
        )

    async def transfer_to(self, called: str = "", device: str = "", **more: Any) -> Call:
        """Call somebody else and connect him with this one (single step): his connection."""
        return await self.client.place(
            ms.SingleStepTransferCall(call_id=self.call_id, called=called, device=device, **more)
        )

    async def add(
        self,
        other: Call | None = None,
        called: str = "",
        device: str = "",
        role: Role = "talk",
        coached: Call | None = None,
        **more: Any,
    ) -> Call:
        """Add somebody to its call (single step conference): a connection that is there, or one
        that is placed now. Of one that takes part already the role is changed."""
        return await self.client.place(
            ms.SingleStepConferenceCall(
                call_id=self.call_id,
                other=other.call_id if other is not None else None,
                called=called,
                device=device,
                role=role,
                coached=coached.call_id if coached is not None else None,
                **more,
            )
        )
