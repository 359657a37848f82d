"""A call through the panel: dialled on one trunk, answered on the other, digits by tones."""

from typing import Any

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon.client import Client
from trunkd.daemon.methods_media import GenerateDigits, StartDigitsCollection

client = Client("/tmp/trunkd-patch/trunkd.sock")
client.call(m.Subscribe(after=0))


def wait(kind: type[Any], **fields: Any) -> Any:
    """The next event of a kind with these fields."""
    while True:
        event = client.next_event(60)
        assert event is not None, f"no {kind.__name__} within a minute"
        if isinstance(event, kind) and all(getattr(event, k) == v for k, v in fields.items()):
            return event


for trunk in ("pstn", "exchange"):
    if not any(t.name == trunk and t.up for t in client.call(m.Trunks()).trunks):
        wait(ev.LinkChanged, trunk=trunk, up=True)
print("both links are up")

out = client.call(m.MakeCall(called="200", device="trunk/pstn")).call_id
arrived = wait(ev.Delivered, direction="in").call_id
client.call(m.AnswerCall(call_id=arrived))
wait(ev.Established, call_id=out)
print("the call is answered")

digits = ""
while digits != "1234":  # a machine that is too busy leaves gaps in tones: they are sent again
    collect = StartDigitsCollection(call_id=arrived, max_digits=4, first_timeout=10, keep=False)
    client.call(collect)
    client.call(GenerateDigits(call_id=out, digits="1234"))
    digits = wait(ev.DigitsCollected, call_id=arrived).digits
    wait(ev.Stop, call_id=out)
print("digits heard:", digits)

client.call(m.ClearConnection(call_id=out))
ended = wait(ev.ConnectionCleared, call_id=arrived)
print("the far end cleared:", ended.cause)
