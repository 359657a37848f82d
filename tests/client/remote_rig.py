"""What the tests of remote daemons need: certificates by openssl, and a cable that can be cut."""

from __future__ import annotations

import asyncio
import contextlib
import pathlib
import subprocess

TOKEN = "0123456789abcdef0123456789abcdef"
_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def openssl(directory: pathlib.Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)


def authority(directory: pathlib.Path, name: str) -> None:
    """NAME.key and NAME.pem."""
    made = (*_KEY, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", "30")
    openssl(directory, "req", "-x509", *made, "-subj", f"/CN={name}")


def certificate(
    directory: pathlib.Path, name: str, by: str, host: str = "IP:127.0.0.1", days: int = 30
) -> None:
    """NAME.key and NAME.pem, signed by an authority, for a host."""
    (directory / f"{name}.san").write_text(f"subjectAltName={host}\n")
    wanted = (*_KEY, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
    openssl(directory, "req", *wanted)
    signed = ("-CA", f"{by}.pem", "-CAkey", f"{by}.key", "-CAcreateserial", "-days", str(days))
    to = ("-in", f"{name}.csr", "-out", f"{name}.pem", "-extfile", f"{name}.san")
    openssl(directory, "x509", "-req", *to, *signed)


def secret(path: pathlib.Path, token: str = TOKEN) -> pathlib.Path:
    """A token file."""
    path.write_text(token + "\n")
    path.chmod(0o640)
    return path


class Wire:
    """A TCP port that leads to another one, and that can be cut."""

    def __init__(self, address: str) -> None:
        self._scheme = address.partition("://")[0]
        self._there = ("", 0)
        self.lead_to(address)
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Wire:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.address = f"{self._scheme}://127.0.0.1:{port}"
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._server.close()
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def lead_to(self, address: str) -> None:
        """New connections go there."""
        host, _, port = address.partition("://")[2].rpartition(":")
        self._there = (host, int(port))

    def cut(self) -> None:
        """End all connections that there are; new ones are taken."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            there, back = await asyncio.open_connection(*self._there)
        except OSError:  # nobody is there now
            writer.transport.abort()
            return
        self._writers += [writer, back]
        await asyncio.gather(self._pass(reader, back), self._pass(there, writer))

    @staticmethod
    async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        writer.close()
