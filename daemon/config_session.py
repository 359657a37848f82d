"""``[sessions]``, ``[[role]]``, ``[[treatment]]`` and ``[[listen]]``: who may do what, how much of
it, and what becomes of calls whose application is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec

from ..board.clock import SECOND
from .config_read import Duration

if TYPE_CHECKING:
    pass

RoleName = Literal["observe", "operate", "administer"]
Label = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,31}$")]
Priority = Annotated[int, msgspec.Meta(ge=0, le=9)]
Cause = Annotated[int, msgspec.Meta(ge=1, le=127)]

HOUR: Final = 3600 * SECOND


class SessionsTable(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[sessions]``: applications that keep their name over reconnects, and what bounds them."""

    forget: Duration = 24 * HOUR
    """A session without a connection and without calls is forgotten after this."""
    reconnect: Duration = 10 * SECOND
    """How long the sessions of calls that outlived a kill of the daemon have to come back, before
    these calls meet what was said for the loss of their session."""
    unclaimed: Duration = 0
    """How long an incoming call that nobody owns may wait for its answer; "0s": for ever, as the
    far end likes."""
    unclaimed_cause: Cause = 18
    """Q.850 cause that it is refused with then."""
    unclaimed_treatment: str = ""
    """Or a row of `[[treatment]]` that it gets then."""
    answer_within: Duration = 10 * SECOND
    """A request whose result takes longer is answered with the error `timeout`; RequestSettled
    tells how it ended."""
    requests_per_second: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0
    """Of one connection, on average; 0: as many as there are."""
    burst: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 100
    """So many may come at once."""
    outstanding: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0
    """Requests of one connection whose results are awaited; 0: as many as there are."""
    audit_log: str = ""
    """File of who did what, one line of JSON a request that changes something; empty: none."""


class RoleTable(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[[role]]``: what users may do. Without any such row everybody may do everything; with one,
    those that no row names may do nothing but say hello. Root and the daemon's own user always
    administer. Who is in several rows has the highest."""

    name: RoleName
    """observe: look and listen to events; operate: place and control calls, too; administer:
    everything."""
    uids: tuple[int, ...] = ()
    users: tuple[str, ...] = ()
    """Their names, instead of numbers."""
    gids: tuple[int, ...] = ()
    groups: tuple[str, ...] = ()
    token_file: str = ""
    """Who shows this file's token in hello has the role, on any `[[listen]]`."""
    priority: Priority = 0
    """Highest priority of its sessions: who has the higher one may take calls from others."""


class TreatmentTable(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[[treatment]]``: what a call gets when its application is gone: a prompt or music, then the
    end, or another application."""

    name: Label
    message: str = ""
    """Voice file, below media_dir, that is played."""
    repeat: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1
    music: str = ""
    """Source of `[[media.music]]` to be heard for ``seconds``, instead of a file."""
    seconds: Annotated[float, msgspec.Meta(gt=0, le=86400)] = 60.0
    """It takes no longer than this."""
    answer: bool = False
    """A call that was not answered yet is, to hear it; else it is cleared at once."""
    cause: Cause = 41
    """Q.850 cause that the call is cleared with then."""
    application: str = ""
    """The call is not cleared: it is free to be claimed, and `application` of it is this."""


class ListenTable(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[[listen]]``: another way to the daemon than its Unix socket. None is there by default."""

    address: str
    """``tcp://127.0.0.1:9620`` (loopback only) or ``tls://HOST:PORT``."""
    token_file: str = ""
    """Its first line is what clients show in hello; not readable by others. Only `tls` with
    ``client_ca`` goes without."""
    role: RoleName = "operate"
    """Of who shows that token, or a certificate."""
    certificate: str = ""
    """PEM file of the daemon's certificate, with those that it was signed by (`tls`)."""
    key: str = ""
    """PEM file of its key."""
    client_ca: str = ""
    """PEM file: clients need a certificate that is signed by one of these."""
    public: bool = False
    """Allows an address that is not loopback (`tls` only)."""

    @property
    def tls(self) -> bool:
        return self.address.startswith("tls://")

    def endpoint(self) -> tuple[str, int]:
        """Host and port; ValueError where it is none."""
        scheme, _, rest = self.address.partition("://")
        host, colon, port = rest.rpartition(":")
        host = host.strip("[]")
        if scheme not in ("tcp", "tls") or not colon or not host or not port.isdigit():
            raise ValueError(f"'{self.address}' is no address")
        return ("127.0.0.1" if host == "localhost" else host), int(port)


class AccessTables(msgspec.Struct, kw_only=True):
    """All of them."""

    sessions: SessionsTable = msgspec.field(default_factory=SessionsTable)
    role: list[RoleTable] = []
    treatment: list[TreatmentTable] = []
    listen: list[ListenTable] = []
