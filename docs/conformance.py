"""Run the ITU's test lists (tests/conformance) and write docs/conformance/*.md from the results.

.venv/bin/python docs/conformance.py            runs all lists and rewrites their pages
.venv/bin/python docs/conformance.py q781       one list
.venv/bin/python docs/conformance.py --check    writes nothing; exit 1 where a page is out of date

Exit status 1 too when a case fails: its row says FAIL and why.
"""

from __future__ import annotations

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "conformance"))

import registry  # noqa: E402


def write(folder: str, check: bool) -> bool:
    """Run a folder's cases; True when all passed (and, with ``check``, the page says so)."""
    text = registry.page(folder)
    path = registry.PAGES / f"{folder}.md"
    old = not path.is_file() or path.read_text() != text
    if old and check:
        print(f"docs/conformance/{folder}.md is out of date: run {registry.COMMAND}")
    elif old:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        print(f"docs/conformance/{folder}.md written")
    failed = [line for line in text.splitlines() if f"| {registry.FAILED} |" in line]
    for line in failed:
        print(line)
    return not failed and not (old and check)


def main(arguments: list[str]) -> int:
    check = "--check" in arguments
    names = [word for word in arguments if word != "--check"]
    if any(name not in registry.folders() for name in names):
        print(__doc__, f"Lists: {', '.join(registry.folders())}", sep="\n", file=sys.stderr)
        return 2
    results = [write(folder, check) for folder in names or registry.folders()]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
