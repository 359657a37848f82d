"""What the main function of an application needs around it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from ..errors import Error


def run(work: Coroutine[Any, Any, Any], name: str) -> None:
    """Run an application until it ends or is interrupted; an error of trunkd's is one line on
    stderr and exit code 1."""
    logging.basicConfig(level=logging.WARNING, format=f"{name}: %(message)s")
    try:
        asyncio.run(work)
    except Error as error:
        raise SystemExit(f"{name}: {error}") from None
    except KeyboardInterrupt:
        pass
