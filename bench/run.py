"""Run the benchmarks: ``make bench``, or ``.venv/bin/python bench/run.py [NAME…]``.

A NAME picks the benchmarks that begin with it. Results go to bench/results.json, where those of
other benchmarks stay when only some were run. The exit status is 1 when one could not be run.
"""

from __future__ import annotations

import importlib
import json
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import harness  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

RESULTS = HERE / "results.json"


def load() -> None:
    """Import every bench module; they register what they have once."""
    for path in sorted(HERE.glob("bench_*.py")):
        importlib.import_module(path.stem)


def chosen(names: list[str]) -> list[str]:
    """The benchmarks that were asked for, in their order; SystemExit names the ones there are."""
    known = list(harness.REGISTERED)
    if not names:
        return known
    picked = [name for name in known if any(name.startswith(n) for n in names)]
    unknown = [n for n in names if not any(name.startswith(n) for name in known)]
    if unknown:
        raise SystemExit(f"no benchmark {', '.join(unknown)}: there are {', '.join(known)}")
    return picked


def saved() -> dict[str, harness.Result]:
    """Earlier results by name; none when the file is not there or broken."""
    try:
        return {row["name"]: row for row in json.loads(RESULTS.read_text())["results"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def save(results: dict[str, harness.Result]) -> None:
    """Replace the file at once, so that a reader never sees half of it."""
    draft = RESULTS.with_suffix(".tmp")
    draft.write_text(json.dumps({"results": list(results.values())}, indent=2) + "\n")
    draft.replace(RESULTS)


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def table(rows: list[harness.Result]) -> Table:
    out = Table(title="trunkd beside its peers (ratio above 1: trunkd is better)")
    for title in ("benchmark", "peer"):
        out.add_column(title)
    for title in ("ours", "theirs", "ratio"):
        out.add_column(title, justify="right")
    out.add_column("unit")
    for row in rows:
        colour = "green" if row["ratio"] >= 1 else "red"
        out.add_row(
            row["name"],
            row["peer_name"],
            number(row["ours"]),
            number(row["peer"]),
            f"[{colour}]{row['ratio']:.2f}[/]",
            row["unit"],
        )
    return out


def main(names: list[str]) -> int:
    console = Console(width=None if sys.stdout.isatty() else 110)
    load()
    results = saved() if names else {}
    rows: list[harness.Result] = []
    failed = 0
    for name in chosen(names):
        begun = time.monotonic()
        try:
            found = harness.REGISTERED[name]()
        except harness.BenchError as exc:
            console.print(f"{name}: {exc}", style="red", markup=False)
            failed += 1
            continue
        found = found if isinstance(found, list) else [found]
        rows += found
        results.update({row["name"]: row for row in found})
        save(results)
        console.print(f"{name}: {time.monotonic() - begun:.1f} s", style="dim")
    console.print(table(rows))
    console.print(f"written to {RESULTS}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
