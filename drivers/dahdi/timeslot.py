"""A timeslot of a DAHDI span: what its channel's configuration lets it carry."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from ...board.clock import FRAME
from ...board.events import BoardEvent, FrameFaulty, FrameReceived, SignalUnitErrors
from ...board.events import SignalUnitReceived as Received
from ...board.media import EchoCancelling, EchoState
from ...board.model import HdlcConfig, Interframe, Law, SpanKind, TimeslotCounters
from ...errors import DriverError, LocalError
from ...native import wrap_dahdi as native
from ..tdm import QUEUE_OCTETS, TdmTimeslot
from .find import canceller_of

if TYPE_CHECKING:
    from .board import DahdiBoard

LAWS = {Law.A: native.ALAW, Law.MU: native.ULAW}
FILL_OCTETS = 6
"""Of a FISU on the line: 3, check bits, one flag (Q.703 2.2)."""

KINDS = {
    native.HDLC_FCS: "a D-channel (dchan)",
    native.HARD_HDLC: "a D-channel of the board's own (hardhdlc)",
    native.MTP2: "an SS7 link (mtp2)",
    native.CAS: "a CAS channel (cas)",
    native.CLEAR: "a clear channel (bchan, clear)",
    native.EM: "an E&M channel (e&m)",
    native.EM_E1: "an E&M channel (e&me1)",
}
_FRAMES = (native.HDLC_FCS, native.HARD_HDLC, native.MTP2)


def named(signalling: int) -> str:
    """A channel's signalling, as errors name it."""
    if signalling in KINDS:
        return KINDS[signalling]
    if signalling & native.FXS_PORT:
        return "an FXS port (fxo signalling)"
    if signalling & native.FXO_PORT:
        return "an FXO port (fxs signalling)"
    return f"of signalling {signalling:#x}"


class DahdiTimeslot(TdmTimeslot):
    """One channel, or a timeslot without one (then nothing can be opened on it)."""

    _board: DahdiBoard

    def __init__(self, board: DahdiBoard, span: int, number: int) -> None:
        super().__init__(board, span, number)
        self._mtp2_by_kernel = False
        self._last_su = 0
        self._sus = 0
        self._su_errors = 0
        self._counted: TimeslotCounters | None = None

    @property
    def channel(self) -> native.ChannelInfo | None:
        """DAHDI's own description of it; None: there is no such channel, or it is not ours."""
        return self._board.channels.get((self.span, self.number))

    def checked(self, code: int, doing: str) -> int:
        if code < 0:
            self._need_span(doing)
        return super().checked(code, doing)

    def _need_span(self, doing: str) -> None:
        if self._board.is_removed(self.span):
            number = self._board.dahdi_span(self.span)
            raise DriverError(
                f"{self.where()}: cannot {doing}: DAHDI span {number} was removed: plug the board "
                "in or load its module, run `dahdi_cfg`, and open it again"
            )

    def _need_channel(self) -> native.ChannelInfo:
        self._need_span("open it")
        channel = self.channel
        if channel is None:
            if self.number == 0:
                raise LocalError(f"{self.where()} carries framing: open another timeslot")
            if self.number == 16 and self._board.has_cas(self.span):
                raise LocalError(f"{self.where()} carries CAS of this span: open another timeslot")
            raise LocalError(
                f"{self.where()} has no DAHDI channel of ours: configure it in "
                "/etc/dahdi/system.conf, or name it in 'channels' of [board.dahdi]"
            )
        return channel

    def _mode(self, mode: int, law: int, octets: int, what: str) -> None:
        code = self._board.engine.mode(self.span, self.number, mode, law, octets)
        if code in (-errno.EOPNOTSUPP, -errno.EINVAL):
            channel = self._need_channel()
            raise LocalError(
                f"{self.where()} is {named(channel.signalling)}: it cannot carry {what}: configure "
                "it otherwise in /etc/dahdi/system.conf"
            )
        if code < 0:
            self._need_span(f"carry {what}")
            raise DriverError(f"{self.where()}: cannot carry {what}: {os.strerror(-code)}")

    def _need_closed(self) -> None:
        if self._board.engine.slot_counters(self.span, self.number):
            raise LocalError(f"{self.where()} is open already: close it first")

    # ---- opening ----------------------------------------------------------------------------

    def open_hdlc(self, config: HdlcConfig) -> None:
        if self.line is not None:
            self._need_trunk()
        channel = self._need_channel()
        self._need_closed()
        by_kernel = channel.signalling in _FRAMES or (
            self._board.config.hdlc == "kernel" and not config.mtp2
        )
        if config.mtp2 and by_kernel and channel.signalling != native.MTP2:
            raise LocalError(
                f"{self.where()} is {named(channel.signalling)}: write 'mtp2={channel.number}' or "
                f"'clear={channel.number}' into /etc/dahdi/system.conf for an SS7 link"
            )
        if by_kernel:
            self._open_frames(config)
            return
        self._mtp2_by_kernel = False
        self._mode(native.OCTETS, native.ALAW, 0, "HDLC")
        super().open_hdlc(config)

    def _open_frames(self, config: HdlcConfig) -> None:
        if config.interframe is Interframe.MARK:
            raise LocalError(
                f"{self.where()}: DAHDI sends flags between frames: give Interframe.FLAGS, or "
                "configure the channel as 'clear' and hdlc = \"soft\""
            )
        mode = native.FRAMES_56 if config.rate56 else native.FRAMES
        self._mode(mode, native.ALAW, config.max_octets, "HDLC frames")
        self._mtp2_by_kernel = config.mtp2
        self._board.kernel_links += config.mtp2
        self._sus = self._su_errors = 0
        self._last_su = self._board.clock.now()
        self._check_open(
            self._board.engine.open_hdlc(
                self.span,
                self.number,
                config.max_octets,
                config.min_octets,
                False,
                QUEUE_OCTETS,
            )
        )

    def open_voice(self, law: Law = Law.A, idle: int | None = None) -> None:
        channel = self._need_channel()
        self._need_closed()
        if channel.signalling in _FRAMES:
            raise LocalError(
                f"{self.where()} is {named(channel.signalling)}: it carries frames, not voice"
            )
        self._mtp2_by_kernel = False
        self._mode(native.VOICE, LAWS[law], 0, "voice")
        super().open_voice(law, idle)

    # ---- MTP2 by the kernel -----------------------------------------------------------------

    def signal_unit(self, event: BoardEvent) -> BoardEvent:
        """Of a link whose signal units the kernel frames. It tells no fill-in twice, so the
        number that passed is worked out from the time: SUERM counts them (Q.703 10.2)."""
        if not self._mtp2_by_kernel or not isinstance(event, FrameReceived | FrameFaulty):
            return event
        octets = max(event.time - self._last_su, 0) // FRAME
        own = len(event.frame) + 3 if isinstance(event, FrameReceived) else FILL_OCTETS
        passed = 1 + max(octets - own, 0) // FILL_OCTETS
        self._last_su = event.time
        self._sus += passed
        if isinstance(event, FrameReceived):
            return Received(event.time, self.span, self.number, event.frame, passed)
        self._su_errors += 1
        return SignalUnitErrors(event.time, self.span, self.number, 1, passed)

    def left(self) -> None:
        """Its span was taken away: close it, and keep what was counted for those who ask."""
        counts = self._board.engine.slot_counters(self.span, self.number)
        if counts:
            self._counted = self.counters()
            self.close()

    def counters(self) -> TimeslotCounters:
        if self._counted is not None and self._board.is_removed(self.span):
            return self._counted
        found = super().counters()
        if self._mtp2_by_kernel:
            found.sus = self._sus
            found.su_errors = self._su_errors
        return found

    # ---- bits -------------------------------------------------------------------------------

    def set_bits(self, bits: int) -> None:
        # 0000 would imitate the multiframe alignment signal (G.704 5.1.3.2.2).
        low = 1 if self._board.spans[self.span - 1].kind is SpanKind.E1 and self.number < 16 else 0
        code = -errno.EINVAL
        if bits >= low or self.number == 0:
            code = self._board.engine.send_bits(self.span, self.number, bits)
        if code == -errno.EINVAL:
            also = ", on timeslots 17 to 31 also 0 (G.704 5.1.3.2.2)" if low else ""
            raise LocalError(f"{self.where()}: ABCD bits {bits}: give {low} to 15{also}")
        self._check_bits(code)

    def bits(self) -> int:
        code = self._board.engine.received_bits(self.span, self.number)
        self._check_bits(code)
        return code

    def _check_bits(self, code: int) -> None:
        channel = self.channel
        if code == -errno.ENODEV and not self._board.is_removed(self.span):
            raise LocalError(f"{self.where()} has no ABCD bits: it has no DAHDI channel of ours")
        if code == -errno.EOPNOTSUPP and channel is not None:
            raise LocalError(
                f"{self.where()} is {named(channel.signalling)}, it has no CAS: configure it as "
                f"'cas={channel.number}:1001' in /etc/dahdi/system.conf"
            )
        self.checked(code, "use its ABCD bits")

    # ---- echo and gain ----------------------------------------------------------------------

    def cancel_echo(self, how: EchoCancelling | None) -> None:
        """By trunkd, or with ``echo = "kernel"`` by what DAHDI has attached to the channel."""
        if self._board.config.echo == "soft":
            super().cancel_echo(how)
            return
        channel = self._need_channel()
        number = self._board.dahdi_span(self.span)
        if how is not None and not canceller_of(number, channel.number):
            raise LocalError(
                f"{self.where()} has no echo canceller: write 'echocanceller=mg2,"
                f'{channel.number}\' into /etc/dahdi/system.conf, or set echo = "soft"'
            )
        taps = 0 if how is None else min(how.tail_ms * 8, 1024)
        code = self._board.engine.echo(self.span, self.number, taps)
        if code == -errno.EINVAL:
            raise LocalError(f"{self.where()} is not open for voice: open it first")
        self.checked(code, "cancel its echo")

    def echo_state(self) -> EchoState:
        if self._board.config.echo == "soft":
            return super().echo_state()
        raise LocalError(f"{self.where()}: DAHDI's echo canceller tells nothing of itself")

    def set_gain(self, received_db: float, sent_db: float) -> None:
        """The kernel's gain tables, -40 to 40 dB, until the board is closed; 0, 0: octets as they
        are."""
        code = self._board.engine.gain(self.span, self.number, received_db, sent_db)
        if code == -errno.EINVAL:
            raise LocalError(
                f"{self.where()}: gain {received_db} and {sent_db} dB: open it for voice, and give "
                "-40 to 40 dB"
            )
        self.checked(code, "set its gain")

    def set_hardware_gain(self, received_db: float, sent_db: float) -> None:
        """The converters of an analog board; LocalError where it cannot."""
        for sent, db in ((False, received_db), (True, sent_db)):
            code = self._board.engine.hardware_gain(self.span, self.number, sent, round(db * 10))
            if code in (-errno.ENOTTY, -errno.EINVAL, -errno.ENOSYS):
                raise LocalError(f"{self.where()}: this board has no such gain in its converters")
            self.checked(code, "set its gain")

    def line_counters(self) -> dict[str, int]:
        """underruns, overruns, blocks repeated, left_out and refused, kernel events."""
        return self._board.engine.channel_counters(self.span, self.number)
