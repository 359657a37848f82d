"""examples/faxmail.py: a fax that is received goes out by mail."""

from __future__ import annotations

import email
import pathlib
import socket
import sys
import threading

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "daemon"))
from example import running, since
from fax_rig import read_pages, text_page, write_tiff

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import methods_media as mm


class MailServer(threading.Thread):
    """One mail by SMTP (RFC 5321), as far as smtplib speaks it."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.recipients: list[str] = []
        self.mail = b""
        self.start()

    def run(self) -> None:
        with self.socket:
            connection, _ = self.socket.accept()
        with connection, connection.makefile("rwb") as file:

            def say(text: str) -> None:
                file.write(text.encode() + b"\r\n")
                file.flush()

            say("220 here")
            for line in file:
                word = line.decode().strip().upper()
                if word.startswith("RCPT"):
                    self.recipients.append(line.decode().strip())
                if word == "DATA":
                    say("354 go on")
                    lines = iter(file.readline, b".\r\n")
                    self.mail = b"".join(x.removeprefix(b".") for x in lines)
                say("221 bye" if word == "QUIT" else "250 ok")
                if word == "QUIT":
                    return


@pytest.mark.peer
def test_a_page_by_mail(daemon, app) -> None:
    media = daemon.directory / "media"
    page = text_page(1)
    write_tiff(media / "out.tif", [page])
    server = MailServer()
    arguments = ("--to", "{called}@fax.example.org", "--smtp", f"127.0.0.1:{server.port}")
    with running("faxmail.py", daemon, "--trunk", "exchange", *arguments) as faxmail:
        faxmail.line("waiting for calls")
        mark = len(app.seen)
        call = app.call(m.MakeCall(called="77", calling="21", device="trunk/pstn")).call_id
        since(app, mark, ev.Established, call_id=call)
        app.call(mm.SendFax(call_id=call, file="out.tif", station="+49 1"))
        ended = app.wait(ev.FaxEnded, call_id=call, timeout=300)
        assert ended.ok and ended.pages == 1
        app.call(m.ClearConnection(call_id=call))
        faxmail.line("1 pages from +49 1")
        faxmail.line("mailed to 77@fax.example.org")
        since(app, mark, ev.ConnectionCleared, call_id=call)
    server.join(90)
    assert server.recipients == ["rcpt TO:<77@fax.example.org>"]
    message = email.message_from_bytes(server.mail)
    assert message["Subject"] == "Fax from +49 1, 1 pages"
    (tiff,) = [part for part in message.walk() if part.get_content_type() == "image/tiff"]
    received = media / "received.tif"
    received.write_bytes(tiff.get_payload(decode=True))
    assert [p.pixels for p in read_pages(received)] == [page.pixels]
