"""The wire over TCP with a token, and over TLS with certificates made here by openssl."""

from __future__ import annotations

import asyncio
import json
import os
import pathlib
import re
import socket
import ssl
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from conftest import App, Daemon

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import methods_session as ms
from trunkd.daemon.client import Client, Refused, Unreachable
from trunkd.daemon.client_address import Access
from trunkd.daemon.client_async import AsyncClient
from trunkd.daemon.config_check import loads
from trunkd.daemon.config_read import BadConfig
from trunkd.daemon.methods_media import OpenAudio

TOKEN = "0123456789abcdef0123456789abcdef"
OTHER = "fedcba9876543210fedcba9876543210"


def addresses(daemon: Daemon) -> list[str]:
    """Where it listens, by its log: port 0 means one that nobody has."""
    return re.findall(r"listening on (\S+)", daemon.log_text())


def token_file(directory: pathlib.Path, name: str = "token", token: str = TOKEN) -> pathlib.Path:
    path = directory / name
    path.write_text(token + "\n")
    path.chmod(0o640)
    return path


@pytest.fixture(scope="module")
def tcp(tmp_path_factory: pytest.TempPathFactory):
    directory = tmp_path_factory.mktemp("tcp")
    folder = tmp_path_factory.mktemp("tokens")
    text = (
        f'[[listen]]\naddress = "tcp://127.0.0.1:0"\ntoken_file = "{token_file(folder)}"\n'
        '[[role]]\nname = "observe"\n'
        f'token_file = "{token_file(folder, "look", OTHER)}"\n'
    )
    daemon = Daemon(directory, daemon=text)
    yield daemon, *addresses(daemon)
    daemon.close()


def test_the_whole_contract_over_tcp(tcp: tuple[Daemon, str]) -> None:
    _, address = tcp
    with Client(address, access=Access(TOKEN)) as client:
        app = App(client)
        app.links_up()
        out, into = app.connect()
        welcome = client.call(m.Hello(session="far", client="far away"))
        assert welcome.role == "operate" and "descriptors" not in welcome.features
        with pytest.raises(Refused) as caught:
            client.open_audio(OpenAudio(call_id=out))
        assert "Unix socket" in str(caught.value)
        with pytest.raises(Refused) as caught:
            client.call(m.Shutdown())
        assert caught.value.data["role"] == "administer"
        app.hang_up(out, into)
        (me,) = [c for c in client.call(ms.ClientsOf()).clients if c.session == "far"]
        assert (me.by, me.uid, me.name) == ("tcp", -1, "far away")
        assert me.address.startswith("127.0.0.1:")


def test_a_token_has_its_role(tcp: tuple[Daemon, str]) -> None:
    with Client(tcp[1], access=Access(OTHER)) as client:
        assert client.call(m.Calls()).calls == []
        with pytest.raises(Refused) as caught:
            client.call(m.MakeCall(called="1"))
        assert caught.value.word == "denied"


def test_without_the_token_nothing_can_be_done(tcp: tuple[Daemon, str]) -> None:
    daemon, address = tcp
    port = int(address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), 60) as sock, sock.makefile("rb") as file:
        for method in ("calls", "makeCall", "shutdown", "fly"):
            line = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {}}
            sock.sendall(json.dumps(line).encode() + b"\n")
            answer = json.loads(file.readline())
            assert answer["error"]["data"]["error"] in ("denied", "methodNotFound")
        guess = b'{"jsonrpc":"2.0","id":2,"method":"hello","params":{"token":"%b"}}\n'
        sock.sendall(b"".join(guess % token for token in (b"guess", TOKEN.encode())))
        for _ in range(2):  # one try a connection
            assert json.loads(file.readline())["error"]["data"]["error"] == "denied"
        assert file.readline() == b"", "and it is closed"
    with pytest.raises(Refused):
        Client(address, access=Access("x" * 32))
    assert daemon.client().call(m.Status()).pid == daemon.process.pid


def test_commands_over_tcp(tcp: tuple[Daemon, str]) -> None:
    command = [sys.executable, "-m", "trunkd", "--socket", tcp[1], "clients", "--json"]
    environment = {"PATH": "/usr/bin:/bin", "TRUNKD_TOKEN": TOKEN}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["clients"][-1]["by"] == "tcp"
    del environment["TRUNKD_TOKEN"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "token" in done.stderr


def test_asyncio_over_tcp(tcp: tuple[Daemon, str]) -> None:
    async def ask() -> int:
        client = await AsyncClient.connect(tcp[1], Access(TOKEN))
        try:
            return int((await client.call(m.Status(), key="unused")).pid)
        finally:
            await client.close()

    assert asyncio.run(ask()) == tcp[0].process.pid


# TLS


def openssl(directory: pathlib.Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """An authority, and certificates of a daemon on 127.0.0.1 and of a client."""
    made = tmp_path_factory.mktemp("tls")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    authority = (*key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=lab")
    openssl(made, "req", "-x509", *authority)
    (made / "san").write_text("subjectAltName=IP:127.0.0.1\n")
    for name in ("daemon", "client"):
        wanted = (*key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        openssl(made, "req", *wanted)
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30")
        to = ("-in", f"{name}.csr", "-out", f"{name}.pem", "-extfile", "san")
        openssl(made, "x509", "-req", *to, *signed)
    return made


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory, certificates: pathlib.Path):
    directory = tmp_path_factory.mktemp("d")
    row = (
        '[[listen]]\naddress = "tls://127.0.0.1:0"\n'
        f'certificate = "{certificates}/daemon.pem"\nkey = "{certificates}/daemon.key"\n'
    )
    text = row + f'token_file = "{token_file(certificates)}"\n'
    text += row + f'client_ca = "{certificates}/ca.pem"\n'
    daemon = Daemon(directory, daemon=text + 'role = "administer"\n')
    yield daemon, *addresses(daemon)
    daemon.close()


def test_calls_and_events_over_tls(
    tls: tuple[Daemon, str, str], certificates: pathlib.Path
) -> None:
    access = Access(TOKEN, str(certificates / "ca.pem"))
    with Client(tls[1], access=access) as client:
        app = App(client)
        app.links_up()
        for _ in range(5):
            out, into = app.connect()
            app.hang_up(out, into)
        numbers = [e.seq for e in app.seen]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        # Much at once: what TLS has taken from the socket already is read, too.
        assert len(client.call(m.Channels()).channels) == 60
        client.call(m.Subscribe(after=0))
        first = client.next_event(60)
        assert isinstance(first, ev.Event) and first.seq == 1


def test_a_certificate_is_enough_where_it_is_asked_for(
    tls: tuple[Daemon, str, str], certificates: pathlib.Path
) -> None:
    ca, pem, key = (str(certificates / name) for name in ("ca.pem", "client.pem", "client.key"))
    with Client(tls[2], access=Access(ca=ca, certificate=pem, key=key)) as client:
        assert client.call(m.Hello()).role == "administer"
        (me,) = client.call(ms.ClientsOf()).clients
        assert me.by == "tls" and me.address.endswith("(client)")
    with pytest.raises((Unreachable, OSError)), Client(tls[2], access=Access(ca=ca)) as client:
        client.call(m.Calls())
    assert tls[0].client().call(m.Status()).pid == tls[0].process.pid


def test_wrong_authority_old_versions_and_plain_text_get_nowhere(
    tls: tuple[Daemon, str, str], certificates: pathlib.Path
) -> None:
    with pytest.raises(Unreachable):
        Client(tls[1], access=Access(TOKEN))  # the system knows nothing of our authority
    port = int(tls[1].rpartition(":")[2])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(certificates / "ca.pem")
    with (
        socket.create_connection(("127.0.0.1", port), 60) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as sock,
    ):
        assert sock.version() in ("TLSv1.2", "TLSv1.3")
    old = ("-tls1_1", "-cipher", "ALL:@SECLEVEL=0", "-connect", f"127.0.0.1:{port}")
    openssl_client = subprocess.run(
        ["openssl", "s_client", *old],
        input=b"",
        capture_output=True,
        check=False,
    )
    assert openssl_client.returncode != 0, "TLS 1.1 is refused"
    with socket.create_connection(("127.0.0.1", port), 60) as plain:
        plain.sendall(b'{"jsonrpc":"2.0","id":1,"method":"calls"}\n' * 50)
        data = b""
        try:
            while more := plain.recv(4096):
                data += more
        except ConnectionResetError:
            pass
        assert b"result" not in data


# Configurations


ROW = """\
[[board]]
name = "b0"
address = "sim://lab"
[[listen]]
address = "{address}"
{more}
"""


@pytest.mark.parametrize(
    ("address", "more", "words"),
    [
        ("tcp://0.0.0.0:9620", 'token_file = "/t"', "reached from outside"),
        ("tcp://0.0.0.0:9620", 'token_file = "/t"\npublic = true', "reached from outside"),
        ("tls://0.0.0.0:9620", 'token_file = "/t"\ncertificate="/c"\nkey="/k"', "public = true"),
        ("tls://127.0.0.1:9620", 'token_file = "/t"', "certificate"),
        ("tls://127.0.0.1:9620", 'certificate="/c"\nkey="/k"', "anybody could connect"),
        ("tcp://127.0.0.1:9620", "", "anybody could connect"),
        ("tcp://127.0.0.1:9620", 'token_file = "t"', "is not absolute"),
        ("tcp://127.0.0.1:9620", 'token_file = "/t"\nclient_ca = "/c"', "no such key"),
        ("udp://127.0.0.1:9620", 'token_file = "/t"', "is no address"),
        ("tcp://somewhere:9620", 'token_file = "/t"', "somewhere"),
        ("tcp://127.0.0.1:99999", 'token_file = "/t"', "99999"),
    ],
)
def test_unsafe_rows_are_refused(address: str, more: str, words: str) -> None:
    with pytest.raises(BadConfig) as caught:
        loads(ROW.format(address=address, more=more))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("mode", "token", "words"), [(0o644, TOKEN, "chmod 0640"), (0o600, "short", "shorter than 16")]
)
def test_token_files_that_are_no_secret(
    tmp_path: pathlib.Path, mode: int, token: str, words: str
) -> None:
    path = token_file(tmp_path, token=token)
    path.chmod(mode)
    text = f'[[listen]]\naddress = "tcp://127.0.0.1:0"\ntoken_file = "{path}"\n'
    with pytest.raises(AssertionError) as caught:
        Daemon(tmp_path, daemon=text)
    assert words in str(caught.value)


def test_nothing_listens_unless_it_is_asked_to(daemon: Daemon, app: App) -> None:
    """Of TCP sockets the daemon has that of the metrics alone."""
    descriptors = pathlib.Path(f"/proc/{daemon.process.pid}/fd")
    mine = set()
    for link in descriptors.iterdir():
        try:
            mine.add(os.readlink(link))
        except FileNotFoundError:
            continue
    rows = pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]
    listening = [r.split() for r in rows if r.split()[3] == "0A"]
    assert len([r for r in listening if f"socket:[{r[9]}]" in mine]) == 1
