"""A configuration to begin with, of what was found in the machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..board.found import Found

SIMULATED: Final = "sim://lab?spans=2&cable=1-2"

TRUNKS: Final = {
    "dahdi": ("pri", "or r2, em, isup, tup, fxs, fxo: `trunkd dahdi import` reads system.conf"),
    "e1d": ("pri", "or isup, tup"),
    "sim": ("pri", "or r2, em, isup, tup"),
    "synway": ("board", "the board signals by itself"),
    "donjin": ("board", "the board signals by itself"),
    "keygoe": ("board", "the board signals by itself"),
}
"""What a trunk on a driver's board may be, for the comment behind each board."""


def skeleton(rows: Sequence[Found]) -> str:
    """TOML with a ``[[board]]`` for each board that can be opened now, which `trunkd config check`
    takes as it is; the simulated board where there is none. What cannot be used yet is a comment.
    """
    boards = {row.address: row for row in rows if row.address and row.ready and row.kind != "span"}
    real = {address: row for address, row in boards.items() if row.driver != "sim"}
    chosen = real or {SIMULATED: Found(kind="driver", what="simulated board", driver="sim")}
    lines = ["# Written by `trunkd boards --config`: name the trunks, then `trunkd config check`."]
    names: dict[str, int] = {}
    for address, row in chosen.items():
        number = names[row.driver] = names.get(row.driver, 0) + 1
        name = row.driver + (str(number) if number > 1 else "")
        lines += ["", *_board(row, name, address)]
    waiting = [
        row for row in rows if row.missing and row.kind in ("pci", "usb", "server", "library")
    ]
    if waiting:
        lines += ["", "# Found, and not to be used yet:"]
    for row in waiting:
        lines += [f"#   {row.what} ({row.where})"]
        lines += [f"#     {gap.what}: {gap.remedy}" for gap in row.missing]
    return "\n".join(lines) + "\n"


def _board(row: Found, name: str, address: str) -> list[str]:
    signalling, more = TRUNKS.get(row.driver, ("pri", "see docs/configuration.md"))
    side = ["# [trunk.pri]", '# side = "user"'] if signalling == "pri" else []
    return [
        f"# {row.what}" + (f", {row.where}" if row.where else ""),
        "[[board]]",
        f"name = {_quoted(name)}",
        f"address = {_quoted(address)}",
        "",
        "# [[trunk]]",
        f'# name = "{name}-1"',
        f'# span = "{name}/1"',
        f'# signalling = "{signalling}"  # {more}',
        *side,
    ]


def _quoted(text: str) -> str:
    """A basic string of TOML."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'
