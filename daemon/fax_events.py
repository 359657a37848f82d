"""What a fax is asked to do and what it tells: the JSON lines between daemon and fax worker.

The first line to the worker is a ``FaxRequest``, later ones are ``FaxOrder``s. The worker's lines
are ``FaxEvent``s; exactly one ``FaxResult`` comes from every fax.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from ..errors import LocalError

Modem = Literal["v27ter", "v29", "v17"]
MODEMS: Final[tuple[Modem, ...]] = ("v27ter", "v29", "v17")
ID_LENGTH: Final = 20
"""Characters of an identification (T.30 5.3.6.2.4 to 5.3.6.2.6: CSI, CIG, TSI)."""
HEADER_LENGTH: Final = 50
MAX_PAGES: Final = 1000
MAX_MINUTES: Final = 24 * 60
PART: Final = ".part"
"""Added to the name of a file that is being received."""

Reason = Literal[
    "ok",
    "stopped",
    "hangup",
    "noFax",
    "noTraining",
    "incompatible",
    "refused",
    "farEnd",
    "lineLost",
    "timeout",
    "protocol",
    "file",
    "tooLong",
    "library",
    "worker",
]
"""Why a fax ended: ``ok`` all pages delivered; ``stopped`` by the application; ``hangup`` the
channel's audio ended first; ``noFax`` no fax answered (T.30 timers T0, T1); ``noTraining`` no modem
rate got through; ``incompatible`` the far end lacks the resolution, size or direction; ``refused``
a poll or an identification; ``farEnd`` it disconnected (DCN); ``lineLost`` carrier or image data
failed; ``timeout`` it stopped answering; ``protocol`` it answered wrongly; ``file`` the TIFF file;
``tooLong`` the time or the pages allowed; ``library`` libspandsp is absent or is another version;
``worker`` the fax worker failed or was killed."""


class FaxRequest(msgspec.Struct, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """One fax. ``file`` is a path: TIFF to send, or to write what is received."""

    mode: Literal["send", "receive"]
    file: str
    station_id: str = ""
    """Sent as TSI, CSI or CIG: digits, ``+`` and spaces as T.30 has it; other ASCII passes too."""
    header: str = ""
    """Text of the header line on each page sent (beside date, identification and page)."""
    ecm: bool = True
    """Permit error correction (T.30 Annex A)."""
    modems: tuple[Modem, ...] = MODEMS
    first_page: int = 1
    """Of the file to send, from 1."""
    last_page: int = 0
    """Of the file to send; 0 for all. When receiving: pages to take at most (0: MAX_PAGES); when
    more come the fax ends with ``tooLong``, and what came is kept."""
    calling: bool | None = None
    """The role in T.30: the calling terminal sends CNG. Unset: the sender calls. A sender that did
    not call offers its pages to polling; a receiver that called polls (T.30 5.3.6.1.2)."""
    minutes: int = 60
    """The longest the fax may take, in minutes of the channel's audio."""
    trace: bool = False
    """Tell every T.30 frame (FaxFrame)."""

    @property
    def is_calling(self) -> bool:
        """The role in T.30."""
        return self.mode == "send" if self.calling is None else self.calling

    def check(self) -> None:
        """LocalError for a request that cannot be done, naming the field."""
        if not self.file or "\0" in self.file:
            raise LocalError("file: a fax needs the name of its TIFF file")
        if not self.file.isprintable():
            raise LocalError(f"file: {self.file!r} has characters that cannot be printed")
        _ascii("stationId", self.station_id, ID_LENGTH)
        _ascii("header", self.header, HEADER_LENGTH)
        if "v27ter" not in self.modems:
            raise LocalError("modems: v27ter is the one that every fax has (T.30 Table 2); add it")
        if not 1 <= self.first_page <= MAX_PAGES:
            raise LocalError(f"firstPage: {self.first_page} is not within 1 to {MAX_PAGES}")
        if self.last_page and not self.first_page <= self.last_page <= MAX_PAGES:
            raise LocalError(
                f"lastPage: {self.last_page} is not within {self.first_page} to {MAX_PAGES}"
            )
        if not 1 <= self.minutes <= MAX_MINUTES:
            raise LocalError(f"minutes: {self.minutes} is not within 1 to {MAX_MINUTES}")


def _ascii(field: str, text: str, length: int) -> None:
    if len(text) > length:
        raise LocalError(f"{field}: '{text}' is longer than {length} characters")
    if not all(" " <= c <= "~" for c in text):
        raise LocalError(f"{field}: '{text}' has characters that are not printable ASCII")


class FaxOrder(msgspec.Struct):
    """A later line to the worker. ``audio``: here is the channel's descriptor (SCM_RIGHTS with this
    line); ``stop``: end the fax now, its result is ``stopped``."""

    order: Literal["audio", "stop"]


class FaxEvent(msgspec.Struct, tag_field="event", tag=True, rename="camel"):
    """Base. ``at`` is the time since the fax began, in ns of the channel's audio."""

    at: int


class FaxStarted(FaxEvent):
    """Library and file are in order, the worker waits for audio. ``pages``: to be sent."""

    pages: int


class FaxNegotiated(FaxEvent):
    """Both ends agreed (phase B of T.30: DCS and CFR): what the next pages go with."""

    remote_id: str
    """The far end's identification (TSI, CSI), "" where it sent none."""
    remote_vendor: str
    """From its NSF, where spandsp knows it."""
    remote_model: str
    modem: str
    """``V.17``, ``V.29``, ``V.27ter``; "" for a combination of bits that T.30 does not have."""
    bit_rate: int
    """bit/s."""
    ecm: bool
    compression: str
    """``MH``, ``MR`` (T.4) or ``MMR`` (T.6)."""
    resolution: str
    """Dots per inch: ``204x98`` standard, ``204x196`` fine, ``204x391`` superfine."""


class FaxPage(FaxEvent):
    """A page is through (phase D). What was refused (RTN) and comes again has the same number."""

    number: int
    """Counted from 1 in this fax."""
    response: str
    """The receiver's answer (T.30 5.3.6.1.6): MCF, RTP, RTN, PIP, PIN."""
    confirmed: bool
    """The receiver has the page: MCF, RTP or PIP."""
    bit_rate: int
    rows: int
    width: int
    bad_rows: int
    """Received without ECM: rows with errors, made good from the row before."""
    ecm_retries: int
    """Repetitions that error correction asked for in this page."""
    octets: int
    """The page's compressed size on the line."""


class FaxFrame(FaxEvent):
    """A T.30 frame (only with ``trace``): its facsimile control field by name, and octets."""

    direction: Literal["sent", "received"]
    name: str
    octets: str


class FaxResult(FaxEvent):
    """How the fax ended."""

    reason: Reason
    code: int
    """spandsp's completion code of phase E; -1 where the fax never got that far."""
    text: str
    pages: int
    """Pages delivered and confirmed, or received."""
    remote_id: str = ""
    bit_rate: int = 0
    ecm: bool = False
    file: str = ""
    """Received: where the pages are; "" where there is none."""
    statistics: bool = True
    """False: this libspandsp's figures cannot be read: rows, width and such of pages are 0."""


AnyFaxEvent = FaxStarted | FaxNegotiated | FaxPage | FaxFrame | FaxResult
ENCODER: Final = msgspec.json.Encoder()
DECODER: Final = msgspec.json.Decoder(AnyFaxEvent)
REQUEST: Final = msgspec.json.Decoder(FaxRequest)
ORDER: Final = msgspec.json.Decoder(FaxOrder)
