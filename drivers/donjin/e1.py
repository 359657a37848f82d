"""A trunk of an E1 card, asked again and again for its step."""

from __future__ import annotations

from typing import Any

from ...errors import DriverError
from . import facts
from .library import Library
from .lines import CALLS, Line, State, Tell


class E1Trunk(Line):
    """Answering is playing: in the step "waits" the card answers when voice is connected to the
    trunk, unless it was told not to (flow)."""

    def __init__(self, library: Library, tell: Tell, ch: int, options: dict[str, Any]) -> None:
        super().__init__(library, tell, ch, options)
        self.step = facts.FREE

    def poll(self) -> None:
        step = self.raw("DJTrk_GetTrunkStatus")
        if step != self.step:
            self.step = step
            self.tell("step", step)
        if self.state is State.IDLE:
            if self.raw("DJTrk_CheckWait") and not self.raw("DJTrk_CheckForwardHangUp"):
                self._arrives()
        elif self.state is State.CLEARS:
            if self.raw("DJTrk_CheckTrunkFree"):
                self.idle()
        elif self.state in (State.DIALS, State.ALERTS):
            self._dialling()
        elif self.state in CALLS and self.state is not State.OVER:
            self._with_call(step)

    def _arrives(self) -> None:
        self.raw("DJTrk_InitDtmfBufNew")
        self.become(State.OFFERED)
        called = self.library.string("DJTrk_GetMfcCode", self.ch)
        calling = self.library.string("DJTrk_GetHostCode", self.ch)
        self.tell("arrived", called, calling, "")

    def _with_call(self, step: int) -> None:
        if step == facts.FREE:
            self.idle(far=True)
        elif step in facts.OVER or self.raw("DJTrk_CheckForwardHangUp"):
            self.ended(16, True)
        elif self.state is State.ANSWERS and self.raw("DJTrk_CheckConnect"):
            self.raw("DJVoc_StopPlayFile")
            self.become(State.TALKS)
            self.tell("answered", "")

    def _dialling(self) -> None:
        status = self.raw("DJTrk_GetDialStatus")
        if status == facts.ANSWERED:
            self.raw("DJTrk_InitDtmfBufNew")
            self.become(State.TALKS)
            self.tell("answered", "")
        elif status in facts.DIAL_STATUS_CAUSES:
            cause, how = facts.DIAL_STATUS_CAUSES[status]
            self.ended(cause, True, how)
        elif status == facts.ALERTS and self.state is State.DIALS:
            self.become(State.ALERTS)
            self.tell("progress", True)

    def dial(self, number: str, calling: str) -> None:
        if self.state is not State.IDLE:
            raise DriverError(f"the trunk is busy ({self.state.value})")
        self.library.need("DJTrk_StartDial", self.ch, number.encode(), calling.encode())
        self.become(State.DIALS)
        self.tell("progress", False)

    def answer(self) -> None:
        if self.state is not State.OFFERED:
            raise DriverError(f"there is no call to answer ({self.state.value})")
        library = self.library
        library.raw("DJExg_VoiceToTrunk_SetParam", 1)
        try:
            path = self.options["silence"].encode()
            library.one("DJVoc_PlayFileNew", self.ch, path, 0, self.options["silence_octets"])
        finally:
            library.raw("DJExg_VoiceToTrunk_SetParam", 0)
        self.become(State.ANSWERS)

    def hang_up(self) -> None:
        if self.state is State.IDLE:
            return
        self.raw("DJTrk_BackwardHangUp")
        self.become(State.CLEARS)

    def block(self, on: bool) -> None:
        self.library.need("DJTrk_DisableTrunk" if on else "DJTrk_EnableTrunk", self.ch)
