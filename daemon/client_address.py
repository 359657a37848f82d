"""Where a daemon is: the path of its socket, ``tcp://HOST:PORT`` or ``tls://HOST:PORT``."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Final, NamedTuple

from ..errors import ConfigError, LocalError
from .token_file import read_token

if TYPE_CHECKING:  # 7 ms of each command's start
    import ssl


_NAMES: Final = (
    "TRUNKD_TOKEN",
    "TRUNKD_CA",
    "TRUNKD_CERTIFICATE",
    "TRUNKD_KEY",
    "TRUNKD_TOKEN_FILE",
)
_LAST_PORT: Final = 65535


class Access(NamedTuple):
    """What a remote daemon asks for, and how to know it. What is empty is taken from
    $TRUNKD_TOKEN, $TRUNKD_CA, $TRUNKD_CERTIFICATE, $TRUNKD_KEY and $TRUNKD_TOKEN_FILE."""

    token: str = ""
    ca: str = ""
    """PEM file of who signed the daemon's certificate; else the system's."""
    certificate: str = ""
    key: str = ""
    """PEM file; empty: it is in that of the certificate."""
    token_file: str = ""
    """Holds the token in its first line, instead of ``token``; readable by nobody else."""

    def filled(self) -> Access:
        return Access(
            *(given or os.environ.get(n, "") for given, n in zip(self, _NAMES, strict=True))
        )

    def word(self) -> str:
        """The token; ConfigError where its file cannot be used. A file is read each time: its
        token may be another one by now."""
        return self.token or (read_token(self.token_file) if self.token_file else "")

    def context(self) -> ssl.SSLContext:
        """TLS 1.2 at least; the daemon's certificate must be for the host that was named."""
        import ssl

        for path in (self.ca, self.certificate, self.key):
            if path:
                _check(path)
        try:
            context = ssl.create_default_context(cafile=self.ca or None)
        except OSError as exc:
            why = getattr(exc, "reason", "") or "it is damaged"
            raise ConfigError(
                f"{self.ca} is no PEM file of certificates ({why}): name another"
            ) from exc
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.certificate:
            try:
                context.load_cert_chain(self.certificate, self.key or None)
            except OSError as exc:
                raise ConfigError(
                    f"{self.certificate}, {self.key or 'no key'}: {exc}: both must be PEM, and the"
                    " key that of the certificate"
                ) from exc
        return context


def is_remote(address: str) -> bool:
    return address.startswith(("tcp://", "tls://"))


def _check(path: str) -> None:
    """ConfigError where there is no file that can be read."""
    if not os.path.isfile(path):
        raise ConfigError(f"there is no file {path}: make it, or name another")
    try:
        with open(path, "rb") as file:
            file.read(1)
    except OSError as exc:
        raise ConfigError(
            f"{path} cannot be read ({exc.strerror}): `ls -l {path}` shows who may read it"
        ) from exc


def endpoint(address: str) -> tuple[str, int]:
    """Host and port; LocalError where it has none."""
    host, colon, port = address.partition("://")[2].rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if bracketed:
        host = host[1:-1]
    if not colon or not _is_host(host, bracketed) or not (port.isascii() and port.isdigit()):
        raise LocalError(
            f"'{address}': write it as tcp://127.0.0.1:9620, tls://HOST:PORT or tls://[::1]:PORT"
        )
    if not 1 <= int(port[:9]) <= _LAST_PORT:
        raise LocalError(
            f"'{address}': a port is 1 to {_LAST_PORT}; trunkd's own are 9620 and 9621"
        )
    return host, int(port)


def _is_host(host: str, bracketed: bool) -> bool:
    """What names and addresses are made of; an IPv6 address is in brackets (RFC 3986, 3.2.2)."""
    if not host.isprintable() or any(c in host for c in " []/") or (":" in host) != bracketed:
        return False
    try:
        return bool(host.encode("idna"))  # as getaddrinfo does: no empty label, none too long
    except UnicodeError:
        return False


def connect(address: str, timeout: float, access: Access) -> socket.socket:
    """A connected socket; OSError (ssl.SSLError among that) where it cannot be had, ConfigError
    and LocalError where ``access`` or the address are wrong."""
    if not is_remote(address):
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(timeout)
        try:
            sock.connect(address)
        except OSError:
            sock.close()
            raise
        return sock
    host, port = endpoint(address)
    secure = access.context() if address.startswith("tls://") else None
    sock = socket.create_connection((host, port), timeout)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if secure is None:
        return sock
    try:
        return secure.wrap_socket(sock, server_hostname=host)
    except OSError:
        sock.close()
        raise


def receive(sock: socket.socket, octets: int, flags: int) -> tuple[bytes, list[int]]:
    """What has come, with the descriptors that came with it; BlockingIOError: nothing whole has.
    b"": the far end closed. Descriptors come over Unix sockets only."""
    if type(sock) is socket.socket:
        data, passed, _, _ = socket.recv_fds(sock, octets, 8, flags)
        return data, passed
    import ssl

    assert isinstance(sock, ssl.SSLSocket)
    try:
        data = sock.recv(octets)
        while sock.pending():  # what TLS has taken from the socket already, poll does not see
            data += sock.recv(octets)
    except (ssl.SSLWantReadError, TimeoutError) as exc:
        raise BlockingIOError from exc
    except ssl.SSLZeroReturnError:
        return b"", []
    return data, []
