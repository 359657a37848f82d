"""Build trunkd: the checkout's root *is* the package ``trunkd`` (docs/architecture.md)."""

from __future__ import annotations

import importlib.util
import os
import pathlib
import re
import shutil
import sys
import tempfile

from setuptools import find_packages, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py
from setuptools.extension import Extension

ROOT = pathlib.Path(__file__).resolve().parent
TOP = ("board", "drivers", "signaling", "daemon", "native", "hil", "client")
VERSION = re.search(r'^__version__ = "([^"]+)"', (ROOT / "__init__.py").read_text(), re.M)
assert VERSION is not None


class PackageOnly(build_py):
    """The root folder is the package; its setup.py and native/build.py are not part of it."""

    def run(self) -> None:
        # What an earlier build left there would go into this wheel: compiled engines into a plain
        # one, deleted modules into any.
        if not self.editable_mode:
            shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()

    def find_package_modules(self, package: str, package_dir: str) -> list[tuple[str, str, str]]:
        modules = super().find_package_modules(package, package_dir)
        return [
            m for m in modules if m[:2] not in {("trunkd", "setup"), ("trunkd.native", "build")}
        ]


class LimitedApiWheel(bdist_wheel):
    """A wheel without compiled engines holds only limited-API code, and says so in its tag."""

    def finalize_options(self) -> None:
        if not wants_engines():
            self.py_limited_api = "cp311"
        super().finalize_options()


MAKERS_CALLS = ("shpa3", "donjin", "keygoe")


class WithMakersCalls(build_ext):
    """Also the libraries of makers' calls: plain C that programs link, no modules of Python's."""

    def run(self) -> None:
        super().run()
        folder = ROOT if self.inplace else pathlib.Path(self.build_lib) / "trunkd"
        for name in MAKERS_CALLS:
            path = ROOT / "native" / name / "build.py"
            spec = importlib.util.spec_from_file_location(name, path)
            assert spec is not None and spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            module.build(folder / "native")


def wants_engines() -> bool:
    """Engines are compiled for wheels only: an editable checkout runs the same files plain.

    TRUNKD_COMPILE=1 asks for them anywhere, TRUNKD_COMPILE=0 leaves them out.
    """
    asked = os.environ.get("TRUNKD_COMPILE")
    if asked is not None:
        return asked == "1"
    return "bdist_wheel" in sys.argv


NOT_COMPILED = ("__init__", "dissect")
PEER_LOOPS = ("packets.py", "cas_port.py", "cas_rows.py", "peer_cas.py")
TABLES = ("_names.py", "isup_parameters_fields.py", "tup_table.py")
"""What no call waits for: text for people, and a table whose code alone would take gcc minutes."""


TOP_LEVEL = re.compile(r"^(char CPyDef_\w+_____top_level__\(void\)) \{$", re.MULTILINE)


BLANKS = re.compile(r"^[ \t]+", re.MULTILINE)


def spare_top_levels(folder: pathlib.Path) -> None:
    """Leave modules' top levels as they are: run once, they are most of what mypyc writes, and gcc
    would spend two thirds of its time on making them faster. Nine tenths of a file are blanks."""
    for path in folder.glob("*.c"):
        text = path.read_text()
        done = TOP_LEVEL.sub(r'__attribute__((cold, optimize("O0"))) \1 {', text)
        done = BLANKS.sub("", done)
        if done != text:
            path.write_text(done)


def compiled_engines() -> list[Extension]:
    """signaling/ and the peer's loop through mypyc, as extensions ``trunkd.signaling.…``.

    mypyc names modules by their path, so it must see the files below a folder called ``trunkd``:
    a temporary folder with a link to the checkout is that folder.
    """
    if not wants_engines() or not {"bdist_wheel", "build_ext"} & set(sys.argv):
        return []  # pip asks twice for metadata alone
    from mypyc.build import mypycify

    files = sorted(
        f"trunkd/{p.relative_to(ROOT).as_posix()}"
        for p in [*(ROOT / "signaling").rglob("*.py"), *(ROOT / "hil" / f for f in PEER_LOOPS)]
        if not p.name.startswith(NOT_COMPILED) and not p.name.endswith(TABLES)
    )
    tree = tempfile.mkdtemp(prefix="trunkd-mypyc-")
    os.symlink(ROOT, os.path.join(tree, "trunkd"))
    os.chdir(tree)
    try:
        engines: list[Extension] = mypycify(
            ["--config-file", "trunkd/pyproject.toml", *files],
            group_name="trunkd",
            opt_level="3",
            target_dir="trunkd/build/mypyc",
        )
        spare_top_levels(ROOT / "build" / "mypyc")
    finally:
        os.chdir(ROOT)
        shutil.rmtree(tree)
    for extension in engines:
        extension.extra_compile_args += ["-g0"]
        extension.sources = [s.removeprefix("trunkd/") for s in extension.sources]
        extension.depends = [s.removeprefix("trunkd/") for s in extension.depends]
        extension.include_dirs = [s.removeprefix("trunkd/") for s in extension.include_dirs]
    return engines


def options() -> dict[str, dict[str, str]]:
    """Both builds leave each other's files alone, and the checkout's too when engines are compiled:
    tests may be at work in it."""
    if not wants_engines():
        return {"build": {"build_base": "build/plain"}}
    os.makedirs("build/engines", exist_ok=True)
    return {"build": {"build_base": "build/engines"}, "egg_info": {"egg_base": "build/engines"}}


setup(
    name="trunkd",
    version=VERSION[1],
    description="Driver and daemon for telephony voice boards, with a simulated one",
    long_description=(ROOT / "README.md").read_text(),
    long_description_content_type="text/markdown",
    license="MIT",
    python_requires=">=3.11",
    package_dir={"trunkd": "."},
    packages=["trunkd"]
    + [f"trunkd.{p}" for p in find_packages(".", include=[*TOP, *(f"{t}.*" for t in TOP)])],
    package_data={"trunkd": ["py.typed", "daemon/*.service"]},
    cffi_modules=["native/build.py:ffibuilder"],
    ext_modules=compiled_engines(),
    cmdclass={
        "bdist_wheel": LimitedApiWheel,
        "build_ext": WithMakersCalls,
        "build_py": PackageOnly,
    },
    setup_requires=["cffi>=1.16"],
    install_requires=[
        "cffi>=1.16",
        "click>=8.1",
        "msgspec>=0.18",
        "numpy>=1.24",
        "prometheus-client>=0.17",
        "pyserial>=3.5",
        "rich>=13.0",
        "scipy>=1.10",
        "soundfile>=0.12",
        "tomlkit>=0.12",
    ],
    extras_require={
        "dev": [
            "build>=1.0",
            "hypothesis>=6.80",
            "jsonschema>=4.18,<5",
            "mypy>=1.8,<3",
            "pre-commit>=3.5",
            "pycrate>=0.7,<0.9",
            "pyyaml>=6.0",
            "pytest>=8.0",
            "pytest-rerunfailures>=14.0",
            "pytest-xdist>=3.3",
            "ruff~=0.17.0",
            "types-cffi",
        ],
        "fuzz": [
            'atheris>=2.3; python_version < "3.13" and sys_platform == "linux"'
            ' and platform_machine == "x86_64"',
        ],
    },
    entry_points={
        "console_scripts": ["trunkd = trunkd.cli:main"],
        "trunkd.drivers": [
            "sim = trunkd.drivers.sim:SimDriver",
            "dahdi = trunkd.drivers.dahdi:DahdiDriver",
            "e1d = trunkd.drivers.e1d:E1dDriver",
            "synway = trunkd.drivers.synway:SynwayDriver",
            "donjin = trunkd.drivers.donjin:DonjinDriver",
            "keygoe = trunkd.drivers.donjin.keygoe:KeygoeDriver",
        ],
    },
    options=options(),
    zip_safe=False,
)
