"""Q.931 clause 9: the timers of both sides; the variants; the settings of one primary rate trunk.

Values are those of ETS 300 403-1 tables 9.1 (network side) and 9.2 (user side).
"""

from __future__ import annotations

from typing import Final

from ...errors import ConfigError, LocalError
from ..call import AUDIO_3K1, RESTRICTED, SPEECH, UNRESTRICTED
from .q921_config import LinkConfig
from .q931_variants import VARIANTS as VARIANTS
from .q931_variants import Variant as Variant
from .services_config import checked_deflection, checked_transfer

_MS: Final = 1_000_000
_S: Final = 1_000_000_000

T301: Final = 301
T302: Final = 302
T303: Final = 303
T304: Final = 304
T305: Final = 305
T306: Final = 306
T307: Final = 307
T308: Final = 308
T309: Final = 309
T310: Final = 310
T312: Final = 312
T313: Final = 313
T314: Final = 314
T316: Final = 316
T317: Final = 317
T318: Final = 318
T319: Final = 319
T320: Final = 320
T321: Final = 321
T322: Final = 322


class TimerRow:
    """A row of tables 9.1 and 9.2. Times are ns; ``user`` or ``network`` 0: not on that side.

    ``low`` and ``high`` are what PriConfig accepts. ``used`` False: belongs to a procedure that a
    primary rate trunk has not (suspend and resume, broadcast, packet mode, back-up D-channel,
    segmentation) or, T317, to one that takes no time here; listed so that the table is whole.
    """

    def __init__(
        self,
        number: int,
        user: int,
        network: int,
        low: int,
        high: int,
        clause: str,
        text: str,
        used: bool = True,
    ) -> None:
        self.number: Final = number
        self.user: Final = user
        self.network: Final = network
        self.low: Final = low
        self.high: Final = high
        self.clause: Final = clause
        self.text: Final = text
        self.used: Final = used


def _rows() -> dict[int, TimerRow]:
    s = _S
    rows = (
        TimerRow(T301, 180 * s, 180 * s, s, 900 * s, "5.1.7, 5.2.5.3", "ALERTING to CONNECT"),
        TimerRow(T302, 15 * s, 12 * s, s, 60 * s, "5.1.3, 5.2.4", "next digits"),
        TimerRow(T303, 4 * s, 4 * s, 100 * _MS, 60 * s, "5.1.1, 5.2.1", "first answer to SETUP"),
        TimerRow(T304, 30 * s, 20 * s, s, 120 * s, "5.1.3, 5.2.4", "answer to digits sent"),
        TimerRow(T305, 30 * s, 30 * s, s, 120 * s, "5.3.3, 5.3.4", "answer to DISCONNECT"),
        TimerRow(T306, 0, 30 * s, s, 300 * s, "5.3.4.1", "tones sent with DISCONNECT"),
        TimerRow(T307, 0, 180 * s, s, 600 * s, "5.6.3", "call suspended", False),
        TimerRow(T308, 4 * s, 4 * s, 100 * _MS, 60 * s, "5.3.3, 5.3.4", "answer to RELEASE"),
        TimerRow(T309, 90 * s, 90 * s, s, 600 * s, "5.8.9", "data link back for active calls"),
        TimerRow(T310, 40 * s, 10 * s, s, 300 * s, "5.1.6, 5.2.5", "after CALL PROCEEDING"),
        TimerRow(T312, 0, 6 * s, s, 60 * s, "5.2.1", "broadcast call reference", False),
        TimerRow(T313, 4 * s, 0, 100 * _MS, 60 * s, "5.2.7", "CONNECT ACKNOWLEDGE"),
        TimerRow(T314, 4 * s, 4 * s, s, 60 * s, "Annex H", "next segment", False),
        TimerRow(T316, 120 * s, 120 * s, s, 600 * s, "5.5.1", "RESTART ACKNOWLEDGE"),
        TimerRow(T317, 100 * s, 100 * s, s, 600 * s, "5.5.2", "clearing after RESTART", False),
        TimerRow(T318, 4 * s, 0, s, 60 * s, "5.6.4", "answer to RESUME", False),
        TimerRow(T319, 4 * s, 0, s, 60 * s, "5.6.1", "answer to SUSPEND", False),
        TimerRow(T320, 0, 30 * s, s, 120 * s, "6.2", "D-channel packet access", False),
        TimerRow(T321, 30 * s, 30 * s, s, 120 * s, "Annex F", "back-up D-channel", False),
        TimerRow(T322, 4 * s, 4 * s, 100 * _MS, 60 * s, "5.8.10", "answer to STATUS ENQUIRY"),
    )
    return {row.number: row for row in rows}


TIMERS: Final = _rows()


class Timers:
    """The durations of one engine, ns: ``duration[number - 300]``, 0 where the side has none."""

    def __init__(self, network: bool, overrides: dict[int, int]) -> None:
        self.duration: Final[list[int]] = [0] * 23
        for number, row in TIMERS.items():
            self.duration[number - 300] = row.network if network else row.user
        for number, value in overrides.items():
            row_or_none = TIMERS.get(number)
            if row_or_none is None:
                known = ", ".join(f"T{n}" for n in TIMERS)
                raise ConfigError(f"timers: there is no T{number}; Q.931 has {known}")
            self._set(row_or_none, network, value)
        if T317 not in overrides:
            self.duration[17] = min(self.duration[17], self.duration[16] - _S // 2)
        if self.duration[17] >= self.duration[16]:
            raise ConfigError("timers: T317 must be shorter than T316 (Q.931 table 9-1)")

    def _set(self, row: TimerRow, network: bool, value: int) -> None:
        side = "network" if network else "user"
        if not (row.network if network else row.user):
            raise ConfigError(f"timers: the {side} side has no T{row.number}; leave it out")
        if not row.low <= value <= row.high:
            raise ConfigError(
                f"timers: T{row.number} is {value // _MS} ms; give {row.low // _MS} to "
                f"{row.high // _MS} (Q.931 {row.clause}, {row.text})"
            )
        self.duration[row.number - 300] = value


E1_CHANNELS: Final = (*range(1, 16), *range(17, 32))
"""The 30 B-channels of a 2048 kbit/s interface whose D-channel is timeslot 16."""

T1_CHANNELS: Final = tuple(range(1, 24))
"""The 23 B-channels of a 1544 kbit/s interface whose D-channel is timeslot 24."""

INTERFACE: Final = 32
"""With NFAS a channel's number is its interface identifier * INTERFACE + its timeslot."""

MOST_INTERFACES: Final = 20
"""Interfaces that one D-channel serves (SR-4994)."""

LEAST_N201: Final = 200
"""Octets: CONNECT with a number and user-user information, and all that is sent unasked, fit."""

SELECTIONS: Final = ("ascending", "descending", "cyclic")


class PriConfig:
    """Settings of one primary rate trunk; ConfigError names what is wrong.

    ``side``: "user" or "network". ``channels``: the B-channels, timeslot numbers in use; None: all
    of an E1 or T1, as the variant has it. ``interfaces``: NFAS (4.5.13: interface identifier):
    the identifiers of the T1 spans that the D-channel serves, its own one first; channels are then
    numbered identifier * 32 + timeslot. ``backup``: the second of them has a stand-by D-channel.
    ``selection``: how a free channel is chosen, one of SELECTIONS; "" gives the user side
    ascending and the network side descending order, so that they seldom choose the same one.
    ``variant``: a key of VARIANTS. ``overlap_receiving``: a SETUP without Sending complete may be
    incomplete; with fewer than ``min_digits`` digits the trunk itself asks for more, and a number
    that stays shorter until T302 is refused with cause 28. ``send_proceeding``: answer a complete
    SETUP with CALL PROCEEDING at once. ``connect_acknowledge``: the user side confirms CONNECT
    (5.1.8, optional there). ``restart_on_start``: RESTART all channels when the link first comes
    up. ``restart_maintenance``: RESTART a channel that T308 took out of service; when the link
    comes back also channels for which RESTART was not answered.
    ``enquire``: STATUS ENQUIRY for each active call when the data link was lost or reset.
    ``disconnect_tones``: the network side offers tones with DISCONNECT (5.3.4.1, T306).
    ``dial_tone``: SETUP ACKNOWLEDGE offers dial tone when no digit has come (5.1.3).
    ``report_ignored``: STATUS with cause 99, 100 or 43 for optional elements that were passed over
    (5.8.7 permits it). ``bearers``: transfer capabilities that are taken; others get cause 65.
    ``location``: of causes we give, -1 for the side's own (0 user, 2 public network serving the
    local user).
    ``transfer``, ``deflection``: how the network is asked to join two calls and to send an offered
    call elsewhere, keys of TRANSFERS and DEFLECTIONS (services_config), "" for the variant's own.
    ``timers``: ns by number, e.g. ``{T303: 2_000_000_000}``. ``link``: settings of the data link;
    its ``network`` must agree with ``side``.
    """

    def __init__(
        self,
        side: str = "user",
        channels: tuple[int, ...] | None = None,
        selection: str = "",
        variant: str = "etsi",
        overlap_receiving: bool = False,
        min_digits: int = 0,
        send_proceeding: bool = True,
        connect_acknowledge: bool = True,
        restart_on_start: bool = False,
        restart_maintenance: bool = True,
        enquire: bool = True,
        disconnect_tones: bool = False,
        dial_tone: bool = True,
        report_ignored: bool = True,
        bearers: tuple[int, ...] = (SPEECH, UNRESTRICTED, RESTRICTED, AUDIO_3K1),
        location: int = -1,
        timers: dict[int, int] | None = None,
        link: LinkConfig | None = None,
        interfaces: tuple[int, ...] = (),
        backup: bool = False,
        transfer: str = "",
        deflection: str = "",
    ) -> None:
        if side not in ("user", "network"):
            raise ConfigError(f"side is {side!r}; give 'user' or 'network'")
        network = side == "network"
        self.side: Final = side
        self.network: Final = network
        self.selection: Final = selection or ("descending" if network else "ascending")
        if self.selection not in SELECTIONS:
            raise ConfigError(f"selection is {selection!r}; give one of {', '.join(SELECTIONS)}")
        if variant not in VARIANTS:
            raise ConfigError(f"variant is {variant!r}; give one of {', '.join(VARIANTS)}")
        self.variant: Final = VARIANTS[variant]
        self.transfer: Final[str] = checked_transfer(transfer, self.variant.transfer)
        self.deflection: Final[str] = checked_deflection(deflection, self.variant.deflection)
        self.interfaces: Final = _checked_interfaces(interfaces, self.variant)
        self.backup: Final = _checked_backup(backup, interfaces)
        usual = usual_channels(self.variant, interfaces, backup)
        self.channels: Final = _checked_channels(
            usual if channels is None else channels, self.variant, interfaces, backup
        )
        self.overlap_receiving: Final = overlap_receiving
        if not 0 <= min_digits <= 32:
            raise ConfigError(f"min_digits is {min_digits}; give 0 to 32")
        self.min_digits: Final = min_digits
        self.send_proceeding: Final = send_proceeding
        self.connect_acknowledge: Final = connect_acknowledge
        self.restart_on_start: Final = restart_on_start
        self.restart_maintenance: Final = restart_maintenance
        self.enquire: Final = enquire
        self.disconnect_tones: Final = disconnect_tones
        self.dial_tone: Final = dial_tone
        self.report_ignored: Final = report_ignored
        self.bearers: Final = bearers
        if not -1 <= location <= 15:
            raise ConfigError(f"location is {location}; give 0 to 15 (Q.850 table 1), -1 for usual")
        self.location: Final = location if location >= 0 else (2 if network else 0)
        self.timers: Final = Timers(network, timers or {})
        self.link: Final = link or LinkConfig(network=network)
        if self.link.network != network:
            raise ConfigError(f"side is {side!r} but the link is set to the other side")
        if self.link.n201 < LEAST_N201:
            raise ConfigError(
                f"n201 is {self.link.n201} octets, shorter than messages of Q.931; "
                f"give {LEAST_N201} to 260"
            )


def usual_channels(
    variant: Variant, interfaces: tuple[int, ...] = (), backup: bool = False
) -> tuple[int, ...]:
    """All B-channels: of an E1, a T1, or of several T1 that share D-channels."""
    if not variant.t1:
        return E1_CHANNELS
    if not interfaces:
        return T1_CHANNELS
    found: list[int] = []
    for n, interface in enumerate(interfaces):
        last = 23 if n == 0 or (n == 1 and backup) else 24
        found += [interface * INTERFACE + slot for slot in range(1, last + 1)]
    return tuple(found)


def _checked_interfaces(interfaces: tuple[int, ...], variant: Variant) -> tuple[int, ...]:
    if interfaces and not variant.nfas:
        can = ", ".join([v.name for v in VARIANTS.values() if v.nfas])
        raise ConfigError(f"interfaces: variant {variant.name!r} has no NFAS; {can} have")
    if len(interfaces) > MOST_INTERFACES or len(set(interfaces)) != len(interfaces):
        raise ConfigError(
            f"interfaces is {interfaces}; give up to {MOST_INTERFACES} different ones"
        )
    for interface in interfaces:
        if not 0 <= interface <= 31:
            raise ConfigError(f"interfaces has {interface}; identifiers are 0 to 31 (SR-4994)")
    return interfaces


def _checked_backup(backup: bool, interfaces: tuple[int, ...]) -> bool:
    if backup and len(interfaces) < 2:
        raise ConfigError("backup: the stand-by D-channel is the second of interfaces; name two")
    return backup


def _checked_channels(
    channels: tuple[int, ...], variant: Variant, interfaces: tuple[int, ...], backup: bool
) -> tuple[int, ...]:
    if not channels:
        raise ConfigError("channels is empty; give at least one B-channel, e.g. 1-15,17-31")
    if interfaces:
        known = usual_channels(variant, interfaces, backup)
        for channel in channels:
            if channel not in known:
                raise ConfigError(
                    f"channels has {channel}, which no interface has; give interface * "
                    f"{INTERFACE} + timeslot, D-channels left out"
                )
    for channel in channels:
        if not interfaces and not 1 <= channel <= 127:
            raise ConfigError(f"channels has {channel}; B-channel numbers are 1 to 31 on an E1")
    if len(set(channels)) != len(channels):
        raise ConfigError("channels names a channel twice")
    return tuple(sorted(channels))


def check_place(channel: int, channels: tuple[int, ...]) -> None:
    """LocalError when a request names a B-channel that the trunk has not."""
    if channel and channel not in channels:
        raise LocalError(f"there is no B-channel {channel} on this trunk")
