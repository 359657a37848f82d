"""A PBX's maintenance console as the far end of a serial line: echo, login, pager, prompt."""

from __future__ import annotations

USER, PASSWORD = "craft", "s3cret-Pa$$"
PAGE = 5
MORE = b"\x1b[7m--More--\x1b[0m"
WIPE = b"\r        \r"

TRUNKS = [(n, "up" if n % 3 else "down") for n in range(1, 13)]


class Pbx:
    """Octets in, octets out."""

    def __init__(self, login: bool = True, echo_password: bool = False) -> None:
        self.state = "asleep" if login else "command"
        self.typed = b""
        self.pending: list[str] = []
        self.breaks = 0
        self.commands: list[str] = []
        self.tries = 0
        self._echo_password = echo_password
        self._login = login

    def __call__(self, data: bytes) -> bytes:
        return b"".join(self.key(bytes((octet,))) for octet in data)

    def key(self, char: bytes) -> bytes:
        if self.state == "more":
            return self.page(char)
        if char == b"\r":
            text, self.typed = self.typed.decode("latin-1"), b""
            return b"\r\n" + self.entered(text)
        self.typed = (self.typed + char)[-200:]
        shown = self.state != "password" or self._echo_password
        return char if shown else b""

    def entered(self, text: str) -> bytes:
        if self.state == "asleep":
            self.state = "user"
            return b"\x1b[2J\x1b[HPBX 4.2\r\nlogin: "
        if self.state == "user":
            self.user, self.state = text, "password"
            return b"Password: "
        if self.state == "password":
            self.tries += 1
            if (self.user, text) != (USER, PASSWORD):
                self.state = "user"
                return b"Login incorrect\r\nlogin: "
            self.state = "command"
            return b"Welcome\r\n" + self.prompt()
        return self.command(text)

    def prompt(self) -> bytes:
        return b"\x1b[1mPBX>\x1b[0m "

    def command(self, text: str) -> bytes:
        self.commands.append(text)
        words = text.split()
        if words == ["LIST", "TRUNKS"]:
            self.pending = ["TRUNK  STATE", *(f"{n:>5}  {state}" for n, state in TRUNKS)]
            return self.page(b" ", wipe=False)
        if words[:2] == ["SHOW", "TRUNK"] and len(words) == 3:
            return f"trunk {words[2]} slips 7\r\n".encode() + self.prompt()
        if words == ["WAIT"]:
            return (f"sync {len(self.commands)} of 3\r\n").encode() + self.prompt()
        if words:
            return b"?COMMAND\r\n" + self.prompt()
        return self.prompt()

    def page(self, char: bytes, wipe: bool = True) -> bytes:
        begin = WIPE if wipe else b""
        if char == b"q":
            self.pending, self.state = [], "command"
            return begin + self.prompt()
        lines, self.pending = self.pending[:PAGE], self.pending[PAGE:]
        text = begin + b"".join(f"{line}\r\n".encode() for line in lines)
        self.state = "more" if self.pending else "command"
        return text + (MORE if self.pending else self.prompt())
