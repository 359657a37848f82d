"""playMessage, generateDigits, generateTone and what changes or ends them, on one channel.

Files are read elsewhere (``Node.offload``) unless the cache has them; all channels share their
octets. The board itself ends a message at a digit or speech, within a block.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from ..board.clock import FRAME, SECOND
from ..board.events import BoardEvent, MediaEnd, PlayEnded
from ..board.media import Listen
from ..board.media_events import DigitKind
from ..board.play import Octets, PlayItem, PlayOptions, Silence, Tones
from ..board.play import digits as digit_tones
from ..board.play import tone as country_tone
from ..errors import Error, LocalError
from . import events_media as ev
from .media_files import Prompt, resolve
from .media_work import CALL_ENDED, LOOK, REASONS, UNNOTICED, Done, Stoppable, after_stop, next_tag
from .methods_media import GenerateDigits, GenerateTone, Item, PlayMessage

if TYPE_CHECKING:
    from .media import Media
    from .media_channel import MediaChannel

DIGIT_KINDS: Final = {
    "dtmf": DigitKind.DTMF,
    "r2f": DigitKind.R2_FORWARD,
    "r2b": DigitKind.R2_BACKWARD,
    "mf": DigitKind.R1,
}
DIGIT_LEVEL: Final = -8.0


class Playing(Stoppable):
    """A message on a channel, from the request to the end: kind of work "play".

    ``told``: clients get Play and Stop; ``then`` is called with the reason of its end.
    """

    def __init__(
        self,
        channel: MediaChannel,
        message: str,
        options: PlayOptions | None = None,
        told: bool = True,
        then: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__()
        self.message: Final = message
        self.stop_digits: Final = options.stop_digits if options is not None else ""
        self._channel: Final = channel
        self._options: Final = options or PlayOptions()
        self._told: Final = told
        self._then: Final = then
        self._prompts: list[Prompt] = []
        self._tag = 0
        self._damage = ""
        self._ended = False
        self._began = 0
        self._paused_at: int | None = None
        self._pauses = 0

    # Beginning

    @property
    def is_told(self) -> bool:
        """Its begin and end are events."""
        return self._told

    @property
    def begun(self) -> bool:
        """It plays: its files are read, and it has not ended."""
        return self._tag != 0 and not self._ended

    def reserve(self) -> None:
        """Take the channel; LocalError when something plays there, or it was stopped."""
        self._check_wanted()
        self._channel.begin("play", self)
        self._channel.owner.playing = self.message

    def begin(self, items: Sequence[PlayItem], prompts: list[Prompt]) -> None:
        """Play; the prompts are given back at the end. It is over when this raises."""
        self._prompts = prompts
        channel, options = self._channel, self._options
        try:
            self._check_wanted()
            self._damage = next((p.damage for p in prompts if p.damage), "")
            wants = Listen.DTMF if options.stop_digits else Listen.NONE
            if options.stop_on_voice:
                wants |= Listen.LEVEL
            channel.want("play", wants)
            self._tag = next_tag()
            channel.timeslot.play_list(items, options, self._tag)
        except Error:
            self.drop()
            raise
        self._began = channel.now()
        if self._told:
            channel.tell(ev.Play, self.message)

    def _check_wanted(self) -> None:
        if self._ended:
            raise LocalError(f"{self.message}: stopped before it began to play")

    def drop(self) -> None:
        """It did not come to playing."""
        self._release()

    # While it plays

    def suspend(self) -> None:
        if self._tag and self._paused_at is None and not self.stopping:
            self._channel.timeslot.pause_play()
            self._paused_at = self._channel.now()
            self._channel.tell(ev.Suspend, "play", self.message, self.position())

    def resume(self) -> None:
        if self._paused_at is not None:
            self._channel.timeslot.resume_play()
            self._pauses += self._channel.now() - self._paused_at
            self._paused_at = None
            self._channel.tell(ev.Resume, "play", self.message, self.position())

    def reposition(self, seconds: float, relative: bool) -> None:
        timeslot = self._channel.timeslot
        to = max(0.0, self.position() + seconds if relative else seconds)
        timeslot.seek_play(
            round(seconds * SECOND) if relative else round(to * SECOND), relative=relative
        )
        self._channel.tell(ev.Resume, "play", self.message, round(to, 3))

    def set_attribute(self, volume: float | None, speed: float | None) -> None:
        if volume is not None:
            self._channel.timeslot.set_play_volume(volume)
        if speed is not None:
            self._channel.timeslot.set_play_speed(speed)
        self._channel.tell(ev.Resume, "play", self.message, self.position())

    def position(self) -> float:
        """Seconds into what plays."""
        return round(self._channel.timeslot.play_position() / SECOND, 3)

    def stop(self) -> None:
        """End it; Stop follows when the board has."""
        if not self._tag:
            self._release()  # its files are still being read
        elif not self.stopping:
            self.stopping = True
            self._channel.timeslot.stop_play()

    # How it ends

    def heard(self, event: BoardEvent) -> None:
        if isinstance(event, PlayEnded) and event.tag == self._tag and self.begun:
            text = self._damage if event.reason is MediaEnd.DAMAGED else ""
            self._end(REASONS[event.reason], event.octets, text, event.digit)

    def channel_closes(self) -> None:
        if not self._tag or self._ended:
            self._release()
            return
        with contextlib.suppress(Error):  # closing the timeslot ends it, too
            self._channel.timeslot.stop_play()
        self._end("stopped", self._octets(), CALL_ENDED, gone=True)

    def events_lost(self) -> None:
        """Its end may be among them: then its place moves no more."""
        if self._tag:
            self._look_later(self._channel.timeslot.play_position())

    def _look_later(self, place: int) -> None:
        def look(now: int) -> None:
            if self._ended:
                return
            at = self._channel.timeslot.play_position()
            plays_on = self._paused_at is not None or at != place
            if plays_on and not self.stopping:
                return
            self._channel.timeslot.stop_play()
            self._end("failed", self._octets(), UNNOTICED)

        self._channel.later(LOOK, look)

    def _octets(self) -> int:
        """Sent so far, where the board does not say: 8000 a second but for the pauses."""
        until = self._channel.now() if self._paused_at is None else self._paused_at
        return max(0, until - self._began - self._pauses) // FRAME

    def _end(
        self, reason: str, octets: int, text: str = "", digit: str = "", gone: bool = False
    ) -> None:
        self._release()
        if self._told:
            self._channel.tell(
                ev.Stop, "play", self.message, octets, reason, text=text, digit=digit
            )
        if self._then is not None:
            self._then(reason)
        self.let_begin(LocalError(CALL_ENDED) if gone else None)

    def _release(self) -> None:
        """Give back the channel and the prompts; doing it twice does no harm."""
        prompts, self._prompts = self._prompts, []
        for prompt in prompts:
            self._channel.node.media.cache.release(prompt)
        if self._ended:
            return
        self._ended = True
        if self._channel.work.get("play") is self:
            self._channel.end("play")
            self._channel.owner.playing = ""


def _current(channel: MediaChannel) -> Playing | None:
    work = channel.work.get("play")
    return work if isinstance(work, Playing) else None


# Files and items


class List:
    """A list to play: what is known of it before its files are read."""

    def __init__(self, items: Sequence[Item], media: Media, channel: MediaChannel) -> None:
        """LocalError: an item that is none, with its number."""
        self._law: Final = channel.law
        self._made: Final[list[PlayItem | str]] = []
        """Ready items, and paths of files."""
        for n, item in enumerate(items, 1):
            try:
                self._made.append(_ready(item, media.media_dir, channel))
            except Error as exc:
                raise LocalError(f"item {n}: {exc}" if len(items) > 1 else str(exc)) from exc

    def cached(self, media: Media) -> list[Prompt] | None:
        """All its prompts, if they are in memory; LocalError: a file is gone."""
        return self._take(lambda path: media.cache.take_cached(path, self._law), media)

    def read(self, media: Media) -> list[Prompt]:
        """All its prompts. Reads files: for Node.offload. LocalError says why one is of no use."""
        prompts = self._take(lambda path: media.cache.take(path, self._law), media)
        assert prompts is not None
        return prompts

    def _take(self, take: Callable[[str], Prompt | None], media: Media) -> list[Prompt] | None:
        prompts: list[Prompt] = []
        complete = False
        try:
            for path in self._made:
                if isinstance(path, str):
                    prompt = take(path)
                    if prompt is None:
                        return None
                    prompts.append(prompt)
            complete = True
            return prompts
        finally:
            if not complete:
                for prompt in prompts:
                    media.cache.release(prompt)

    def items(self, prompts: list[Prompt]) -> list[PlayItem]:
        """The board's list, with these prompts for its files."""
        octets = iter(prompts)
        return [_octets(next(octets)) if isinstance(x, str) else x for x in self._made]


def _octets(prompt: Prompt) -> Octets:
    return Octets(prompt.octets, prompt.law, prompt.damage)


def _ready(item: Item, media_dir: str, channel: MediaChannel) -> PlayItem | str:
    given = [name for name in ("file", "tone", "digits", "silence") if getattr(item, name)]
    if len(given) != 1:
        raise LocalError(f"give one of file, tone, digits and silence, not {len(given)} of them")
    if item.file:
        return resolve(media_dir, item.file)
    if item.tone:
        return make_tone(channel, item.tone, item.seconds, item.level)
    if item.digits:
        level = DIGIT_LEVEL if item.level is None else item.level
        return make_digits(item.digits, item.kind, level, item.on, item.off)
    return Silence(_ms(item.silence))


def _ms(seconds: float) -> int:
    return max(1, round(1000 * seconds))


def make_tone(channel: MediaChannel, name: str, seconds: float, level: float | None) -> Tones:
    """A country's tone by COUNTRY/NAME, or by NAME for the channel's country."""
    country, slash, tone = name.rpartition("/")
    made = country_tone(
        (country if slash else channel.country).lower(), tone, _ms(seconds) if seconds else None
    )
    if level is None:
        return made
    steps = tuple(s._replace(level=level) if s.frequencies else s for s in made.steps)
    return Tones(steps, made.repeat_from, made.ms)


def make_digits(digits: str, kind: str, level: float, on: float, off: float) -> Tones:
    return digit_tones(DIGIT_KINDS[kind], digits, level, _ms(on), _ms(off))


def describe(items: Sequence[Item]) -> str:
    """A list as events name it."""
    if len(items) != 1:
        return f"{len(items)} items"
    (item,) = items
    if item.tone:
        return f"tone {item.tone}"
    if item.digits:
        return f"digits {item.digits}"
    return item.file or f"silence {item.silence:g} s"


def play_list(
    channel: MediaChannel, media: Media, items: Sequence[Item], playing: Playing, done: Done
) -> None:
    """Play items as ``playing``; ``done`` is called once, when it plays or with why not."""
    wanted = List(items, media, channel)
    channel.check()

    def begin(prompts: list[Prompt]) -> None:
        if channel.waits_for_line(lambda: begin(prompts)):
            return
        try:
            playing.begin(wanted.items(prompts), prompts)
        except Error as exc:
            done(exc)
            return
        done(None)

    def loaded(prompts: Any, error: Exception | None) -> None:
        if error is None:
            begin(prompts)
        else:
            playing.drop()
            done(error)

    def start() -> None:
        try:
            playing.reserve()
        except Error as exc:
            done(exc)
            return
        try:
            prompts = wanted.cached(media)
        except Error as exc:
            loaded(None, exc)
            return
        if prompts is not None:
            begin(prompts)
        else:
            channel.node.offload(lambda: wanted.read(media), loaded)

    after_stop(channel, "play", start, done)


# What service_media.py calls


def play(channel: MediaChannel, media: Media, p: PlayMessage, done: Done) -> None:
    """playMessage. LocalError: bad parameters; ``done`` is told of the rest."""
    if bool(p.message) == bool(p.items):
        raise LocalError("give message or items, one of the two")
    items = [Item(file=p.message)] if p.message else p.items
    options = PlayOptions(
        times=p.repeat,
        start=round(p.position * SECOND),
        volume_db=p.volume,
        speed=p.speed,
        stop_digits=p.stop_on_digits,
        stop_on_voice=p.stop_on_voice,
    )
    playing = Playing(channel, describe(items), options)
    play_list(channel, media, items, playing, done)


def _at_once(channel: MediaChannel, item: PlayItem, message: str) -> None:
    playing = Playing(channel, message)

    def begin() -> None:
        playing.reserve()
        if not channel.waits_for_line(lambda: late(plays)):
            plays()

    def plays() -> None:
        playing.begin([item], [])

    def late(work: Callable[[], None]) -> None:
        try:
            work()
        except Error as exc:
            refuse(exc)

    def refuse(error: Exception | None) -> None:
        channel.tell(ev.Stop, "play", message, 0, "failed", text=str(error))

    current = _current(channel)
    if current is None or not current.wait(lambda: late(begin), refuse):
        begin()


def digits(channel: MediaChannel, p: GenerateDigits) -> None:
    """generateDigits."""
    _at_once(channel, make_digits(p.digits, p.kind, p.level, p.on, p.off), f"digits {p.digits}")


def tone(channel: MediaChannel, p: GenerateTone) -> None:
    """generateTone."""
    _at_once(channel, make_tone(channel, p.tone, p.seconds, None), f"tone {p.tone}")


def stop(channel: MediaChannel) -> None:
    """Nothing playing is no error, as in suspend and resume."""
    playing = _current(channel)
    if playing is not None:
        playing.stop()


def suspend(channel: MediaChannel) -> None:
    playing = _current(channel)
    if playing is not None:
        playing.suspend()


def resume(channel: MediaChannel) -> None:
    playing = _current(channel)
    if playing is not None:
        playing.resume()


def _needed(channel: MediaChannel) -> Playing:
    playing = _current(channel)
    if playing is None or not playing.begun:
        raise LocalError(f"{channel.owner.device} plays nothing")
    return playing


def reposition(channel: MediaChannel, seconds: float, relative: bool) -> None:
    """LocalError: nothing plays, or a place before the beginning."""
    if seconds < 0 and not relative:
        raise LocalError("a position is 0 s or more; relative positions may be negative")
    _needed(channel).reposition(seconds, relative)


def set_attribute(channel: MediaChannel, volume: float | None, speed: float | None) -> None:
    """LocalError: nothing plays."""
    if volume is None and speed is None:
        raise LocalError("give volume, speed or both")
    _needed(channel).set_attribute(volume, speed)
