"""The documentation is true: generated pages, commands, links, configurations, alert rules."""

from __future__ import annotations

import json
import pathlib
import re
import shlex
import sys
from collections.abc import Iterator

import click
import msgspec
import pytest
import yaml

from trunkd.cli import main
from trunkd.daemon.config_check import check
from trunkd.daemon.events import AnyEvent
from trunkd.daemon.methods import METHODS

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS))

import generate  # noqa: E402
import page_configuration  # noqa: E402
import page_metrics  # noqa: E402
import page_socket  # noqa: E402

PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
EXAMPLES = sorted((ROOT / "examples").glob("*.toml"))
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


def blocks(page: pathlib.Path, language: str) -> list[str]:
    """The fenced blocks of a page in one language."""
    return [text for name, text in FENCE.findall(page.read_text()) if name == language]


def prose(page: pathlib.Path) -> str:
    """A page without its fenced blocks."""
    return FENCE.sub("", page.read_text())


def name_of(path: pathlib.Path) -> str:
    return path.relative_to(ROOT).as_posix()


# Generated pages


@pytest.mark.parametrize("name", generate.PAGES)
def test_generated_page_is_what_the_code_says(name: str) -> None:
    on_disk = (DOCS / name).read_text()
    made = generate.PAGES[name]()
    assert on_disk == made, f"docs/{name} is old: run .venv/bin/python docs/generate.py"


def test_check_names_what_is_out_of_date(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "HERE", tmp_path)
    monkeypatch.setattr(generate, "PAGES", {"a.md": lambda: "new\n", "b.md": lambda: "same\n"})
    (tmp_path / "a.md").write_text("old\n")
    (tmp_path / "b.md").write_text("same\n")
    assert generate.main(["--check"]) == 1
    assert capsys.readouterr().out.startswith("docs/a.md is out of date")
    assert generate.main([]) == 0
    assert (tmp_path / "a.md").read_text() == "new\n"
    assert generate.main(["--check"]) == 0
    assert generate.main(["--what"]) == 2


def test_words_for_fields_are_all_of_fields_that_are() -> None:
    page_socket.text()
    assert set(page_socket.GLOSSES) == page_socket.USED
    for key in page_configuration.GLOSSES:
        table, _, field = key.partition(".")
        kinds = (page_configuration.config, page_configuration.sim)
        (cls,) = (getattr(kind, table) for kind in kinds if hasattr(kind, table))
        assert field in cls.__struct_fields__, key


def test_every_link_parameter_has_its_row() -> None:
    rows = page_configuration.link_parameters()
    for field in page_configuration.config.LinkTable.__struct_fields__:
        assert f"| `{field}` |" in rows


# Commands


def commands(text: str) -> Iterator[list[str]]:
    """The words of every ``trunkd …`` in shell lines."""
    for line in text.splitlines():
        words: list[str] = []
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        for word in [*lexer, ";"]:
            if set(word) <= set("&;|"):
                if words[:1] == ["trunkd"]:
                    yield words[: words.index(">")] if ">" in words else words
                words = []
            else:
                words.append(word)


def shown_commands() -> Iterator[tuple[str, list[str]]]:
    for page in [*PAGES, page_metrics.ALERTS]:
        spans = re.findall(r"`(trunkd [^`]*)`", prose(page))
        for text in [*blocks(page, "sh"), *spans]:
            for words in commands(re.sub(r"\{\{.*?\}\}", "NAME", text)):
                yield name_of(page), [word for word in words if word != "…"]


def check_command(words: list[str]) -> None:
    """ClickException when there is no such command, option, choice or so many arguments."""
    command: click.Command = main
    context = click.Context(main, info_name="trunkd")
    values, rest, _ = main.make_parser(context).parse_args(words[1:])
    while isinstance(command, click.Group) and rest:
        found = command.get_command(context, rest[0])
        if found is None:
            raise click.UsageError(f"no command {rest[0]}")
        command, context = found, click.Context(found, parent=context, info_name=rest[0])
        context.allow_interspersed_args = not isinstance(found, click.Group)
        values, rest, _ = found.make_parser(context).parse_args(rest[1:])
    if rest and not isinstance(command, click.Group):
        raise click.UsageError(f"too many arguments: {rest}")
    for parameter in command.params:
        value = values.get(parameter.name)
        if isinstance(parameter.type, click.Choice) and isinstance(value, str):
            parameter.type.convert(value, parameter, context)


def test_commands_shown_exist() -> None:
    wrong, seen = [], 0
    for page, words in shown_commands():
        seen += 1
        try:
            check_command(words)
        except click.ClickException as exc:
            wrong.append(f"{page}: {' '.join(words)}: {exc.format_message()}")
    assert not wrong
    assert seen > 50


@pytest.mark.parametrize(
    "line",
    [
        "trunkd nosuch",
        "trunkd trace --nosuch",
        "trunkd --nosuch trace",
        "trunkd loop lab/1 sideways",
        "trunkd peer nosuch",
        "trunkd status too many",
    ],
)
def test_a_wrong_command_would_be_found(line: str) -> None:
    (words,) = commands(line)
    with pytest.raises(click.ClickException):
        check_command(words)


# Requests and events


def test_json_shown_is_what_the_wire_takes() -> None:
    events = msgspec.json.Decoder(AnyEvent)
    seen: set[str] = set()
    for page in PAGES:
        for line in "".join(blocks(page, "json")).splitlines():
            message = json.loads(line)
            params = json.dumps(message["params"]).encode()
            if message["method"] == "event":
                shown = json.loads(msgspec.json.encode(events.decode(params)))
                # A field that the event does not have would be left out here.
                assert set(message["params"]) - set(shown) <= {"text"}, line
            else:
                msgspec.json.decode(params, type=METHODS[message["method"]].params)
            seen.add(message["method"])
    assert len(seen) > 10


# Links


def anchors(page: pathlib.Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    made: set[str] = set()
    for heading in re.findall(r"^#+ (.*)$", prose(page), re.M):
        plain = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        number, anchor = 0, plain
        while anchor in made:
            number += 1
            anchor = f"{plain}-{number}"
        made.add(anchor)
    return made


def test_links_resolve() -> None:
    wrong, seen = [], 0
    for page in PAGES:
        for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
            if re.match(r"[a-z]+:", target):
                continue
            seen += 1
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            if not file.exists() or (anchor and anchor not in anchors(file)):
                wrong.append(f"{name_of(page)}: {target}")
    assert not wrong
    assert seen > 80


# Configurations

CONFIGURATIONS = [
    *((name_of(path), path.read_text()) for path in EXAMPLES),
    *(
        (f"{name_of(page)} {number}", text)
        for page in PAGES
        for number, text in enumerate(blocks(page, "toml"), 1)
    ),
]


@pytest.mark.parametrize("text", [c[1] for c in CONFIGURATIONS], ids=[c[0] for c in CONFIGURATIONS])
def test_configurations_shown_are_good(text: str, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "shown.toml"
    path.write_text(text)
    loaded, findings = check(path)
    assert loaded is not None and not findings, [str(f) for f in findings]


# Alerts


def rules() -> list[dict]:
    (group,) = yaml.safe_load(page_metrics.ALERTS.read_text())["groups"]
    return group["rules"]


def test_alerts_name_metrics_and_labels_that_exist() -> None:
    labels = {
        name: set(page_metrics.label_values(family))
        for family in page_metrics.families()
        for name in page_metrics.sample_names(family)
    }
    assert len(rules()) >= 5
    for rule in rules():
        expr = rule["expr"]
        used = re.findall(r"(trunkd_\w+)(?:\{([^}]*)\})?", expr)
        assert used, rule["alert"]
        has = set.union(*(labels[name] for name, _ in used))
        for name, selector in used:
            assert set(re.findall(r"(\w+)\s*[=!]", selector)) <= labels[name], (rule["alert"], name)
        for by in re.findall(r"\b(?:on|by) \((\w+)\)", expr):
            assert all(by in labels[name] for name, _ in used), (rule["alert"], by)
        for text in rule["annotations"].values():
            assert set(re.findall(r"\$labels\.(\w+)", text)) <= has, rule["alert"]
        for kind in re.findall(r'kind=~"([^"]*)"', expr):
            (family,) = (f for f in page_metrics.families() if f.name == "trunkd_span_errors")
            assert set(kind.split("|")) <= set(page_metrics.label_values(family)["kind"])


def test_metrics_page_has_a_place_for_every_metric() -> None:
    titles = {page_metrics.part_of(family.name) for family in page_metrics.families()}
    assert titles == {title for title, _ in page_metrics.PARTS}
