"""The methods of methods_media.py at work."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..board.media import Conditioning, Direction, EchoCancelling, LiveAudio
from ..errors import LocalError
from . import fax_events as fe
from . import (
    media_analysis,
    media_audio,
    media_collect,
    media_conference,
    media_listen,
    media_music,
    media_play,
    media_record,
)
from . import methods_media as m
from .later import Later
from .media_channel import MediaChannel
from .media_files import resolve
from .methods_base import Done
from .wire_pass import Passing

if TYPE_CHECKING:
    from .calls import Call
    from .node import Node

TIFF = (".tif", ".tiff")


class MediaService(ABC):
    """Handlers ``_method(params, session)``; Service inherits them and knows ``_call``."""

    _node: Node

    @abstractmethod
    def _call(self, call_id: int) -> Call:
        """The call; WireError invalidCallID when there is none."""

    def _channel(self, p: m.Where, kind: str = "play") -> MediaChannel:
        """The channel of a call, or of a conference its "play", "record" or "audio" channel."""
        if (p.call_id is None) == (p.conference is None):
            raise LocalError("give callId or conference, one of the two")
        if p.call_id is not None:
            return self._node.media.need(self._call(p.call_id))
        assert p.conference is not None
        return self._node.media.conferences.get(p.conference).channel(kind)

    def _existing(self, p: m.Where, kind: str = "play") -> MediaChannel | None:
        """The same to end what is there: a conference's channel is not made for that."""
        if p.conference is None or p.call_id is not None:
            return self._channel(p, kind)
        return self._node.media.conferences.get(p.conference).existing(kind)

    def _later(self, begin: Callable[[Callable[[Exception | None], None]], None]) -> Later:
        later = Later()
        begin(lambda error: later.settle(Done(), error))
        return later

    # Playing and recording

    def _play_message(self, p: m.PlayMessage, session: Any) -> Later:
        channel = self._channel(p)
        return self._later(lambda done: media_play.play(channel, self._node.media, p, done))

    def _record_message(self, p: m.RecordMessage, session: Any) -> Later:
        channel = self._channel(p, "record")
        return self._later(lambda done: media_record.record(channel, self._node.media, p, done))

    def _each(self, p: m.SuspendMedia | m.ResumeMedia | m.StopMedia, what: str) -> Done:
        for kind, module in (("play", media_play), ("record", media_record)):
            channel = self._existing(p, kind) if p.kind in (kind, "both") else None
            if channel is not None:
                getattr(module, what)(channel)
        return Done()

    def _suspend_media(self, p: m.SuspendMedia, session: Any) -> Done:
        return self._each(p, "suspend")

    def _resume_media(self, p: m.ResumeMedia, session: Any) -> Done:
        return self._each(p, "resume")

    def _stop_media(self, p: m.StopMedia, session: Any) -> Done:
        return self._each(p, "stop")

    def _reposition(self, p: m.Reposition, session: Any) -> Done:
        media_play.reposition(self._channel(p), p.seconds, p.relative)
        return Done()

    def _set_voice_attribute(self, p: m.SetVoiceAttribute, session: Any) -> Done:
        media_play.set_attribute(self._channel(p), p.volume, p.speed)
        return Done()

    def _generate_digits(self, p: m.GenerateDigits, session: Any) -> Done:
        media_play.digits(self._channel(p), p)
        return Done()

    def _generate_tone(self, p: m.GenerateTone, session: Any) -> Done:
        media_play.tone(self._channel(p), p)
        return Done()

    def _play_music(self, p: m.PlayMusic, session: Any) -> Later:
        channel = self._channel(p)
        return self._later(lambda done: media_music.play(channel, self._node.media, p.music, done))

    def _stop_music(self, p: m.StopMusic, session: Any) -> Done:
        channel = self._existing(p)
        if channel is not None:
            media_music.stop(channel)
        return Done()

    def _start_digits_collection(self, p: m.StartDigitsCollection, session: Any) -> Later:
        channel = self._channel(p)
        return self._later(lambda done: media_collect.start(channel, self._node.media, p, done))

    def _stop_digits_collection(self, p: m.StopDigitsCollection, session: Any) -> Done:
        channel = self._existing(p)
        if channel is not None:
            media_collect.stop(channel)
        return Done()

    # Listening

    def _start_listening(self, p: m.StartListening, session: Any) -> Done:
        media_listen.start(self._channel(p, "record"), frozenset(p.kinds), p.country.lower())
        return Done()

    def _stop_listening(self, p: m.StopListening, session: Any) -> Done:
        channel = self._existing(p, "record")
        if channel is not None:
            media_listen.stop(channel)
        return Done()

    def _levels(self, p: m.LevelsOf, session: Any) -> m.LevelList:
        media = self._node.media
        if p.calls:
            channels = [media.need(self._call(call_id)) for call_id in p.calls]
        else:
            channels = media.calls()
        return m.LevelList(levels=[media_listen.level_info(channel) for channel in channels])

    def _start_call_progress_analysis(self, p: m.StartCallProgressAnalysis, session: Any) -> Done:
        channel = self._channel(p)
        answered = p.call_id is not None and self._call(p.call_id).answered != 0
        settings = {"no_answer": 1000 * p.no_answer, "beep_wait": 1000 * p.beep_wait}
        media_analysis.start(channel, p.country, settings, answered)
        return Done()

    def _stop_call_progress_analysis(self, p: m.StopCallProgressAnalysis, session: Any) -> Done:
        channel = self._existing(p)
        if channel is not None:
            media_analysis.stop(channel)
        return Done()

    # Conditioning

    def _set_gain(self, p: m.SetGain, session: Any) -> Done:
        how = Conditioning(
            gain_db=p.gain,
            agc=p.agc,
            agc_target_dbm0=p.agc_target,
            gate=p.gate,
            gate_threshold_dbm0=p.gate_threshold,
            limit=True,
        )
        neutral = not (p.gain or p.agc or p.gate)
        direction = Direction.RECEIVED if p.direction == "received" else Direction.SENT
        self._channel(p).timeslot.condition(direction, None if neutral else how)
        return Done()

    def _set_echo_canceller(self, p: m.SetEchoCanceller, session: Any) -> Done:
        how = EchoCancelling(tail_ms=p.tail_ms, nonlinear=p.nonlinear) if p.on else None
        self._channel(p).timeslot.cancel_echo(how)
        return Done()

    # Conferences and connections

    def _create_conference(self, p: m.CreateConference, session: Any) -> m.ConferenceMade:
        return m.ConferenceMade(conference=self._node.media.conferences.create(p).number)

    def _join_conference(self, p: m.Join, session: Any) -> Done:
        if (p.role == "coach") != (p.coached is not None):
            raise LocalError("a coach needs the call that it coaches (coached), others need none")
        media = self._node.media
        call = self._call(p.call_id)
        coached = self._call(p.coached) if p.coached is not None else None
        media.conferences.get(p.conference).join(media.need(call), call, p.role, coached)
        return Done()

    def _leave_conference(self, p: m.Leave, session: Any) -> Done:
        self._node.media.conferences.get(p.conference).leave(p.call_id)
        return Done()

    def _close_conference(self, p: m.CloseConference, session: Any) -> Done:
        conferences = self._node.media.conferences
        if conferences.get(p.conference).joins_calls:
            raise LocalError(
                f"conference {p.conference} mixes calls that were joined: partCall takes one out,"
                " clearCall ends it"
            )
        conferences.close(p.conference)
        return Done()

    def _conferences(self, p: m.Conferences, session: Any) -> m.ConferenceList:
        return m.ConferenceList(conferences=self._node.media.conferences.infos())

    def _connect_calls(self, p: m.ConnectCalls, session: Any) -> Done:
        if p.call_id == p.other:
            raise LocalError(f"call {p.call_id} cannot be connected with itself")
        need = self._node.media.need
        media_conference.connect(need(self._call(p.call_id)), need(self._call(p.other)), p.half)
        return Done()

    def _disconnect_calls(self, p: m.DisconnectCalls, session: Any) -> Done:
        channel = self._node.media.need(self._call(p.call_id))
        media_conference.disconnect(channel, self._node)
        return Done()

    # Live audio and fax

    def _open_audio(self, p: m.OpenAudio, session: Any) -> Passing:
        config = LiveAudio(
            p.received, p.sent, p.speak, p.coding, p.rate, p.packet_ms, p.buffer_ms, p.prefill_ms
        )
        channel = self._channel(p, "audio")
        number = self._node.media.next_audio()
        sock = media_audio.open_audio(channel, config, number)
        return Passing(m.AudioOpened(audio=number), sock)

    def _close_audio(self, p: m.CloseAudio, session: Any) -> Done:
        media_audio.close_audio(self._channel(p, "audio"))
        return Done()

    def _fax(self, call_id: int, request: fe.FaxRequest) -> Done:
        media_audio.start_fax(self._node.media.need(self._call(call_id)), request)
        return Done()

    def _send_fax(self, p: m.SendFax, session: Any) -> Done:
        call = self._call(p.call_id)
        path = resolve(self._node.media.media_dir, p.file, TIFF)
        request = fe.FaxRequest(
            "send", path, p.station, p.header, p.ecm, calling=call.direction == "out"
        )
        return self._fax(p.call_id, request)

    def _receive_fax(self, p: m.ReceiveFax, session: Any) -> Done:
        call = self._call(p.call_id)
        path = resolve(self._node.media.media_dir, p.file, TIFF)
        request = fe.FaxRequest(
            "receive", path, p.station, "", p.ecm, calling=call.direction == "out"
        )
        return self._fax(p.call_id, request)

    def _stop_fax(self, p: m.StopFax, session: Any) -> Done:
        media_audio.stop_fax(self._node.media.need(self._call(p.call_id)))
        return Done()
