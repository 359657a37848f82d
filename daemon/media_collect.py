"""startDigitsCollection: board/collect.py decides, this brings it digits, time and the prompt.

Once a channel has collected, it goes on to listen: what is keyed before the next collection counts
there (``keep``), but for digits that ended a message or a recording.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..board.collect import DIGITS, CollectConfig, DigitCollector
from ..board.events import BoardEvent
from ..board.media import Listen
from ..board.media_events import DigitHeard, DigitKind
from ..board.play import PlayOptions
from ..errors import LocalError
from . import events_media as ev
from . import media_play
from .media_work import Done
from .methods_media import StartDigitsCollection

if TYPE_CHECKING:
    from .media import Media
    from .media_channel import MediaChannel

MOST_KEPT: Final = 64


class TypeAhead:
    """Digits that nobody has asked for yet: kind of work "typeahead"."""

    def __init__(self, channel: MediaChannel) -> None:
        self._channel: Final = channel
        self._digits = ""

    def take(self) -> str:
        digits, self._digits = self._digits, ""
        return digits

    def put_back(self, digits: str) -> None:
        """What a collection did not need of them."""
        self._digits = digits

    def heard(self, event: BoardEvent) -> None:
        if not isinstance(event, DigitHeard) or event.kind is not DigitKind.DTMF or event.ended:
            return
        work = self._channel.work
        if "collect" in work:
            return
        for kind in ("play", "record"):
            if event.digit in getattr(work.get(kind), "stop_digits", ""):
                return  # that is what it was keyed for
        self._digits = (self._digits + event.digit)[-MOST_KEPT:]

    def channel_closes(self) -> None:
        """Nobody will ask any more."""

    def events_lost(self) -> None:
        """With a digit missing, the others mean something else."""
        self._digits = ""


class Collecting:
    """One collection on a channel: kind of work "collect"."""

    def __init__(self, channel: MediaChannel, p: StartDigitsCollection) -> None:
        self._channel: Final = channel
        self._barge_in: Final = p.barge_in
        self._engine: Final = DigitCollector(_config(p), bool(p.items))
        self._prompt: media_play.Playing | None = None
        self._due: int | None = None
        self._over = False

    def begin(self, kept: str) -> str:
        """From now on digits count; ``kept`` came before. Gives back what is left of them."""
        now = self._channel.now()
        self._engine.begin(now)
        while kept and self._engine.takes():
            self._engine.digit(kept[0], now)
            self._engine.released(now)
            kept = kept[1:]
        return kept

    # The prompt

    def play_prompt(self, media: Media, p: StartDigitsCollection, done: Done) -> None:
        """LocalError: an item that is none; ``done`` is told when it plays, or why it does not."""
        if not p.items or self._engine.digits or self._engine.result is not None:
            done(None)
            self._prompt_ended("digit")
            return
        options = PlayOptions(stop_digits=DIGITS if p.barge_in else "")
        message = media_play.describe(p.items)
        prompt = media_play.Playing(self._channel, message, options, then=self._prompt_ended)
        self._prompt = prompt

        def plays(error: Exception | None) -> None:
            if error is not None and (self._over or self._engine.digits):
                error = None  # keyed, or stopped, while the file was read
                self._prompt_ended("digit")
            elif error is not None:
                self._over = True
                self._channel.end("collect")
            done(error)

        media_play.play_list(self._channel, media, p.items, prompt, plays)

    def _prompt_ended(self, reason: str) -> None:
        self._prompt = None
        self._engine.prompt_ended(self._channel.now())
        self._after()

    def _stop_prompt(self) -> None:
        if self._prompt is not None:
            self._prompt.stop()

    # What happens

    def heard(self, event: BoardEvent) -> None:
        if not isinstance(event, DigitHeard) or event.kind is not DigitKind.DTMF:
            return
        if event.ended:
            self._engine.released(self._channel.now())
        elif self._engine.takes():
            self._engine.digit(event.digit, self._channel.now())
            if self._prompt is not None and not self._prompt.begun:
                self._stop_prompt()  # its file is still being read
                self._prompt = None
        self._after()

    def channel_closes(self) -> None:
        self._engine.call_ended()
        self._after()

    def events_lost(self) -> None:
        """The end of a digit may be among them."""
        self._engine.released(self._channel.now())
        self._after()

    def stop(self) -> None:
        self._engine.stop()
        self._after()

    # Time and the end

    def _after(self) -> None:
        if self._over:
            return
        result = self._engine.result
        if result is None:
            self._wait()
            return
        self._over = True
        self._channel.end("collect")
        self._stop_prompt()
        self._channel.tell(
            ev.DigitsCollected,
            result.digits,
            result.reason.value,
            result.terminator,
            result.pattern,
        )

    def _wait(self) -> None:
        due = self._engine.next_timeout()
        if due is not None and due != self._due:
            self._due = due
            self._channel.node.at(due, self._timeout)

    def _timeout(self, now: int) -> None:
        if self._over:
            return
        due = self._engine.next_timeout()
        if due is not None and due <= now:
            self._engine.handle_timeout(now)
            self._due = None
        self._after()


def _config(p: StartDigitsCollection) -> CollectConfig:
    return CollectConfig(
        min_digits=p.min_digits,
        max_digits=p.max_digits,
        first_timeout=round(1e9 * p.first_timeout),
        interdigit_timeout=round(1e9 * p.interdigit_timeout),
        timeout=round(1e9 * p.timeout),
        terminators=p.terminators,
        patterns=tuple(p.patterns),
        barge_in=p.barge_in,
    )


def start(channel: MediaChannel, media: Media, p: StartDigitsCollection, done: Done) -> None:
    """startDigitsCollection. LocalError: bad parameters, or there is a collection already."""
    collecting = Collecting(channel, p)
    channel.check()
    ahead = channel.work.get("typeahead")
    if not isinstance(ahead, TypeAhead):
        # Before the collection, so that it sees each digit while that is still at work.
        ahead = TypeAhead(channel)
        channel.begin("typeahead", ahead)
        channel.want("typeahead", Listen.DTMF)
    channel.begin("collect", collecting)
    kept = ahead.take()
    counts = p.keep and (p.barge_in or not p.items)
    ahead.put_back(collecting.begin(kept if counts else ""))
    try:
        collecting.play_prompt(media, p, done)
    except LocalError:
        channel.end("collect")
        raise


def stop(channel: MediaChannel) -> None:
    """stopDigitsCollection. None is no error."""
    work = channel.work.get("collect")
    if isinstance(work, Collecting):
        work.stop()
