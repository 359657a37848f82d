"""playMusic and stopMusic: music on hold, one source for any number of calls.

A source plays for ever on a soft channel of each board that needs it (one for each law of its
lines); calls hear it by a connection, octet for octet. Its files are in memory once. In a
conference the announcer plays them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ..board.model import Law, Timeslot
from ..board.play import Octets, PlayOptions
from ..errors import Error, LocalError
from . import events_media as ev
from . import media_play
from .config import MusicTable
from .media_files import Prompt, resolve
from .media_work import Done, next_tag
from .methods_media import Item

if TYPE_CHECKING:
    from .media import Media
    from .media_channel import MediaChannel
    from .node import BoardUnit, Node

PREFIX: Final = "music/"
Key = tuple[str, str, Law]
"""Source, board, law."""


class Music:
    """The sources of a node that play."""

    def __init__(self, node: Node) -> None:
        self._node: Final = node
        self._playing: Final[dict[Key, Timeslot]] = {}
        self._waiting: Final[dict[Key, list[Done]]] = {}

    def table(self, name: str) -> MusicTable:
        """A source by name, "": the first; LocalError names the ones there are."""
        tables = self._node.config.media.music
        if not tables:
            raise LocalError("there is no music on hold: add [[media.music]], and restart")
        for table in tables:
            if name in ("", table.name):
                return table
        raise LocalError(f"there is no music '{name}': {', '.join(t.name for t in tables)}")

    def source(self, table: MusicTable, channel: MediaChannel) -> Timeslot | None:
        """The timeslot that a channel is to hear, when it plays already."""
        return self._playing.get(_key(table, channel))

    def start(self, table: MusicTable, channel: MediaChannel, done: Done) -> None:
        """Let it play for a channel's board and law, if it does not yet."""
        key = _key(table, channel)
        if key in self._waiting:
            self._waiting[key].append(done)
            return
        media, law, unit = self._node.media, channel.law, channel.unit
        paths = [resolve(media.media_dir, name) for name in table.files]
        self._waiting[key] = [done]

        def loaded(prompts: Any, error: Exception | None) -> None:
            if error is None:
                try:
                    self._playing[key] = self._play(table, unit, law, prompts)
                except Error as exc:
                    error = exc
                    for prompt in prompts:
                        media.cache.unpin(prompt)
            for each in self._waiting.pop(key):
                each(error)
            if error is None:
                self._report(prompts)

        self._node.offload(lambda: _pin(media, paths, law), loaded)

    def _play(
        self, table: MusicTable, unit: BoardUnit, law: Law, prompts: list[Prompt]
    ) -> Timeslot:
        soft = self._node.media.conferences.soft
        timeslot = soft.take(unit)
        try:
            timeslot.open_voice(law)
            # What is good of a damaged file is played: the list must never end.
            items = [Octets(prompt.octets, prompt.law) for prompt in prompts]
            timeslot.play_list(items, PlayOptions(times=0, volume_db=table.volume), next_tag())
        except Error:
            timeslot.close()
            soft.give(unit, timeslot)
            raise
        return timeslot

    def _report(self, prompts: list[Prompt]) -> None:
        for prompt in prompts:
            if prompt.damage:
                self._node.problem(LocalError(f"{prompt.path}: {prompt.damage}: make it again"))


def _key(table: MusicTable, channel: MediaChannel) -> Key:
    return table.name, channel.unit.name, channel.law


def _pin(media: Media, paths: list[str], law: Law) -> list[Prompt]:
    """All files in memory, to stay there: reads them, so for Node.offload."""
    prompts: list[Prompt] = []
    try:
        # One by one: those before a file that fails are in the list then.
        prompts.extend(media.cache.pin(path, law) for path in paths)
    except Error:
        for prompt in prompts:
            media.cache.unpin(prompt)
        raise
    return prompts


def play(channel: MediaChannel, media: Media, name: str, done: Done) -> None:
    """playMusic. LocalError: there is no such source, or the channel is connected otherwise."""
    trunk = channel.node.trunks.get(channel.trunk)
    default = trunk.table.media.music if trunk is not None else ""
    table = media.music.table(name or default)
    _check(channel)
    if not channel.owner.call_id:
        options = PlayOptions(times=0, volume_db=table.volume)
        playing = media_play.Playing(channel, f"{PREFIX}{table.name}", options)
        media_play.play_list(channel, media, [Item(file=f) for f in table.files], playing, done)
        return

    def begin(error: Exception | None) -> None:
        if error is None:
            try:
                _check(channel)
                source = media.music.source(table, channel)
                assert source is not None
                channel.timeslot.connect(source)
                _says(channel, f"{PREFIX}{table.name}")
            except Error as exc:
                error = exc
        done(error)

    if media.music.source(table, channel) is not None:
        begin(None)
    else:
        media.music.start(table, channel, begin)


def stop(channel: MediaChannel) -> None:
    """stopMusic. No music is no error."""
    work = channel.work.get("play")
    if isinstance(work, media_play.Playing) and work.message.startswith(PREFIX):
        work.stop()
    if channel.source.startswith(PREFIX):
        channel.timeslot.connect(None)
        _says(channel, "")


def _check(channel: MediaChannel) -> None:
    channel.check()
    if channel.source.startswith("call/"):
        raise LocalError(
            f"{channel.owner.device} is connected with {channel.source}: disconnect it first"
        )
    if channel.conference is not None:
        raise LocalError(
            f"{channel.owner.device} is in conference {channel.conference.number}: "
            "let it leave that first"
        )


def _says(channel: MediaChannel, source: str) -> None:
    if channel.source != source:
        channel.source = source
        channel.tell(ev.ConnectionChanged, source)
