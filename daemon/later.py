"""Results that come later than the method returns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Later:
    """A result that is not there yet; ``settle`` is called once, before or after ``then``."""

    def __init__(self) -> None:
        self._outcome: tuple[Any, Exception | None] | None = None
        self._then: Callable[[Any, Exception | None], None] | None = None

    def settle(self, result: Any, error: Exception | None = None) -> None:
        self._outcome = (result, error)
        if self._then is not None:
            self._then(result, error)

    def then(self, action: Callable[[Any, Exception | None], None]) -> None:
        self._then = action
        if self._outcome is not None:
            action(*self._outcome)
