"""A call as an object: one connection, with what can be done with it."""

from __future__ import annotations

import contextlib
from typing import Any, Final

from ..daemon import events as ev
from ..daemon import methods as m
from ..daemon import methods_switch as ms
from ..daemon import methods_switch_divert as md
from . import network
from .call_media import MediaCall
from .conference import Role
from .errors import CallEnded, Refused

ANY_DIGIT: Final = "0123456789*#"


class Call(MediaCall):
    """A connection with somebody; from ``Client.serve``, ``make_call``, ``consult`` …

    The attributes follow the events. What waits for the far end raises CallEnded when the call ends
    first. ``async with call`` hangs up at the end.
    """

    async def __aenter__(self) -> Call:
        return self

    async def __aexit__(self, *exc: object) -> None:
        with contextlib.suppress(Refused, CallEnded):  # it is being cleared already
            await self.hang_up()

    async def answered(self) -> Call:
        """Wait until it is answered; CallEnded with the cause when it never is."""
        with self.events(ev.Established) as stream:
            if self.state not in ("connected", "hold"):
                await self._next(stream)
        return self

    # Requests

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

    async def deflect(
        self, called: str = "", device: str = "", by: ms.Whose = "any", **more: Any
    ) -> Call | None:
        """Let somebody else have it, which came in and is not answered: the connection by which
        our switch calls him; None: the network took it there. ``by``: as of ``transfer``; after a
        refusal it alerts on."""
        params = md.DeflectCall(call_id=self.call_id, called=called, device=device, by=by, **more)

        def placed(made: Any) -> Call | None:
            return None if made.call_id == self.call_id else self.client.placed(made)

        done = await network.asked(self, params, placed)
        late = done.new_call if isinstance(done, ev.Diverted) else 0
        return done if isinstance(done, Call) else self.client.calls.get(late)

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

    async def transfer(self, active: Call, keep: bool = False, by: ms.Whose = "switch") -> str:
        """Both of a consultation talk with each other. ``by``: who is to connect them: this
        daemon's "switch"; the "network", so that both channels come free; or "any". The result:
        who did. Refused (word networkRefused): the network did not, and all is as it was."""
        params = ms.TransferCall(
            held_call=self.call_id, active_call=active.call_id, keep=keep, by=by
        )
        return network.who(await network.asked(self, params))

    async def transfer_to(self, called: str = "", device: str = "", **more: Any) -> Call:
        """Call somebody else and connect him with this one (single step): his connection. With
        ``by="network"`` Transferred, or NetworkRefused, tell how it ends."""
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
