"""Checks of ``[media]`` and ``[trunk.media]``: do countries, files and names of music exist."""

from __future__ import annotations

import os
from typing import Any, Final

from ..board.progress_tones import COUNTRIES
from ..board.record import PRERECORD_MOST_MS
from ..errors import LocalError
from .config import BoardTable, Daemon, MediaTable, MusicTable, TrunkMedia, TrunkTable
from .config_read import MISSING, Path, Reader, show_duration
from .media_files import resolve

ECHO_TAILS: Final = range(16, 129, 8)
"""ms; one for all timeslots of a span."""


def read_media(reader: Reader, value: Any) -> Any:
    """``[media]`` as a MediaTable, or MISSING with findings noted."""
    if isinstance(value, dict) and isinstance(value.get("music"), dict):
        what = "there may be several sources of music"
        reader.wrong(("media", "music"), what, "write [[media.music]], not [media.music]")
        return MISSING
    return reader.read(value, MediaTable, ("media",))


def check_media(reader: Reader, media: MediaTable, daemon: Daemon) -> None:
    """What can only be seen by looking at all of ``[media]``."""
    media.country = _country(reader, media.country, ("media", "country"))
    seen: dict[str, int] = {}
    for index, music in enumerate(media.music):
        path: Path = ("media", "music", index)
        if music.name in seen:
            reader.wrong(
                (*path, "name"),
                f"there are two sources of music '{music.name}'",
                f"rename one: media.music[{seen[music.name] + 1}] or media.music[{index + 1}]",
            )
        seen.setdefault(music.name, index)
        _check_files(reader, music, daemon.media_path(), path)


def _country(reader: Reader, country: str, path: Path) -> str:
    """Its code as tables of tones have it."""
    if not country and path[0] == "media":
        reader.wrong(path, "it is empty", 'name a country, as in "cn"')
    elif country and country.lower() not in COUNTRIES:
        known = ", ".join(sorted(COUNTRIES))
        reader.wrong(path, f"no tones are known of country '{country}'", f"known are {known}")
    return country.lower()


def _check_files(reader: Reader, music: MusicTable, media_dir: str, path: Path) -> None:
    if not music.files:
        reader.wrong((*path, "files"), "there is no file", 'name one at least: ["waiting.wav"]')
    for n, name in enumerate(music.files):
        where = (*path, "files", n)
        try:
            file = resolve(media_dir, name)
        except LocalError as exc:
            reader.wrong(where, str(exc), "give a path below media_dir")
            continue
        if not os.path.isfile(file):
            # It may be put there later, and calls need no music.
            what = f"there is no file {file}"
            reader.wrong(where, what, "copy it there before it is to be played", warning=True)


def check_trunks(
    reader: Reader, trunks: list[tuple[int, TrunkTable]], media: MediaTable | None
) -> None:
    """``[trunk.media]`` of all trunks."""
    tails: dict[str, tuple[str, int]] = {}
    for index, trunk in trunks:
        path = ("trunk", index, "media")
        table = trunk.media
        table.country = _country(reader, table.country, (*path, "country"))
        _check_trunk(reader, table, path)
        if table.echo_ms in ECHO_TAILS:
            for span in trunk.spans:
                name, tail = tails.setdefault(span, (trunk.name, table.echo_ms))
                if tail != table.echo_ms:
                    reader.wrong(
                        (*path, "echo_ms"),
                        f"trunk '{name}' on the same span has a tail of {tail} ms",
                        f"a span has one tail for all: set echo_ms = {tail} or 0",
                    )
        names = [m.name for m in media.music] if media is not None else []
        if table.music and media is not None and table.music not in names:
            reader.wrong(
                (*path, "music"),
                f"there is no source of music '{table.music}'",
                f"there are: {', '.join(names)}" if names else "add [[media.music]]",
            )


def _check_trunk(reader: Reader, table: TrunkMedia, path: Path) -> None:
    if table.echo_ms and table.echo_ms not in ECHO_TAILS:
        what = f"no echo canceller has a tail of {table.echo_ms} ms"
        reader.wrong((*path, "echo_ms"), what, "choose 16 to 128 in steps of 8, or 0 for none")
    if not 0 <= table.prerecord <= PRERECORD_MOST_MS * 1_000_000:
        most = show_duration(PRERECORD_MOST_MS * 1_000_000)
        what = f"'{show_duration(table.prerecord)}' is out of range"
        reader.wrong((*path, "prerecord"), what, f'choose "0s" to "{most}"')


def check_soft(reader: Reader, media: MediaTable, boards: list[tuple[int, BoardTable]]) -> None:
    """A board without soft channels cannot play music on hold."""
    if not media.music:
        return
    for index, board in boards:
        if getattr(board.driver, "soft_spans", None) == 0:
            scheme = board.address.partition(":")[0]
            reader.wrong(
                ("board", index, scheme, "soft_spans"),
                f"board '{board.name}' has no soft channels for music on hold",
                "set soft_spans = 1 or more, or calls of this board hear no music",
                warning=True,
            )
