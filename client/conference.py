"""A conference as an object."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Literal

from ..daemon import events as ev
from ..daemon import methods_media as mm
from .errors import Refused
from .items import Playable, items
from .streams import EventStream

if TYPE_CHECKING:
    from .calls import Call
    from .client import Client

Role = Literal["talk", "listen", "speak", "coach", "monitor"]


class Conference:
    """Calls that talk together; ``async with`` closes it.

    One that ended with the daemon (a crash) is made again, empty, by who joins it next.
    """

    def __init__(self, client: Client, number: int, made: mm.CreateConference) -> None:
        self.client: Final = client
        self.number = number
        """Another one after the daemon was started anew."""
        self._made: Final = made
        self._run = client.instance
        """That of the daemon in which it was made."""
        self._making: Final = asyncio.Lock()

    async def _there(self) -> str:
        """It exists in the daemon as it runs now: in that run."""
        async with self._making:
            if self._run != self.client.instance:
                made = await self.client.request(self._made)
                self.number, self._run = made.conference, self.client.instance
            return self._run

    @property
    def _is_over(self) -> bool:
        """It ended with the daemon, and nobody has joined since."""
        return self._run != self.client.instance

    async def __aenter__(self) -> Conference:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    def events(self) -> EventStream[ev.ConferenceChanged]:
        """Who joins and leaves, from now on."""
        return self.client.events(ev.ConferenceChanged, conference=self.number)

    async def join(self, call: Call, role: Role = "talk", coached: Call | None = None) -> None:
        """Take a call in, or change what it does there."""
        while True:
            run = await self._there()
            try:
                await call.request(
                    mm.Join(
                        conference=self.number,
                        call_id=call.call_id,
                        role=role,
                        coached=coached.call_id if coached is not None else None,
                    )
                )
                return
            except Refused:
                if run == self.client.instance:
                    raise  # else the daemon was started anew meanwhile

    async def leave(self, call: Call) -> None:
        """Take a call out."""
        if not self._is_over:
            await call.request(mm.Leave(conference=self.number, call_id=call.call_id))

    async def play(self, *what: Playable) -> None:
        """Begin to play to all of them."""
        await self._there()
        await self.client.request(mm.PlayMessage(conference=self.number, items=items(what)))

    async def record(self, message: str, max_duration: float = 3600) -> None:
        """Begin to record what all of them say."""
        await self._there()
        await self.client.request(
            mm.RecordMessage(conference=self.number, message=message, max_duration=max_duration)
        )

    async def close(self) -> None:
        """End it; the calls stay up."""
        if not self._is_over:
            await self.client.request(mm.CloseConference(conference=self.number))
