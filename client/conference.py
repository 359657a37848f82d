"""A conference as an object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from ..daemon import events as ev
from ..daemon import methods_media as mm
from .items import Playable, items
from .streams import EventStream

if TYPE_CHECKING:
    from .calls import Call
    from .client import Client

Role = Literal["talk", "listen", "speak", "coach", "monitor"]


class Conference:
    """Calls that talk together; ``async with`` closes it."""

    def __init__(self, client: Client, number: int) -> None:
        self.client: Final = client
        self.number: Final = number

    async def __aenter__(self) -> Conference:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    def events(self) -> EventStream[ev.ConferenceChanged]:
        """Who joins and leaves, from now on."""
        return self.client.events(ev.ConferenceChanged, conference=self.number)

    async def join(self, call: Call, role: Role = "talk", coached: Call | None = None) -> None:
        """Take a call in, or change what it does there."""
        await call.request(
            mm.Join(
                conference=self.number,
                call_id=call.call_id,
                role=role,
                coached=coached.call_id if coached is not None else None,
            )
        )

    async def leave(self, call: Call) -> None:
        """Take a call out."""
        await call.request(mm.Leave(conference=self.number, call_id=call.call_id))

    async def play(self, *what: Playable) -> None:
        """Begin to play to all of them."""
        await self.client.request(mm.PlayMessage(conference=self.number, items=items(what)))

    async def record(self, message: str, max_duration: float = 3600) -> None:
        """Begin to record what all of them say."""
        await self.client.request(
            mm.RecordMessage(conference=self.number, message=message, max_duration=max_duration)
        )

    async def close(self) -> None:
        """End it; the calls stay up."""
        await self.client.request(mm.CloseConference(conference=self.number))
