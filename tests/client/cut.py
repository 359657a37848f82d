"""A cable between clients and a daemon that can be cut, at once or just before an answer."""

from __future__ import annotations

import asyncio
import contextlib
import pathlib


class Cable:
    """A socket at ``path`` that leads to the daemon's."""

    def __init__(self, path: pathlib.Path, daemon: str) -> None:
        self.path = str(path)
        self._daemon = daemon
        self._pairs: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []
        self._cut_at = b""
        self.cuts = 0
        self.swap = (b"", b"")
        """What of the daemon's lines is replaced by what."""
        self._mended = asyncio.Event()
        self._mended.set()

    async def __aenter__(self) -> Cable:
        self._server = await asyncio.start_unix_server(self._join, self.path, limit=1 << 24)
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._server.close()
        self.cut()
        await asyncio.gather(*self._pairs, return_exceptions=True)

    def cut(self) -> None:
        """End all connections that there are; new ones are taken."""
        self.cuts += 1
        for writer in self._writers:
            writer.close()
        self._writers.clear()

    def hold(self) -> None:
        """Cut, and take no new connection until mended."""
        self._mended.clear()
        self.cut()

    def mend(self) -> None:
        self._mended.set()

    def cut_at(self, text: str) -> None:
        """Cut in place of the first line from the daemon with this text: it is swallowed."""
        self._cut_at = text.encode()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._pairs.add(task)
        await self._mended.wait()
        there, back = await asyncio.open_unix_connection(self._daemon, limit=1 << 24)
        self._writers += [writer, back]
        await asyncio.gather(self._pass(reader, back), self._pass(there, writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while line := await reader.readline():
                if self._cut_at and self._cut_at in line:
                    self._cut_at = b""
                    self.cut()
                    break
                writer.write(line.replace(*self.swap) if self.swap[0] else line)
                await writer.drain()
        writer.close()
