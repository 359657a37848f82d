"""A script for a craft port: rows of TOML, checked before the port is opened.

    [port]
    baud = 9600

    [login]
    user = "craft"
    secret = { env = "PBX_PASSWORD" }
    prompt = "OK> $"

    [[step]]
    line = "LIST TRUNKS"
    expect = "OK> $"
    rows = '^(?P<trunk>\\d+) +(?P<state>\\w+)$'
    table = "trunks"

``${name}`` in a text to send is a value given with --set, or a group captured before.
"""

from __future__ import annotations

import os
import pathlib
import re
from typing import Annotated, Any, Final, Literal

import msgspec

from ..errors import ConfigError
from .serial_line import SerialSettings

NAMES: Final = re.compile(r"\$\{(\w+)\}")
MORE: Final = r"(?i)-+ ?more ?-+[^\n]*$|press any key[^\n]*$|\(q to quit\)[^\n]*$"
LOGIN: Final = r"(?i)(login|user ?name|user ?id|user) ?[:>] ?$"
PASSWORD: Final = r"(?i)pass(word|code)? ?[:>] ?$"
DENIED: Final = (
    r"(?i)(login|access|password) ?(incorrect|denied|failed|invalid)"
    r"|(incorrect|invalid|unknown) (login|user|pass)[^\n]*"
)

Seconds = Annotated[float, msgspec.Meta(gt=0, le=86400)]


class Secret(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What is never shown: in the environment, or the first line of a file."""

    env: str = ""
    file: str = ""


class AnswerTable(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """While a step waits: what is sent when this appears."""

    when: str
    send: str = ""
    line: str | None = None
    secret: Secret | None = None
    most: Annotated[int, msgspec.Meta(ge=1)] = 1000
    """How often in one step; after that it fails."""


class StepTable(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One row of a script."""

    name: str = ""
    send: str = ""
    """Text to send as it is."""
    line: str | None = None
    """Text to send with the end of line."""
    secret: Secret | None = None
    """Sent with the end of line, in place of ``line``."""
    break_ms: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0
    """Send a break first."""
    expect: str = ""
    """Regular expression that ends the step; named groups are captured. Empty: do not wait."""
    fail: str = ""
    """Regular expression that fails the step."""
    timeout: Seconds | None = None
    """In seconds; the script's when not given."""
    on_timeout: Literal["fail", "continue", "retry"] = "fail"
    tries: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 3
    """How often it is sent with on_timeout = "retry"."""
    repeat: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 1
    """Do the step so many times."""
    until: str = ""
    """Do not repeat further once this appears in what came; fail when it never did."""
    every: Annotated[float, msgspec.Meta(ge=0, le=86400)] = 0.0
    """Seconds from one repetition to the next."""
    rows: str = ""
    """Regular expression: each line of what came that matches is a row of ``table``."""
    table: str = ""
    answers: list[AnswerTable] = []


class LoginTable(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Log in: a step before the others."""

    user: str
    secret: Secret
    prompt: str
    """The prompt that says it is done."""
    wake: str = "\r"
    """Sent first, to have the far end say something."""
    user_prompt: str = LOGIN
    password_prompt: str = PASSWORD
    denied: str = DENIED
    timeout: Seconds = 30.0


class Script(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A whole script."""

    port: SerialSettings | None = None
    eol: str = "\r"
    """What ends a line that is sent."""
    timeout: Seconds = 10.0
    settle: Annotated[float, msgspec.Meta(ge=0, le=10)] = 0.1
    """Seconds of silence after which a prompt without an end of line counts."""
    echo: bool = True
    """The far end echoes what is sent; an echo is not searched."""
    more: str = MORE
    """A pager's prompt; empty: there is no pager."""
    more_send: str = " "
    login: LoginTable | None = None
    step: list[StepTable] = []


def load_script(text: str, where: str = "script") -> Script:
    """A script from TOML; ConfigError says which row is wrong and why."""
    try:
        script = msgspec.toml.decode(text, type=Script)
    except msgspec.DecodeError as exc:
        raise ConfigError(f"{where}: {exc}") from exc
    if script.login is not None:
        script.step.insert(0, login_step(script.login, script.eol))
    check_script(script, where)
    return script


def login_step(login: LoginTable, eol: str) -> StepTable:
    """Logging in as a step: it answers the questions until the prompt is there."""
    user = AnswerTable(when=login.user_prompt, line=login.user, most=3)
    password = AnswerTable(when=login.password_prompt, secret=login.secret, most=3)
    return StepTable(
        name="login",
        send=login.wake,
        expect=login.prompt,
        fail=login.denied,
        timeout=login.timeout,
        answers=[user, password],
    )


def check_script(script: Script, where: str, known: frozenset[str] | None = None) -> None:
    """Compile what is to be compiled; ``known`` are names of --set, when they are known."""
    names = set(known or ())
    _pattern(script.more, f"{where}: more")
    for number, step in enumerate(script.step, 1):
        row = f"{where}: step {number}" + (f" ({step.name})" if step.name else "")
        for key in ("expect", "fail", "until", "rows"):
            found = _pattern(getattr(step, key), f"{row}: {key}")
            if found is not None and key == "expect":
                names |= set(found.groupindex)
            if key == "rows" and bool(step.rows) != bool(step.table):
                raise ConfigError(f"{row}: rows and table go together")
            if key == "rows" and found is not None and not found.groupindex:
                raise ConfigError(f"{row}: rows: name its columns: (?P<name>…)")
        for answer in step.answers:
            _pattern(answer.when, f"{row}: answers.when")
        _check_sends(step, row, names if known is not None else None)


def _check_sends(step: StepTable, row: str, names: set[str] | None) -> None:
    if step.secret is not None and step.line is not None:
        raise ConfigError(f"{row}: give line or secret, not both")
    if (step.until or step.fail or step.rows) and not step.expect:
        raise ConfigError(f"{row}: fail, until and rows need expect: what the step waits for")
    if step.repeat > 1 and not step.expect and not step.every:
        raise ConfigError(f"{row}: repeat needs expect or every")
    for text in (step.send, step.line or ""):
        for name in NAMES.findall(text):
            if names is not None and name not in names:
                raise ConfigError(f"{row}: ${{{name}}} is not known there: give --set {name}=VALUE")


def _pattern(text: str, where: str) -> re.Pattern[str] | None:
    if not text:
        return None
    try:
        return re.compile(text, re.MULTILINE)
    except re.error as exc:
        raise ConfigError(f"{where}: '{text}' is no regular expression: {exc}") from exc


def read_secret(secret: Secret) -> str:
    """Its value; ConfigError says what is missing, without showing anything."""
    if bool(secret.env) == bool(secret.file):
        raise ConfigError('secret: give env = "NAME" or file = "PATH"')
    if secret.env:
        value = os.environ.get(secret.env, "")
        if not value:
            raise ConfigError(f"secret: the environment has no {secret.env}: export it first")
        return value
    try:
        lines = pathlib.Path(secret.file).expanduser().read_text().splitlines()
    except OSError as exc:
        raise ConfigError(f"secret: {secret.file}: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise ConfigError(f"secret: {secret.file} is no text: write the secret as UTF-8") from exc
    if not lines or not lines[0]:
        raise ConfigError(f"secret: {secret.file} is empty")
    return lines[0]


def secrets_of(script: Script) -> dict[int, str]:
    """The values of all secrets, by the id of their table: read once, before the port is opened."""
    found: dict[int, str] = {}
    for step in script.step:
        tables: list[Any] = [step.secret, *(answer.secret for answer in step.answers)]
        found.update({id(t): read_secret(t) for t in tables if t is not None})
    return found
