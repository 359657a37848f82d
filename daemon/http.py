"""Just enough HTTP/1.1 to be scraped: GET /metrics and GET /health, one request a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

_TIMEOUT: Final = 10.0
_MAX_HEAD: Final = 16 * 1024

Page = Callable[[], Awaitable[tuple[str, bytes]]]
"""Makes content type and body."""


class HttpServer:
    """Serves ``pages`` by path."""

    def __init__(self, pages: dict[str, Page]) -> None:
        self._pages = pages
        self._server: asyncio.Server | None = None

    async def listen(self, host: str, port: int) -> int:
        """Listen; the port, which is chosen by the system for port 0. OSError when it cannot."""
        self._server = await asyncio.start_server(self._serve, host, port, limit=_MAX_HEAD)
        found: int = self._server.sockets[0].getsockname()[1]
        return found

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _TIMEOUT)
            writer.write(await self._answer(head))
            await asyncio.wait_for(writer.drain(), _TIMEOUT)
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever it was, it is gone or speaks no HTTP
        finally:
            writer.close()

    async def _answer(self, head: bytes) -> bytes:
        parts = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
            return _response("400 Bad Request", "text/plain", b"this is no HTTP request\n")
        method, path = parts[0], parts[1].split("?")[0]
        page = self._pages.get(path)
        if page is None:
            text = f"there is {' and '.join(self._pages)} here\n".encode()
            return _response("404 Not Found", "text/plain", text)
        if method not in ("GET", "HEAD"):
            return _response("405 Method Not Allowed", "text/plain", b"GET only\n")
        kind, body = await page()
        return _response("200 OK", kind, body, method == "HEAD")


def _response(status: str, kind: str, body: bytes, head_only: bool = False) -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    ).encode()
    return head if head_only else head + body
