"""Write the pages of docs/ that are made from the code.

.venv/bin/python docs/generate.py            rewrites them
.venv/bin/python docs/generate.py --check    exit 1, naming those that are out of date
"""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Callable
from typing import Final

HERE: Final = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import page_boards  # noqa: E402
import page_configuration  # noqa: E402
import page_csta  # noqa: E402
import page_lines  # noqa: E402
import page_machines  # noqa: E402
import page_machines_lines  # noqa: E402
import page_machines_ss7  # noqa: E402
import page_metrics  # noqa: E402
import page_routing  # noqa: E402
import page_socket  # noqa: E402
import page_testing  # noqa: E402

PAGES: Final[dict[str, Callable[[], str]]] = {
    "socket.md": page_socket.text,
    "boards.md": page_boards.text,
    "configuration.md": page_configuration.text,
    "machines.md": page_machines.text,
    "lines.md": page_lines.text,
    "machines-ss7.md": page_machines_ss7.text,
    "machines-lines.md": page_machines_lines.text,
    "metrics.md": page_metrics.text,
    "routing.md": page_routing.text,
    "csta.md": page_csta.text,
    "testing.md": page_testing.text,
}


def outdated() -> list[str]:
    """The pages on disk that the code would write otherwise, or that are missing."""
    return [
        name
        for name, text in PAGES.items()
        if not (HERE / name).is_file() or (HERE / name).read_text() != text()
    ]


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    old = outdated()
    for name in old:
        if arguments:
            print(f"docs/{name} is out of date: run .venv/bin/python docs/generate.py")
        else:
            (HERE / name).write_text(PAGES[name]())
            print(f"docs/{name} written")
    return 1 if arguments and old else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
