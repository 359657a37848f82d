"""The methods of the wire that concern media. Seconds, dB and dBm0 are decimal numbers.

Most take a call (``callId``) or a conference (``conference``): exactly one of the two.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from .methods_base import CallId, Done, Method, Params, Result

Seconds = Annotated[float, msgspec.Meta(ge=0, le=86400)]
Volume = Annotated[float, msgspec.Meta(ge=-40, le=20, description="louder or softer, in dB")]
Speed = Annotated[float, msgspec.Meta(ge=0.5, le=2)]
Level = Annotated[float, msgspec.Meta(ge=-60, le=3, description="of each frequency, in dBm0")]
DtmfSet = Annotated[str, msgspec.Meta(pattern=r"^[0-9*#A-D]*$", max_length=16)]
Text = Annotated[str, msgspec.Meta(max_length=128)]
SignalKind = Literal["dtmf", "r2f", "r2b", "mf"]
MediaKind = Literal["play", "record", "both"]
ListenKind = Literal["dtmf", "r2f", "r2b", "mf", "fsk", "modem", "tones", "voice"]
MAX_ITEMS: Final = 256


class Where(Params):
    """A call or a conference."""

    call_id: CallId | None = None
    conference: Annotated[int, msgspec.Meta(ge=1)] | None = None


class Item(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """One thing to play: exactly one of file, tone, digits, silence."""

    file: str = ""
    """Path below the media directory."""
    tone: str = ""
    """COUNTRY/NAME as in "CN/busy" (`trunkd synth tone` lists them), or NAME alone: the trunk's
    country's."""
    digits: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-FKS*#]*$", max_length=64)] = ""
    kind: SignalKind = "dtmf"
    """Of ``digits``."""
    silence: Seconds = 0
    seconds: Seconds = 0
    """Of a tone: how long; 0: as long as its cadence lasts, or until stopped."""
    level: Level | None = None
    """Of tones and digits; left out: the country's, or -8."""
    on: Annotated[float, msgspec.Meta(ge=0.02, le=10)] = 0.08
    """Seconds of a digit, and of the pause after it."""
    off: Annotated[float, msgspec.Meta(ge=0.02, le=10)] = 0.08


# Playing


class PlayMessage(Where, kw_only=True):
    """Play a voice file, or a list of files, tones, digits and silences. Play and Stop follow."""

    message: str = ""
    """Path of a voice file below the media directory; or give ``items``."""
    items: Annotated[list[Item], msgspec.Meta(max_length=MAX_ITEMS)] = []
    repeat: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 1
    """How often the whole list is played; 0: for ever."""
    position: Seconds = 0
    """Where to begin."""
    volume: Volume = 0
    speed: Speed = 1
    """Pitch stays."""
    stop_on_digits: DtmfSet = ""
    """Digits of the far end that end it; "0123456789*#" is barge-in by any digit."""
    stop_on_voice: bool = False


class SuspendMedia(Where, kw_only=True):
    """Pause playing, recording or both (ECMA-269 Suspend). Suspend follows."""

    kind: MediaKind = "both"


class ResumeMedia(Where, kw_only=True):
    """Go on (ECMA-269 Resume). Resume follows."""

    kind: MediaKind = "both"


class Reposition(Where, kw_only=True):
    """Go to another place of what plays (ECMA-269 Reposition). Resume follows."""

    seconds: Annotated[float, msgspec.Meta(ge=-86400, le=86400)]
    relative: bool = False
    """From where it is, negative: back."""


class SetVoiceAttribute(Where, kw_only=True):
    """Volume and speed of what plays (ECMA-269 Set Voice Attribute). Resume follows."""

    volume: Volume | None = None
    speed: Speed | None = None


class RecordMessage(Where, kw_only=True):
    """Record into a WAV file. Record and Stop follow; the file is whole at every moment."""

    message: str
    """Path of a WAV file below the media directory."""
    max_duration: Annotated[float, msgspec.Meta(gt=0, le=86400)] = 60.0
    """Seconds."""
    encoding: Literal["g711", "alaw", "mulaw", "pcm16"] = "g711"
    """"g711" keeps the octets of the line as they are."""
    direction: Literal["received", "sent", "mixed", "both"] = "received"
    """"both": two channels, the received one first."""
    append: bool = False
    """Go on at the end of a file of the same kind."""
    beep: bool = False
    """A beep before it begins."""
    initial_silence: Seconds = 0
    """Ends when nobody spoke for so long from the beginning; 0: never."""
    silence: Seconds = 0
    """Ends after so much silence."""
    stop_on_digits: DtmfSet = ""
    cut_digits: bool = True
    """Leaves the digit that ended it out of the file."""
    before: Annotated[float, msgspec.Meta(ge=0, le=60)] = 0
    """Seconds from before this request; the trunk must keep them (``[trunk.media] prerecord``)."""


class StopMedia(Where, kw_only=True):
    """Stop playing, recording or both (ECMA-269 Stop)."""

    kind: MediaKind = "both"


class GenerateDigits(Where, kw_only=True):
    """Send digits (ECMA-269 Generate Digits). Play and Stop follow."""

    digits: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-FKS*#]+$", max_length=64)]
    kind: SignalKind = "dtmf"
    level: Level = -8
    on: Annotated[float, msgspec.Meta(ge=0.02, le=10)] = 0.08
    off: Annotated[float, msgspec.Meta(ge=0.02, le=10)] = 0.08


class GenerateTone(Where, kw_only=True):
    """Send a call progress tone (ECMA-269 Generate Telephony Tones). Play and Stop follow."""

    tone: Text
    """COUNTRY/NAME, or NAME alone."""
    seconds: Seconds = 0
    """0: until stopMedia."""


class PlayMusic(Where, kw_only=True):
    """Music on hold: one source of ``[[media.music]]`` for any number of calls."""

    music: str = ""
    """Name of the source; empty: the trunk's (``[trunk.media] music``), else the first."""


class StopMusic(Where, kw_only=True):
    """End music on hold."""


# Digits


class StartDigitsCollection(Where, kw_only=True):
    """Collect DTMF digits, with a prompt if wanted. DigitsCollected follows, once."""

    min_digits: Annotated[int, msgspec.Meta(ge=0, le=64)] = 0
    """With fewer, a terminator makes it noMatch, and no pattern matches."""
    max_digits: Annotated[int, msgspec.Meta(ge=1, le=64)] = 32
    first_timeout: Seconds = 5
    """For the first digit, from the end of the prompt; 0: none."""
    interdigit_timeout: Seconds = 3
    """From the end of a digit; 0: none."""
    timeout: Seconds = 0
    """For all of it, from the end of the prompt or the first digit; 0: none."""
    terminators: DtmfSet = "#"
    """Digits that end it, where no pattern takes them."""
    patterns: Annotated[list[Text], msgspec.Meta(max_length=64)] = []
    """Valid entries: digits, X any digit, [2-9] one of a set, Z 1-9, N 2-9, "." one or more of the
    item before, "?" none or one; it ends as soon as one matches and no longer one can, or with
    the time where one matches."""
    items: Annotated[list[Item], msgspec.Meta(max_length=MAX_ITEMS)] = []
    """The prompt."""
    barge_in: bool = True
    """The first digit ends the prompt; false: digits during it are not taken."""
    keep: bool = True
    """Take digits heard since the last collection, too, but for those that ended a message or a
    recording; with ``barge_in``, where they are enough there is no prompt."""


class StopDigitsCollection(Where, kw_only=True):
    """End a collection; DigitsCollected tells what came."""


# Listening


class StartListening(Where, kw_only=True):
    """Tell what is heard, from now on: digits, tones, caller ID, speech."""

    kinds: Annotated[list[ListenKind], msgspec.Meta(min_length=1)]
    country: Annotated[str, msgspec.Meta(pattern=r"^([A-Za-z]{2})?$")] = ""
    """Whose tones "tones" means; empty: the trunk's."""


class StopListening(Where, kw_only=True):
    """Tell nothing more of it."""


class LevelsOf(Params):
    """Levels of the calls that there are, or of some."""

    calls: list[CallId] = []


class LevelInfo(Result):
    call_id: int
    device: str
    rms: float
    """dBm0 of the last 32 ms, received."""
    fast: float
    """Average of 125 ms."""
    peak: float
    """Since it was read last."""
    noise: float
    dc: int
    clipped: int
    voice: bool
    silence: float
    """Seconds since speech."""
    erl: float | None = None
    """Echo return loss and its enhancement, where an echo canceller is at work."""
    erle: float | None = None


class LevelList(Result):
    levels: list[LevelInfo]


class StartCallProgressAnalysis(Where, kw_only=True):
    """Say what answered an outgoing call: person, machine, fax … CallProgressResult follows."""

    country: Annotated[str, msgspec.Meta(pattern=r"^([A-Za-z]{2})?$")] = ""
    no_answer: Seconds = 60
    """Verdict no-answer after so much ringing."""
    beep_wait: Seconds = 0
    """After the verdict machine: wait so long for its beep (CallProgress "beep")."""


class StopCallProgressAnalysis(Where, kw_only=True):
    """End it; CallProgressResult tells what is known."""


# Conditioning


class SetGain(Where, kw_only=True):
    """Gain, automatic gain control and noise gate of one direction."""

    direction: Literal["received", "sent"] = "received"
    gain: Annotated[float, msgspec.Meta(ge=-40, le=40)] = 0
    agc: bool = False
    agc_target: Annotated[float, msgspec.Meta(ge=-40, le=-1)] = -18
    gate: bool = False
    gate_threshold: Annotated[float, msgspec.Meta(ge=-80, le=-1)] = -50


class SetEchoCanceller(Where, kw_only=True):
    """Switch the line echo canceller (G.168) on or off."""

    on: bool = True
    tail_ms: Annotated[int, msgspec.Meta(ge=16, le=128)] = 64
    nonlinear: bool = True


# Conferences and connections


class CreateConference(Params):
    """Make a conference, empty. It ends by closeConference."""

    name: Text = ""
    gate_above: Annotated[int, msgspec.Meta(ge=1, le=10000)] = 6
    """With more members only those who talk are mixed."""
    speakers: Annotated[float, msgspec.Meta(ge=0, le=60)] = 0.2
    """Least seconds between two ActiveSpeakers; 0: none."""
    board: str = ""
    """Whose engine mixes; empty: the first board's. Calls of other boards are bridged to it."""


class ConferenceMade(Result):
    conference: int


class Join(Params):
    """Take a call into a conference, or change what it does there."""

    conference: Annotated[int, msgspec.Meta(ge=1)]
    call_id: CallId
    role: Literal["talk", "listen", "speak", "coach", "monitor"] = "talk"
    """coach: hears all and is heard by ``coached`` alone; monitor: listens, and is not reported."""
    coached: CallId | None = None


class Leave(Params):
    """Take a call out of its conference."""

    conference: Annotated[int, msgspec.Meta(ge=1)]
    call_id: CallId


class CloseConference(Params):
    """End a conference; the calls stay up."""

    conference: Annotated[int, msgspec.Meta(ge=1)]


class Conferences(Params):
    """All conferences with their members."""


class MemberInfo(Result):
    call_id: int
    device: str
    role: str
    coached: int = 0


class ConferenceInfo(Result):
    conference: int
    name: str
    board: str
    members: list[MemberInfo]
    playing: str = ""
    recording: str = ""


class ConferenceList(Result):
    conferences: list[ConferenceInfo]


class ConnectCalls(Params):
    """Connect the speech of two calls, octet for octet. ConnectionChanged follows for each."""

    call_id: CallId
    other: CallId
    """The call to connect it with."""
    half: bool = False
    """Only ``other`` hears ``callId``."""


class DisconnectCalls(Params):
    """End the connection of a call's speech."""

    call_id: CallId


# Live audio


class OpenAudio(Where, kw_only=True):
    """A call's audio as a descriptor: a SOCK_SEQPACKET socket that comes with the answer
    (SCM_RIGHTS), packets of samples without a header. Closing it ends it; AudioClosed follows."""

    received: bool = True
    """Hear what comes from the far end."""
    sent: bool = False
    """Hear what is sent to it; with both, samples come in turn, received first."""
    speak: bool = True
    """What is written is sent to the far end."""
    coding: Literal["pcm16", "alaw", "mulaw"] = "pcm16"
    rate: Literal[8000, 16000] = 8000
    packet_ms: Annotated[int, msgspec.Meta(ge=5, le=100)] = 20
    buffer_ms: Annotated[int, msgspec.Meta(ge=40, le=2000)] = 200
    prefill_ms: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0


class AudioOpened(Result):
    audio: int
    """As AudioClosed names it."""


class CloseAudio(Where, kw_only=True):
    """End live audio."""


# Fax


class SendFax(Params):
    """Send a TIFF file as a fax on an established call. FaxEnded follows."""

    call_id: CallId
    file: str
    """Path of a TIFF below the media directory."""
    station: Annotated[str, msgspec.Meta(max_length=20)] = ""
    header: Annotated[str, msgspec.Meta(max_length=50)] = ""
    ecm: bool = True


class ReceiveFax(Params):
    """Receive a fax into a TIFF file. FaxEnded follows."""

    call_id: CallId
    file: str
    station: Annotated[str, msgspec.Meta(max_length=20)] = ""
    ecm: bool = True


class StopFax(Params):
    """End a fax; the call stays up."""

    call_id: CallId


MEDIA_METHODS: Final[dict[str, Method]] = {
    "playMessage": Method(PlayMessage, Done),
    "recordMessage": Method(RecordMessage, Done),
    "suspendMedia": Method(SuspendMedia, Done),
    "resumeMedia": Method(ResumeMedia, Done),
    "reposition": Method(Reposition, Done),
    "setVoiceAttribute": Method(SetVoiceAttribute, Done),
    "stopMedia": Method(StopMedia, Done),
    "generateDigits": Method(GenerateDigits, Done),
    "generateTone": Method(GenerateTone, Done),
    "playMusic": Method(PlayMusic, Done),
    "stopMusic": Method(StopMusic, Done),
    "startDigitsCollection": Method(StartDigitsCollection, Done),
    "stopDigitsCollection": Method(StopDigitsCollection, Done),
    "startListening": Method(StartListening, Done),
    "stopListening": Method(StopListening, Done),
    "levels": Method(LevelsOf, LevelList),
    "startCallProgressAnalysis": Method(StartCallProgressAnalysis, Done),
    "stopCallProgressAnalysis": Method(StopCallProgressAnalysis, Done),
    "setGain": Method(SetGain, Done),
    "setEchoCanceller": Method(SetEchoCanceller, Done),
    "createConference": Method(CreateConference, ConferenceMade),
    "joinConference": Method(Join, Done),
    "leaveConference": Method(Leave, Done),
    "closeConference": Method(CloseConference, Done),
    "conferences": Method(Conferences, ConferenceList),
    "connectCalls": Method(ConnectCalls, Done),
    "disconnectCalls": Method(DisconnectCalls, Done),
    "openAudio": Method(OpenAudio, AudioOpened),
    "closeAudio": Method(CloseAudio, Done),
    "sendFax": Method(SendFax, Done),
    "receiveFax": Method(ReceiveFax, Done),
    "stopFax": Method(StopFax, Done),
}
