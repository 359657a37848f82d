"""``[[treatment]]``: what a call gets when its application is gone: a prompt or music, then the
end."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Final

from ..errors import Error, LocalError
from . import media_music, media_play
from .config_session import TreatmentTable
from .events import Established, Event
from .events_base import ALERTING, CONNECTED, INITIATED
from .events_media import Stop
from .events_session import OwnerChanged
from .methods_media import PlayMessage

if TYPE_CHECKING:
    from .calls import Call
    from .media_channel import MediaChannel
    from .node import Node

log: Final = logging.getLogger("trunkd.sessions")


class Running:
    """A treatment at work on a call."""

    __slots__ = ("call", "playing", "row", "stops")

    def __init__(self, call: Call, row: TreatmentTable) -> None:
        self.call: Final = call
        self.row: Final = row
        self.playing = False
        """Its message or music is to be heard."""
        self.stops = False
        """Its end is under way."""


class Treatments:
    """All that are at work."""

    def __init__(self, node: Node) -> None:
        self._node: Final = node
        self._rows: Final = {row.name: row for row in node.config.access.treatment}
        self.running: Final[dict[int, Running]] = {}

    def row(self, name: str) -> TreatmentTable:
        """LocalError names those there are."""
        found = self._rows.get(name)
        if found is None:
            have = ", ".join(self._rows) or "none is configured"
            raise LocalError(f"there is no treatment '{name}': {have}")
        return found

    def row_of(self, call_id: int) -> str:
        """The one at work on a call; empty: none is."""
        run = self.running.get(call_id)
        return run.row.name if run is not None else ""

    def begin(self, call: Call, row: TreatmentTable) -> None:
        """Take the call out of whatever it is in, and treat it."""
        self._node.switch.part(call)
        now = call.trunk.now()
        run = self.running[call.call_id] = Running(call, row)
        self._node.kept.changed(call.call_id)
        self._node.at(now + round(row.seconds * 1e9), lambda _: self._finish(run))
        try:
            if call.state == CONNECTED:
                self._play(run)
            elif row.answer and call.direction == "in" and call.state in (INITIATED, ALERTING):
                call.trunk.answer(call, now)  # Established begins it
            else:
                self._finish(run)
        except Error as exc:
            self._failed(run, exc)

    def end(self, call_id: int) -> None:
        """Somebody took the call: what it heard until now ends."""
        run = self.running.pop(call_id, None)
        self._node.kept.changed(call_id)
        channel = self._node.media.of_call(call_id)
        if run is not None and channel is not None:
            self._silence(channel)

    @staticmethod
    def _silence(channel: MediaChannel) -> None:
        media_play.stop(channel)
        media_music.stop(channel)

    def _play(self, run: Running) -> None:
        media, row = self._node.media, run.row
        channel = media.need(run.call)
        self._silence(channel)

        def begun(error: Exception | None) -> None:
            if error is not None:
                self._failed(run, error)
            else:
                run.playing = True

        if row.message:
            wanted = PlayMessage(call_id=run.call.call_id, message=row.message, repeat=row.repeat)
            media_play.play(channel, media, wanted, begun)
        elif row.music:
            media_music.play(channel, media, row.music, begun)
        else:
            self._finish(run)

    def _failed(self, run: Running, error: Exception) -> None:
        log.warning(
            "call %d: treatment %s cannot be heard: %s", run.call.call_id, run.row.name, error
        )
        self._finish_soon(run)

    def told(self, event: Event) -> None:
        """An event of any call."""
        if isinstance(event, Established):
            run = self.running.get(event.call_id)
            if run is not None and not run.playing:
                self._node.at(run.call.trunk.now(), partial(self._answered, run))
        elif isinstance(event, Stop):
            run = self.running.get(event.call_id)
            if run is not None and run.playing and event.kind == "play":
                self._finish_soon(run)

    def _answered(self, run: Running, now: int) -> None:
        if self.running.get(run.call.call_id) is not run or run.playing:
            return
        try:
            self._play(run)
        except Error as exc:
            self._failed(run, exc)

    def _finish_soon(self, run: Running) -> None:
        """Not while the event that caused it is being told."""
        if not run.stops:
            run.stops = True
            self._node.at(run.call.trunk.now(), lambda _: self._finish(run))

    def _finish(self, run: Running) -> None:
        call, row = run.call, run.row
        if self.running.get(call.call_id) is not run:
            return
        self.end(call.call_id)
        if row.application:
            call.application = row.application
            self._node.tell_call(OwnerChanged, call, "", "lost", row.application)
            return
        self._node.sessions.clear(call, row.cause)
