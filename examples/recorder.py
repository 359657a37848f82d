"""Records every call of a trunk, and lets a supervisor listen, coach the agent, or barge in.

    trunkd run -c examples/back-to-back.toml &
    python examples/recorder.py --trunk exchange --supervisors 7000 --folder recordings

Each call that is answered is recorded, both directions, into FOLDER/CALL-CALLER-CALLED.wav below
the media directory. A supervisor calls --supervisors, enters the number of a call and #, and hears
it; then 4 is to listen only, 5 to be heard by our own side (the agent) alone, 6 to be heard by
all, * to leave it and choose another one.
"""

from __future__ import annotations

import argparse

from trunkd.client import Call, CallEnded, Client, Refused, Role, events, run, tone
from trunkd.daemon.methods import SnapshotCall
from trunkd.daemon.methods_media import RecordMessage

ROLES: dict[str, Role] = {"4": "monitor", "5": "coach", "6": "talk"}


class Recorder:
    def __init__(self, trunkd: Client, given: argparse.Namespace) -> None:
        self.trunkd = trunkd
        self.given = given

    async def record_all(self) -> None:
        with self.trunkd.events(events.Established) as answered:
            for call in list(self.trunkd.calls.values()):  # those that were there before us
                if call.state in ("connected", "hold"):
                    await self.record(call)
            async for event in answered:
                if call := self.trunkd.calls.get(event.call_id):
                    await self.record(call)

    async def record(self, call: Call) -> None:
        if call.trunk != self.given.trunk or call.called == self.given.supervisors:
            return
        parties = f"{call.calling or 'unknown'}-{call.called or 'unknown'}"
        name = f"{self.given.folder}/{call.call_id}-{parties}.wav"
        record = RecordMessage(
            call_id=call.call_id, message=name, direction="both", max_duration=86400
        )
        try:
            await call.request(record)
            print(f"call {call.call_id}: recorded into {name}", flush=True)
        except (CallEnded, Refused) as error:
            print(f"call {call.call_id}: not recorded: {error}", flush=True)

    async def supervisor(self, call: Call) -> None:
        await call.answer()
        while True:
            wanted = await call.collect(tone("CN/dial", 60), first_timeout=60)
            watched = self.trunkd.calls.get(int(wanted.digits or 0))
            if watched is None or watched is call:
                await call.play(tone("CN/congestion", 1))
                continue
            await self.watch(call, watched)

    async def watch(self, call: Call, watched: Call) -> None:
        info = await self.trunkd.request(SnapshotCall(call_id=watched.call_id))
        partners = [c.call_id for c in info.connections if c.call_id != watched.call_id]
        agent = self.trunkd.calls.get(partners[0]) if partners else watched
        with await call.digits_heard() as digits:
            await watched.add(call, role="monitor")
            print(f"call {call.call_id}: monitor of {watched.call_id}", flush=True)
            async for heard in digits:
                if heard.digit == "*" or watched.ended:
                    break
                if role := ROLES.get(heard.digit):
                    coached = agent if role == "coach" else None
                    await watched.add(call, role=role, coached=coached)
                    print(f"call {call.call_id}: {role} of {watched.call_id}", flush=True)
        await call.part()


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--socket", help="of the daemon; left out: where it usually is")
    parser.add_argument("--trunk", required=True, help="whose calls are recorded")
    parser.add_argument("--supervisors", default="7000", help="number that supervisors call")
    parser.add_argument("--folder", default="recordings", help="below the media directory")
    given = parser.parse_args()
    async with Client(given.socket, name="recorder") as trunkd:
        recorder = Recorder(trunkd, given)
        trunkd.spawn(recorder.record_all())
        print("recording", flush=True)
        # Other numbers are for those who work here: they are not ours to answer.
        await trunkd.serve(recorder.supervisor, given.trunk, called=given.supervisors)


if __name__ == "__main__":
    run(main(), "recorder")
