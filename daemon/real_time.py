"""Real-time priority: boards and the event loop are scheduled before other programs."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from ..errors import ConfigError


@contextlib.contextmanager
def real_time(priority: int) -> Iterator[None]:
    """The threads that are started inside, those of the boards, have a priority above that of the
    calling thread, which keeps it (SCHED_RR): a block of samples is never late, and never takes
    long. What is started afterwards has none. 0: nobody has one. ConfigError: not permitted."""
    if not priority:
        yield
        return
    _schedule(os.SCHED_RR, priority + 1)
    yield
    _schedule(os.SCHED_RR | os.SCHED_RESET_ON_FORK, priority)


def _schedule(policy: int, priority: int) -> None:
    try:
        os.sched_setscheduler(0, policy, os.sched_param(priority))
    except OSError as exc:
        raise ConfigError(
            f"daemon.priority: {priority} cannot be had ({exc.strerror}): start trunkd as root, or "
            f"with LimitRTPRIO={priority} in its systemd unit, or set it to 0"
        ) from exc
