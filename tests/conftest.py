"""For all tests."""

from __future__ import annotations

import signal

# A shell that runs `make test &` has it ignore Ctrl-C, and so would every program started here.
signal.signal(signal.SIGINT, signal.default_int_handler)
