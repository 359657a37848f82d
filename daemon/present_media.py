"""Media events in words: what stands behind the name on a line of ``trunkd events``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ..signaling.isdn.dissect_elements import printable
from . import events_media as ev
from .events_base import CallEvent, Event


def media_words(event: Event) -> str | None:
    """``call 3: welcome.wav complete, 2.1 s``; None for events that are not of media."""
    words = _WORDS.get(type(event))
    if words is None:
        return None
    assert isinstance(event, CallEvent)
    return printable(f"{_whose(event)}: {words(event)}")


def is_bad(event: Event) -> bool:
    """Something to look at."""
    if isinstance(event, ev.Stop):
        return event.reason in ("failed", "damaged") or event.lost > 0
    if isinstance(event, ev.AudioClosed):
        return event.reason == "failed"
    return isinstance(event, ev.FaxEnded) and not event.ok and event.reason != "stopped"


def _whose(event: CallEvent) -> str:
    if event.call_id:
        return f"call {event.call_id}"
    return event.device.replace("/", " ")


def counted(number: int, thing: str) -> str:
    """``1 page``, ``2 pages``."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _play(event: ev.Play) -> str:
    return f"plays {event.message}"


def _record(event: ev.Record) -> str:
    return f"records {event.message}"


def _suspend(event: ev.Suspend) -> str:
    return f"{event.kind} {event.message} pauses at {event.position:.1f} s"


def _resume(event: ev.Resume) -> str:
    return f"{event.kind} {event.message} goes on at {event.position:.1f} s"


def _stop(event: ev.Stop) -> str:
    digit = f"digit {event.digit}" if event.digit else ""
    reason = digit if event.reason == "digit" and digit else event.reason
    lost = f"{counted(event.lost, 'sample')} lost" if event.lost else ""
    length = f"{event.octets / 8000:.1f} s"
    return f"{event.kind} {event.message}: " + _joined(reason, length, lost, event.text)


def _digit(event: ev.DigitsDetected) -> str:
    level = f"{event.level_dbm0:.1f} dBm0"
    if not event.ended:
        return f"{event.kind} {event.digit} begins, {level}"
    twist = f"twist {event.twist_db:.1f} dB" if event.twist_db else ""
    return _joined(f"{event.kind} {event.digit}, {1000 * event.seconds:.0f} ms", level, twist)


def _collected(event: ev.DigitsCollected) -> str:
    how = {
        "terminator": f"ended by {event.terminator}",
        "pattern": f"matches {event.pattern}",
        "maximum": "all there",
        "noMatch": "matches no pattern",
        "firstTimeout": "no digit came",
        "interdigitTimeout": "no further digit came",
        "timeout": "the time is over",
        "ended": "the call ended",
    }.get(event.reason, event.reason)
    return f"collected {event.digits or 'nothing'} ({how})"


def _tone(event: ev.ToneDetected) -> str:
    hertz = "+".join(f"{f:.0f}" for f in event.frequencies)
    return _joined(
        f"{event.tone}{' ended' if event.ended else ''}",
        f"{hertz} Hz" if hertz else "",
        f"{event.seconds:.2f} s",
        f"{event.level_dbm0:.1f} dBm0" if event.level_dbm0 else "",
    )


def _voice(event: ev.VoiceActivity) -> str:
    if event.clipped:
        return f"{counted(event.clipped, 'sample')} clipped"
    level = f"{event.level_dbm0:.1f} dBm0"
    return f"speech begins, {level}" if event.active else f"speech ends, {event.seconds:.2f} s"


def _fsk(event: ev.FskDetected) -> str:
    modem = {"v23": "V.23", "bell202": "Bell 202"}[event.modem]
    if not event.valid:
        return f"{modem} message is damaged: {event.text}"
    who = _joined(event.number and f"number {event.number}", event.name and f"name {event.name}")
    return f"{modem} message: {who or event.text}"


PROGRESS: Final = {
    "beep": "beep",
    "greetingEnded": "the greeting ended",
    "answerInferred": "answered, by what is heard",
}


def _progress(event: ev.CallProgress) -> str:
    if event.kind == "ringing":
        return counted(event.count, "ring")
    length = f" of {event.seconds:.2f} s" if event.seconds else ""
    return PROGRESS.get(event.kind, event.kind) + length


def _verdict(event: ev.CallProgressResult) -> str:
    return f"{event.verdict.upper()}, {event.confidence:.0%} sure: {event.reason}"


def _conference(event: ev.ConferenceChanged) -> str:
    where, members = f"conference {event.conference}", counted(event.members, "member")
    if event.change in ("created", "closed"):
        return event.change
    if event.change == "left":
        return f"left {where}, {members}"
    verb = "joined" if event.change == "joined" else "is in"
    return f"{verb} {where} to {event.role}, {members}"


def _speakers(event: ev.ActiveSpeakers) -> str:
    pairs = zip(event.calls, event.levels, strict=False)
    return ", ".join(f"call {c} talks ({level:.0f} dBm0)" for c, level in pairs) or "nobody talks"


def _connection(event: ev.ConnectionChanged) -> str:
    return f"hears {event.source.replace('/', ' ')}" if event.source else "hears nobody any more"


def _audio(event: ev.AudioClosed) -> str:
    troubles = [
        f"{event.dropped} packets dropped" if event.dropped else "",
        f"{counted(event.gaps, 'gap')} in what it spoke" if event.gaps else "",
        f"{event.malformed} malformed packets" if event.malformed else "",
        event.text,
    ]
    counts = f"{event.packets} packets heard, {event.spoken / 8000:.1f} s spoken"
    return f"live audio {event.audio} {event.reason}: " + _joined(counts, *troubles)


def _fax_with(event: ev.FaxNegotiated) -> str:
    return _joined(
        f"with {event.remote_id or 'a terminal without identification'}",
        f"{event.modem} {event.bit_rate} bit/s",
        event.compression,
        f"{event.resolution} dpi",
        "ECM" if event.ecm else "no ECM",
    )


def _fax_page(event: ev.FaxPage) -> str:
    return _joined(
        f"page {event.page} {event.response}",
        f"{event.bit_rate} bit/s",
        f"{event.width} x {event.rows} pixels" if event.rows else "",
        counted(event.bad_rows, "bad row") if event.bad_rows else "",
        f"{event.ecm_retries} repeated by ECM" if event.ecm_retries else "",
        "" if event.confirmed else "not accepted",
    )


def _fax_end(event: ev.FaxEnded) -> str:
    word = "done" if event.ok else f"failed ({event.reason}): {event.text}"
    kept = f" in {event.file}" if event.file else ""
    return f"{word}; {counted(event.pages, 'page')}{kept}"


_WORDS: Final[dict[type, Callable[[Any], str]]] = {
    ev.Play: _play,
    ev.Record: _record,
    ev.Suspend: _suspend,
    ev.Resume: _resume,
    ev.Stop: _stop,
    ev.DigitsDetected: _digit,
    ev.DigitsCollected: _collected,
    ev.ToneDetected: _tone,
    ev.VoiceActivity: _voice,
    ev.FskDetected: _fsk,
    ev.CallProgress: _progress,
    ev.CallProgressResult: _verdict,
    ev.ConferenceChanged: _conference,
    ev.ActiveSpeakers: _speakers,
    ev.ConnectionChanged: _connection,
    ev.AudioClosed: _audio,
    ev.FaxNegotiated: _fax_with,
    ev.FaxPage: _fax_page,
    ev.FaxEnded: _fax_end,
}
