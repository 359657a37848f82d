"""A ported timeslot: an outside process opens the port and speaks LAPD made by hand.

The frames it sends pass as HDLC bits through timeslot 16 of a simulated E1 to our user side; what
it must see in answer is written here octet for octet (Q.921 3, Q.931 4).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from trunkd.signaling.script import CallScript, Script

SETUP = "08020001 05 04038090a3 1803a98381 7005813132 3334 a1"
LONG = "03" + "aa55" * 129 + "00"
"""260 octets (N201) with a protocol discriminator that is not Q.931's: to be ignored."""

DIALOGUE = [
    # (what the outside process sends as network side, what it must receive then)
    ("", ["00 01 7f"]),  # our SABME, P = 1
    ("00 01 73", []),  # UA, F = 1
    ("02 01 7f", ["02 01 73"]),  # SABME of its own: UA
    # SETUP: RELEASE COMPLETE with cause 17, which acknowledges it by N(R) = 1
    (f"02 01 00 00 {SETUP}", ["00 01 00 02 08 02 80 01 5a 08 02 80 91"]),
    (f"02 01 02 02 {LONG}", ["02 01 01 04"]),  # the longest frame: RR, N(R) = 2
    ("02 01 01 03", ["02 01 01 05"]),  # RR command, P = 1: RR response, F = 1
    ("02 01 08 02 01", ["02 01 09 04"]),  # N(S) = 4 out of sequence: REJ, N(R) = 2
    ("00 03 7f", []),  # SABME of another TEI: nothing
    ("02 01 53", ["02 01 73"]),  # DISC: UA
]

OUTSIDE = """
import json, socket, sys
port = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
port.connect(sys.argv[1])
port.settimeout(60.0)
seen = []
for frame, count in json.loads(sys.argv[2]):
    if frame:
        port.send(bytes.fromhex(frame))
    seen.append([port.recv(4096).hex(" ") for _ in range(count)])
print(json.dumps(seen))
"""


def test_outside_process_sees_every_frame(e1: Callable[..., Any]) -> None:

    trunk = e1("cpe", referee=False)
    trunk.align()
    script = CallScript(Script(answer=True, calls=1, reject=17), trunk.trunk)
    plan = json.dumps([[frame, len(answers)] for frame, answers in DIALOGUE])
    with subprocess.Popen(
        [sys.executable, "-c", OUTSIDE, str(trunk.port), plan], stdout=subprocess.PIPE, text=True
    ) as outside:
        trunk.run(script, lambda: outside.poll() is not None, 20.0)
        out, _ = outside.communicate()
    assert outside.returncode == 0
    assert json.loads(out) == [answers for _, answers in DIALOGUE]
    assert script.good() and script.totals()["offered"] == 1
    assert trunk.trunk.link.counters.foreign == 1
