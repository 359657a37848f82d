"""Fax to mail: each call is answered as a fax machine, the pages go out by mail as a TIFF file.

    trunkd run -c examples/back-to-back.toml &
    python examples/faxmail.py --trunk exchange --to office@example.org --smtp localhost:25

With --to "{called}@fax.example.org" each number has its own recipient. Without a connection to the
mail server the file stays in --folder below the media directory, and the fault is logged.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import pathlib
import smtplib
import time
from email.message import EmailMessage

from trunkd.client import Call, Client, run
from trunkd.daemon.methods import Status


class FaxToMail:
    def __init__(self, given: argparse.Namespace, media: pathlib.Path) -> None:
        self.given = given
        self.media = media

    async def caller(self, call: Call) -> None:
        await call.answer()
        (self.media / self.given.folder).mkdir(parents=True, exist_ok=True)
        name = f"{self.given.folder}/{time.strftime('%Y%m%d-%H%M%S')}-{call.call_id}.tif"
        ended = await call.receive_fax(name, station=self.given.station)
        sender = ended.remote_id or call.calling or "unknown"
        print(f"call {call.call_id}: {ended.pages} pages from {sender}: {ended.text}", flush=True)
        with contextlib.suppress(TimeoutError):  # the sender hangs up, when it has disconnected
            await asyncio.wait_for(call.over(), 10)
        if not ended.pages:
            return
        message = EmailMessage()
        message["Subject"] = f"Fax from {sender}, {ended.pages} pages"
        message["From"] = self.given.sender
        message["To"] = self.given.to.format(called=call.called, calling=call.calling)
        message.set_content(f"{ended.pages} pages from {sender} to {call.called}: {ended.text}\n")
        path = self.media / name
        message.add_attachment(path.read_bytes(), "image", "tiff", filename=path.name)
        await asyncio.to_thread(self.send, message)
        print(f"call {call.call_id}: mailed to {message['To']}", flush=True)
        path.unlink()

    def send(self, message: EmailMessage) -> None:
        host, _, port = self.given.smtp.partition(":")
        with smtplib.SMTP(host, int(port or 25), timeout=60) as server:
            server.send_message(message)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--socket", help="of the daemon; left out: where it usually is")
    parser.add_argument("--trunk", default="", help="faxes come in here; empty: anywhere")
    parser.add_argument("--to", required=True, help="recipient; may hold {called} and {calling}")
    parser.add_argument("--sender", default="fax@localhost", help="From of the mail")
    parser.add_argument("--smtp", default="localhost:25", help="HOST:PORT of the mail server")
    parser.add_argument("--station", default="", help="our number, told to the other machine")
    parser.add_argument("--folder", default="fax", help="below the media directory")
    given = parser.parse_args()
    async with Client(given.socket, name="faxmail") as trunkd:
        media = pathlib.Path((await trunkd.request(Status())).media_dir)
        print("waiting for calls", flush=True)
        await trunkd.serve(FaxToMail(given, media).caller, given.trunk)


if __name__ == "__main__":
    run(main(), "faxmail")
