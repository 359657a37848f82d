"""An agent's desktop in the browser: click to dial, and a screen pop for each call that comes in.

    trunkd run -c examples/back-to-back.toml &
    python examples/agent.py --phone trunk/exchange,301 --device trunk/exchange --trunk exchange \\
        --customers customers.csv --port 8080        # then open http://127.0.0.1:8080/

A click (POST /dial?NUMBER) calls the agent's own telephone; when it is answered the number is
called, and both talk. What goes on is told to the page (GET /pops, server-sent events) as it
happens, with the customer's row of a CSV file with a column `number`.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import pathlib
from urllib.parse import unquote

from trunkd.client import CallEnded, Client, Refused, events, run

PAGE = """<!doctype html><title>Agent</title><h1>Agent</h1>
<form onsubmit="fetch('/dial?'+n.value,{method:'POST'});return false"><input id=n>
<button>Dial</button></form><pre id=l></pre>
<script>new EventSource('/pops').onmessage=e=>l.prepend(e.data+'\n')</script>"""


class Desktop:
    def __init__(self, trunkd: Client, given: argparse.Namespace) -> None:
        self.trunkd = trunkd
        self.given = given
        self.pages: set[asyncio.StreamWriter] = set()
        rows = pathlib.Path(given.customers).read_text().splitlines() if given.customers else []
        self.customers = {row["number"]: row for row in csv.DictReader(rows)}

    def pop(self, what: str, number: str) -> None:
        told = {"what": what, "number": number, "customer": self.customers.get(number)}
        print(json.dumps(told), flush=True)
        for page in self.pages:
            page.write(f"data: {json.dumps(told)}\n\n".encode())

    async def watch(self) -> None:
        with self.trunkd.events(events.Delivered, direction="in") as rings:
            async for ring in rings:
                if self.given.trunk in ("", ring.device.split("/")[1]):
                    self.pop("rings", ring.calling)

    async def dial(self, number: str) -> None:
        device, _, mine = self.given.phone.partition(",")
        try:
            async with await self.trunkd.make_call(mine, device, calling=number) as agent:
                await agent.answered()
                self.pop("dialling", number)
                customer = await agent.add(called=number, device=self.given.device)
                await agent.while_up(customer.answered())
                self.pop("connected", number)
                await agent.while_up(customer.over())
        except (CallEnded, Refused) as ended:
            self.pop(str(ended), number)
        self.pop("over", number)

    async def request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method, target, *_ = (await reader.readline()).decode().split(" ")
        while (await reader.readline()).strip():
            pass
        path, _, argument = target.partition("?")
        kind, body, status = "text/html", PAGE, "200 OK"
        if (method, path) == ("GET", "/pops"):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
            self.pages.add(writer)
            await reader.read()
            self.pages.discard(writer)
        elif (method, path) == ("POST", "/dial"):
            self.trunkd.spawn(self.dial(unquote(argument)))
            kind, body, status = "text/plain", "", "202 Accepted"
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write((head + body).encode())
        writer.close()


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--socket", help="of the daemon; left out: where it usually is")
    parser.add_argument("--phone", required=True, help="the agent's: DEVICE,NUMBER")
    parser.add_argument("--device", default="", help="where customers are called")
    parser.add_argument("--trunk", default="", help="calls that come in here are shown")
    parser.add_argument("--customers", help="CSV file")
    parser.add_argument("--port", default=8080)
    given = parser.parse_args()
    async with Client(given.socket, name="agent") as trunkd:
        desktop = Desktop(trunkd, given)
        server = await asyncio.start_server(desktop.request, "127.0.0.1", given.port)
        print(server.sockets[0].getsockname()[1], flush=True)
        await desktop.watch()


if __name__ == "__main__":
    run(main(), "agent")
