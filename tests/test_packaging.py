"""The package as built: what a wheel holds, and that an sdist makes one that works."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

import pytest

import trunkd

ROOT = pathlib.Path(__file__).resolve().parent.parent
NOT_IN_WHEELS = ("setup.py", "tests/", "bench/", "docs/", "examples/", "Makefile", "native/src")


def pip_wheel(source: pathlib.Path, into: pathlib.Path, compiled: bool) -> pathlib.Path:
    subprocess.run(
        [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", "wheel", "--no-deps",
         "--no-build-isolation", "-w", into, source],
        check=True,
        env=os.environ | {"TRUNKD_COMPILE": str(int(compiled))},
    )  # fmt: skip
    (wheel,) = into.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """An sdist made from the tracked files only, as a release would be."""
    work = tmp_path_factory.mktemp("sdist")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (work / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, work / "tree" / name)
    subprocess.run(
        [sys.executable, "-m", "build", "-q", "--sdist", "--no-isolation", "-o", work, "."],
        cwd=work / "tree", check=True,
    )  # fmt: skip
    (archive,) = work.glob("*.tar.gz")
    return archive


def test_a_wheel_from_the_sdist_holds_the_package_and_works(
    sdist: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    subprocess.run(["tar", "-xzf", sdist], cwd=tmp_path, check=True)
    (source,) = (p for p in tmp_path.iterdir() if p.is_dir())
    wheel = pip_wheel(source, tmp_path / "wheel", compiled=False)
    assert "-cp311-abi3-" in wheel.name
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "site")
    assert "trunkd/py.typed" in names
    assert "trunkd/drivers/sim/__init__.py" in names
    assert not [n for n in names if n.removeprefix("trunkd/").startswith(NOT_IN_WHEELS)]
    ran = subprocess.run(
        [sys.executable, "-c",
         "import trunkd, trunkd.native.wrap, sys; sys.stdout.write(trunkd.__file__)"],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path / "site")},
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert ran.stdout.startswith(str(tmp_path))


def test_version_is_said_once() -> None:
    assert trunkd.__version__ in (ROOT / "CHANGELOG.md").read_text()
