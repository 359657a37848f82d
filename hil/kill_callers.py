"""Clients that are killed (SIGKILL): processes that make and clear calls over the daemon's socket.

Every second one says in hello that its calls are to be cleared when it is gone; the calls of the
others belong to nobody, and stay up until somebody clears them.
"""

from __future__ import annotations

import contextlib
import os
import random
import select
import signal
from collections.abc import Callable
from typing import Final, NoReturn

from ..daemon import methods as m
from ..daemon.client import Client, Refused, Unreachable
from ..daemon.methods_session import OnLoss

_CALLS: Final = 3
"""Each has at most so many."""


class Callers:
    """``many`` processes; ``forget()`` closes in each what it got from its parent."""

    def __init__(
        self, path: str, device: str, many: int, seed: int, forget: Callable[[], None]
    ) -> None:
        self._path: Final = path
        self._device: Final = device
        self._random: Final = random.Random(seed)
        self._forget: Final = forget
        self._pids: Final[list[int]] = []
        self._begun = 0
        self.kills = 0
        for _ in range(many):
            self._pids.append(self._spawn())

    def __len__(self) -> int:
        return len(self._pids)

    def _spawn(self) -> int:
        self._begun += 1
        number, parent = self._begun, os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                self._forget()
                self._call(number, parent)
            finally:
                os._exit(1)
        return pid

    def _call(self, number: int, parent: int) -> NoReturn:
        """The child's life: the daemon may be gone at any time, and comes back."""
        chance = random.Random(self._random.random() + number)
        while True:
            if os.getppid() != parent:
                os._exit(0)
            with contextlib.suppress(Unreachable), Client(self._path, 60.0) as client:
                if number % 2:
                    lost = OnLoss(action="clear")
                    name = f"caller{number}"
                    asked = m.Hello(client="caller", session=name, secret=name, on_loss=lost)
                    client.call(asked)
                self._calls(client, chance, parent)
            _pause(0.05)

    def _calls(self, client: Client, chance: random.Random, parent: int) -> None:
        up: list[int] = []
        while os.getppid() == parent:
            with contextlib.suppress(Refused):
                if len(up) < _CALLS and chance.random() < 0.7:
                    called = str(chance.randrange(10**8))
                    asked = m.MakeCall(called=called, device=self._device)
                    up.append(client.call(asked).call_id)
                elif up:
                    client.call(m.ClearConnection(call_id=up.pop(chance.randrange(len(up)))))
            _pause(chance.uniform(0.0, 0.1))

    def kill_one(self) -> None:
        """Another one takes its place."""
        place = self._random.randrange(len(self._pids))
        self._end(self._pids[place])
        self._pids[place] = self._spawn()
        self.kills += 1

    @staticmethod
    def _end(pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

    def close(self) -> None:
        while self._pids:
            self._end(self._pids.pop())


def _pause(seconds: float) -> None:
    select.select([], [], [], seconds)
