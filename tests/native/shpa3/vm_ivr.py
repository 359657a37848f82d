"""The compiled IVR on two spans wired back to back with PRI between them: simulated, or DAHDI's.

    python tests/native/shpa3/vm_ivr.py PROGRAM sim
    tests/dahdi/vm.sh .venv/bin/python tests/native/shpa3/vm_ivr.py PROGRAM dahdi

PROGRAM is ivr.c as it was compiled; nothing of it differs between the two. Prints what the program
wrote; status 0 when all was as it should be.
"""

from __future__ import annotations

import pathlib
import sys
import tempfile
from typing import Final

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import shpa3_rig as rig

from trunkd.daemon import events as ev
from trunkd.daemon.methods_media import GenerateDigits, PlayMessage, RecordMessage

CONFIGS: Final = {
    "sim": rig.CONFIG,
    "dahdi": rig.CONFIG.replace(
        'address = "sim://shpa3"\n[board.sim]\nspans = 2\ncable = "1-2"',
        'address = "dahdi://"\n[board.dahdi]\nspans = "1,2"\nblocks = 4',
    ),
}


def call(party: rig.Party, program: rig.Program, daemon: rig.Daemon) -> bytes:
    """A caller who hears the menu, presses 1 2 # 0 and speaks; what it heard. Nothing: the digits
    did not come over whole."""
    number = party.dial("88886666")
    program.wait_line("ringing")
    party.wait(ev.Established, call_id=number)
    heard = f"heard-{number}.wav"
    party.client.call(RecordMessage(call_id=number, message=heard, max_duration=30))
    program.wait_line("playing")
    party.client.call(GenerateDigits(call_id=number, digits="12#0", on=0.1, off=0.1))
    party.wait(ev.Stop, call_id=number, kind="play")
    party.client.call(PlayMessage(call_id=number, message="speech.wav"))
    if program.try_line("recording after", 10) != "recording after 12#0":
        return b""
    party.wait(ev.Stop, call_id=number, kind="record")
    program.wait_line("free")
    return rig.read_alaw(daemon.media / heard)


def one_mode(executable: str, mode: str, daemon: rig.Daemon, menu: bytes) -> bool:
    """A call of the program in one mode of events; whether its digits came over."""
    folder = daemon.directory
    program = rig.Program(executable, daemon.ini(), str(folder), mode, "1")
    try:
        program.wait_line("ready 30 channels of type 8")
        with rig.Party(daemon) as party:
            heard = call(party, program, daemon)
        if not heard:
            print(f"{mode}: again, this came over:", program.lines, flush=True)
            return False
        assert program.end() == 0, program.lines
    finally:
        program.close()
    said = rig.read_alaw(folder / "message-1.wav")
    print(*program.lines, sep="\n")
    print(f"{mode}: {len(said)} octets recorded, 1004 Hz at {rig.level(said[-4000:], 1004):.0f}")
    assert 7840 <= len(said) <= 8160
    assert rig.level(said[-4000:], 1004) > 7000
    assert menu[3200:3600] in heard
    print(f"{mode}: the menu was heard octet for octet", flush=True)
    return True


def main(executable: str, board: str) -> int:
    folder = pathlib.Path(tempfile.mkdtemp())
    daemon = rig.Daemon(folder, CONFIGS[board])
    menu = rig.noise(400000)
    rig.write_wav(folder / "menu.wav", menu)
    rig.write_wav(daemon.media / "speech.wav", rig.tone(8, 1004))
    # The emulated machine may be too slow for a moment, and a tone has a hole then: on it a caller
    # whose digits came over wrong calls again.
    attempts = 1 if board == "sim" else 5
    for mode in ("polling", "callback"):
        done = any(one_mode(executable, mode, daemon, menu) for _ in range(attempts))
        assert done, f"{mode}: the digits never came over whole"
    daemon.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
