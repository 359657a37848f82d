"""trunkd.client to a daemon over TCP with a token and over TLS: that it comes back, and what it
says of tokens and certificates that are wrong."""

from __future__ import annotations

import asyncio
import pathlib
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from remote_rig import TOKEN, Wire, authority, certificate, secret
from test_reconnect import answered, run

from trunkd.client import BlockingClient, Client, Refused, Unreachable, Untrusted, events
from trunkd.daemon import methods as m
from trunkd.daemon.client import Client as Plain
from trunkd.daemon.client_address import Access, endpoint
from trunkd.errors import ConfigError, LocalError


class Far(NamedTuple):
    """A daemon by its remote addresses, and the folder of keys and certificates."""

    daemon: Any
    tcp: str
    token: str
    """TLS with a token."""
    mutual: str
    """TLS with a client's certificate."""
    expired: str
    elsewhere: str
    """Its certificate is another host's."""
    files: pathlib.Path

    def file(self, name: str) -> str:
        return str(self.files / name)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    made = tmp_path_factory.mktemp("tls")
    authority(made, "ca")
    authority(made, "foreign")
    for name, by, host, days in (
        ("daemon", "ca", "IP:127.0.0.1", 30),
        ("expired", "ca", "IP:127.0.0.1", -1),
        ("elsewhere", "ca", "DNS:pbx.example.org", 30),
        ("client", "ca", "DNS:client", 30),
        ("late", "ca", "DNS:client", -1),
        ("stranger", "foreign", "DNS:client", 30),
    ):
        certificate(made, name, by, host, days)
    secret(made / "token")
    secret(made / "wrong", "fedcba9876543210fedcba9876543210")
    return made


def listening(files: pathlib.Path, folder: pathlib.Path) -> str:
    """Rows of a configuration, in the order of Far."""
    token = f'token_file = "{files}/token"\n'
    row = '[[listen]]\naddress = "tls://127.0.0.1:0"\n'
    rows = f'[[listen]]\naddress = "tcp://127.0.0.1:0"\n{token}'
    for name, more in (
        ("daemon", token),
        ("daemon", f'client_ca = "{files}/ca.pem"\n'),
        ("expired", token),
        ("elsewhere", token),
    ):
        rows += f'{row}certificate = "{folder}/{name}.pem"\nkey = "{folder}/{name}.key"\n{more}'
    return rows


def listens(daemon: Any) -> list[str]:
    """Where it does, by its log."""
    return re.findall(r"listening on (\S+)", daemon.log_text())


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory, files: pathlib.Path) -> Iterator[Far]:
    from trunkd_daemon_fixtures_client import Daemon

    daemon = Daemon(tmp_path_factory.mktemp("d"), daemon=listening(files, files))
    yield Far(daemon, *listens(daemon), files)
    daemon.close()


@pytest.mark.parametrize("way", ["tcp", "token", "mutual"])
def test_cut_again_and_again_no_event_is_missed(far: Far, way: str) -> None:
    access: dict[str, Any] = {"token_file": far.file("token")}
    if way != "tcp":
        access["ca"] = far.file("ca.pem")
    if way == "mutual":
        access = {"ca": access["ca"], "certificate": far.file("client.pem")}
        access["key"] = far.file("client.key")

    async def work() -> None:
        async with (
            Wire(getattr(far, way)) as wire,
            Client(far.daemon.socket) as sees_all,
            Client(wire.address, name="far away", **access) as trunkd,
        ):
            assert not trunkd.local
            await trunkd.links_up()
            with trunkd.events() as theirs, sees_all.events() as all_:
                for n in range(4):
                    call, other = await answered(trunkd)
                    if n % 2:
                        wire.cut()
                    await call.hang_up()
                    await other.over()
                    wire.cut()
                last = await trunkd.request(m.Snapshot())
                expected, got = [], []
                while not expected or expected[-1] < last.seq:
                    expected.append((await anext(all_)).seq)
                while not got or got[-1] < last.seq:
                    got.append((await anext(theirs)).seq)
            begin = max(expected[0], got[0])
            assert [s for s in got if s >= begin] == [s for s in expected if s >= begin]
            assert got == list(range(got[0], got[0] + len(got)))
            assert trunkd.connections > 4 and not trunkd.resynchronised

    run(work())


def test_blocking_over_tls_with_a_token_from_the_environment(
    far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUNKD_TOKEN_FILE", far.file("token"))
    monkeypatch.setenv("TRUNKD_CA", far.file("ca.pem"))
    with BlockingClient(far.token) as trunkd:
        trunkd.links_up()
        with trunkd.events(events.Delivered, direction="in") as ringing:
            call = trunkd.make_call("100", "trunk/pstn")
            ring = ringing.next(90)
        assert ring is not None
        trunkd.request(m.AnswerCall(call_id=ring.call_id))
        assert call.answered().state == "connected"
        call.hang_up()


def test_blocking_comes_back_over_tls(far: Far) -> None:
    """The cable is in a loop of its own, as a network is."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def there(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(90)

    wire = there(Wire(far.token).__aenter__())
    try:
        with BlockingClient(wire.address, token=TOKEN, ca=far.file("ca.pem")) as trunkd:
            trunkd.links_up()
            for n in range(1, 4):
                loop.call_soon_threadsafe(wire.cut)
                with trunkd.events(events.Delivered, direction="in") as ringing:
                    call = trunkd.make_call("100", "trunk/pstn")
                    assert ringing.next(90) is not None, n
                call.hang_up()
            assert trunkd.client.connections > 1 and not trunkd.client.resynchronised
    finally:
        there(wire.__aexit__())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


WRONG: list[tuple[str, dict[str, str], type[Exception], str]] = [
    ("tcp", {"token": "x" * 32}, Refused, "token file"),
    ("tcp", {}, Refused, "token"),
    ("tcp", {"token_file": "{}/wrong"}, Refused, "token file"),
    ("tcp", {"token_file": "{}/missing"}, ConfigError, "missing cannot be read"),
    ("token", {"ca": "{}/ca.pem"}, Refused, "TRUNKD_TOKEN"),
    ("token", {"ca": "{}/ca.pem", "token": "x" * 32}, Refused, "token file"),
    ("token", {"token": TOKEN}, Untrusted, "TRUNKD_CA"),
    ("token", {"token": TOKEN, "ca": "{}/foreign.pem"}, Untrusted, "TRUNKD_CA"),
    ("token", {"token": TOKEN, "ca": "{}/nothing.pem"}, ConfigError, "nothing.pem: make it"),
    ("token", {"token": TOKEN, "ca": "{}/token"}, ConfigError, "no PEM file"),
    ("expired", {"token": TOKEN, "ca": "{}/ca.pem"}, Untrusted, "its certificate has expired"),
    ("elsewhere", {"token": TOKEN, "ca": "{}/ca.pem"}, Untrusted, "is not for '127.0.0.1'"),
    ("mutual", {"ca": "{}/ca.pem"}, Untrusted, "TRUNKD_CERTIFICATE"),
    (
        "mutual",
        {"ca": "{}/ca.pem", "certificate": "{}/client.pem", "key": "{}/daemon.key"},
        ConfigError,
        "the key that of the certificate",
    ),
]


@pytest.mark.parametrize(("way", "access", "kind", "words"), WRONG)
def test_what_is_wrong_is_said_with_its_remedy(
    far: Far, way: str, access: dict[str, str], kind: type[Exception], words: str
) -> None:
    given = {name: text.replace("{}", str(far.files)) for name, text in access.items()}
    with pytest.raises(kind) as caught:
        BlockingClient(getattr(far, way), **given)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "it is damaged"),
        ("", "NO_CERTIFICATE"),
        (None, "mem cannot be read (Input/output error)"),  # for root, too
    ],
)
@pytest.mark.parametrize("kind", [BlockingClient, Plain])
def test_an_authoritys_file_that_cannot_be_used(
    tmp_path: pathlib.Path, kind: Any, text: str | None, words: str
) -> None:
    ca = tmp_path / "ca.pem"
    if text is None:
        ca = pathlib.Path("/proc/self/mem")
    else:
        ca.write_text(text)
    given = {"access": Access(TOKEN, str(ca))} if kind is Plain else {"token": TOKEN, "ca": str(ca)}
    with pytest.raises(ConfigError) as caught:
        kind("tls://127.0.0.1:1", **given)
    assert words in str(caught.value) and "None" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("tls://127.0.0.1:99999", "a port is 1 to 65535"),
        ("tcp://127.0.0.1:0", "a port is 1 to 65535"),
        ("tcp://127.0.0.1:\u00b2", "tls://HOST:PORT"),
        ("tcp://[::1:5", "[::1]:PORT"),
        ("tcp://::1]:5", "[::1]:PORT"),
        ("tcp://::1:5", "[::1]:PORT"),
        ("tcp://[]:5", "tls://HOST:PORT"),
        ("tls://:9621", "tls://HOST:PORT"),
        ("tls://pbx..example.org:9621", "tls://HOST:PORT"),
        (f"tls://{'x' * 64}:9621", "tls://HOST:PORT"),
        ("tls://a b:9621", "tls://HOST:PORT"),
        ("tls://user@pbx:9621/path", "tls://HOST:PORT"),
    ],
)
@pytest.mark.parametrize("kind", [BlockingClient, Plain])
def test_an_address_that_is_none(kind: Any, address: str, words: str) -> None:
    with pytest.raises(LocalError) as caught:
        kind(address)
    assert words in str(caught.value) and address in str(caught.value)


def test_addresses_that_are_some() -> None:
    for address, found in (
        ("tcp://[::1]:5", ("::1", 5)),
        ("tls://[fe80::1%eth0]:65535", ("fe80::1%eth0", 65535)),
        ("tls://b\u00fcro.example.org:9621", ("b\u00fcro.example.org", 9621)),
        ("tcp://localhost:1", ("localhost", 1)),
    ):
        assert endpoint(address) == found


@pytest.mark.parametrize(
    ("way", "name", "half", "words"),
    [
        ("tcp", "token", None, "token cannot be read"),
        ("tcp", "token", "0123", "is shorter than"),
        ("token", "ca.pem", "", "no PEM file of certificates"),
        ("mutual", "client.key", None, "client.key: make it"),
    ],
)
def test_files_that_are_being_renewed_are_waited_for(
    far: Far,
    tmp_path: pathlib.Path,
    caplog: pytest.LogCaptureFixture,
    way: str,
    name: str,
    half: str | None,
    words: str,
) -> None:
    """The client comes back while one is missing, or is there by half: once told, tried again."""
    access: dict[str, str] = {}
    for key, used in {
        "tcp": {"token_file": "token"},
        "token": {"token_file": "token", "ca": "ca.pem"},
        "mutual": {"ca": "ca.pem", "certificate": "client.pem", "key": "client.key"},
    }[way].items():
        file = tmp_path / used
        file.write_bytes((far.files / used).read_bytes())
        file.chmod(0o600)
        access[key] = str(file)
    renewed, whole = tmp_path / name, (far.files / name).read_bytes()

    async def work() -> None:
        async with Wire(getattr(far, way)) as wire, Client(wire.address, **access) as trunkd:
            for times in (1, 2):
                if half is None:
                    renewed.rename(tmp_path / "aside")
                else:
                    renewed.write_text(half)
                wire.cut()
                waiting = asyncio.ensure_future(trunkd.request(m.Status()))
                while caplog.text.count(words) < times:
                    await asyncio.wait([waiting], timeout=0.01)
                    if waiting.done():
                        await waiting  # the client has ended
                if half is None:
                    (tmp_path / "aside").rename(renewed)
                else:
                    renewed.write_bytes(whole)
                assert (await waiting).pid == far.daemon.process.pid
                assert caplog.text.count(words) == times

    run(work())


@pytest.mark.parametrize("name", ["late", "stranger"])
def test_a_clients_certificate_that_is_not_good(far: Far, name: str) -> None:
    """The daemon closes the connection: what it may mean is said, with the command that tells."""
    pem, key = far.file(f"{name}.pem"), far.file(f"{name}.key")
    with pytest.raises(Untrusted) as caught:
        BlockingClient(far.mutual, ca=far.file("ca.pem"), certificate=pem, key=key)
    text = str(caught.value)
    assert "client_ca" in text and f"-in {pem}" in text


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("late", "our certificate has expired"),
        ("stranger", "does not trust our certificate"),
        ("", "wants a client's certificate"),
    ],
)
def test_alerts_of_openssl_are_understood(far: Far, name: str, words: str) -> None:
    """A server that says why it ends a handshake: openssl's own."""
    server = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-Verify", "1"]
    server += ["-verify_return_error", "-CAfile", "ca.pem", "-cert", "daemon.pem"]
    text = "perhaps"
    while "perhaps" in text:  # it had closed before our hello: the alert came too late
        text = refused_by([*server, "-key", "daemon.key", "-naccept", "1"], far, name)
    assert words in text


def refused_by(command: list[str], far: Far, name: str) -> str:
    with subprocess.Popen(
        command,
        cwd=far.files,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        try:
            line = next(x for x in process.stdout if x.startswith(b"ACCEPT"))
            address = f"tls://127.0.0.1:{int(line.rpartition(b':')[2])}"
            access = {"certificate": far.file(f"{name}.pem"), "key": far.file(f"{name}.key")}
            with pytest.raises(Untrusted) as caught:
                BlockingClient(address, ca=far.file("ca.pem"), **(access if name else {}))
        finally:
            process.kill()
    return str(caught.value)


def test_tls_where_none_is_spoken_and_the_other_way_round(far: Far) -> None:
    with pytest.raises(Unreachable) as caught:
        BlockingClient(far.token.replace("tls://", "tcp://"), token=TOKEN)
    assert "tls://" in str(caught.value)
    with socket.create_server(("127.0.0.1", 0)) as plain:
        port = plain.getsockname()[1]

        def greet() -> None:
            there, _ = plain.accept()
            with there:
                there.sendall(b'{"jsonrpc":"2.0","id":null,"error":{"code":-32700}}\n')
                there.recv(1 << 16)

        thread = threading.Thread(target=greet)
        thread.start()
        with pytest.raises(Unreachable) as caught:
            BlockingClient(f"tls://127.0.0.1:{port}", token=TOKEN, ca=far.file("ca.pem"))
        thread.join()
    assert f"tcp://127.0.0.1:{port}" in str(caught.value)
    with pytest.raises(Unreachable) as caught:
        BlockingClient(f"tls://127.0.0.1:{port}", token=TOKEN, ca=far.file("ca.pem"))
    assert "[[listen]]" in str(caught.value)
    with pytest.raises(LocalError, match="tls://HOST:PORT"):
        BlockingClient("tls://nowhere", token=TOKEN)


def test_a_certificate_that_expires_is_told_and_a_new_one_is_taken(
    files: pathlib.Path, tmp_path: pathlib.Path, start_daemon: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """The daemon is started anew with an expired certificate, then with a good one: the client
    says what is wrong, goes on trying, and takes the calls up again."""

    def put(name: str) -> None:
        for end in ("pem", "key"):
            (tmp_path / f"daemon.{end}").write_bytes((files / f"{name}.{end}").read_bytes())

    row = (
        f'[[listen]]\naddress = "tls://127.0.0.1:0"\ntoken_file = "{files}/token"\n'
        f'certificate = "{tmp_path}/daemon.pem"\nkey = "{tmp_path}/daemon.key"\n'
    )
    put("daemon")
    first = start_daemon(daemon=row)
    later: list[Any] = []

    def again(name: str) -> str:
        (later[-1] if later else first).stop()
        put(name)
        later.append(type(first)(first.directory, daemon=row))
        return listens(later[-1])[-1]

    async def work() -> None:
        access = {"token_file": str(files / "token"), "ca": str(files / "ca.pem")}
        async with Wire(listens(first)[-1]) as wire, Client(wire.address, **access) as trunkd:
            await trunkd.links_up()
            wire.lead_to(await asyncio.to_thread(again, "expired"))
            while "its certificate has expired" not in caplog.text:
                await asyncio.sleep(0.01)
            waiting = asyncio.ensure_future(trunkd.request(m.Status()))
            wire.lead_to(await asyncio.to_thread(again, "daemon"))
            assert (await waiting).pid == later[-1].process.pid
            assert caplog.text.count("its certificate has expired") == 1
            assert not trunkd.resynchronised

    try:
        run(work())
    finally:
        for daemon in later:
            daemon.close()
