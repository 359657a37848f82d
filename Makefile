# trunkd: `make demo` and `make test` set everything up by themselves; a second run adds seconds.
#
# As root, missing system packages are installed by apt; as a user, by sudo apt where it is there.
# What could not be installed is said loudly; with CI=true a missing peer fails the tests.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help

BIN := .venv/bin
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done)
NATIVE := $(wildcard native/*.py native/*/build.py native/*/*.[ch])
ENGINES := $(wildcard signaling/*.py signaling/*/*.py) errors.py $(wildcard hil/p*.py)
FUZZ_PACKAGES := libspandsp-dev clang libclang-rt-dev
SECONDS ?= 60
WORKERS ?= $(shell n=$$(nproc); echo $$((n < 8 ? n : 8)))

BUILD_PACKAGES := gcc make python3-venv python3-dev
DEMO_PACKAGES := libpri-dev asterisk-core-sounds-en-wav
TEST_PACKAGES := $(DEMO_PACKAGES) libss7-dev libopenr2-dev tshark libosmocore-dev libosmo-abis-dev libspandsp-dev minimodem multimon-ng espeak-ng sox libtiff-dev asterisk-moh-opsound-wav openssl nodejs $(foreach l,es fr it ru,asterisk-core-sounds-$l-wav)

VM_PACKAGES := qemu-system-x86 cpio kmod gcc-12

# Without it each process compiles what it imports anew, and each of pytest's all tests.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test test-without-clock test-dahdi lint bench fuzz compiled clean system-build system-demo system-test system-vm system-fuzz

help:
	@echo "make demo    set up, then make and take calls on a simulated E1 (a minute or two the first time)"
	echo "make test    set up, install the peers, run every test on both builds"
	echo "make test-dahdi  the DAHDI driver on the real kernel driver, in a virtual machine"
	echo "make setup   leave .venv with trunkd in it"
	echo "make lint    ruff and mypy --strict"
	echo "make fuzz    every fuzzer for SECONDS=60 each; logs in build/fuzz"
	echo "make bench   measure against the peers; writes bench/results.json"

setup: .venv/.ready

demo: system-demo .venv/.ready
	@$(BIN)/trunkd demo

# What boots a virtual machine with the real DAHDI driver.
IN_VM := tests/dahdi tests/native/shpa3/test_dahdi.py

# Tests that work, but never wait: engines under a virtual clock, fuzzers, sanitizers.
WITHOUT_CLOCK := tests/b2b tests/bench tests/board tests/conformance tests/fuzz tests/signaling \
	tests/daemon/test_virtual_hour.py tests/hil/test_instruments.py tests/native/test_echo_g168.py \
	tests/native/test_engine_threads.py tests/native/test_sanitizers.py tests/test_packaging.py

# Where it cannot be booted that is said loudly, and with CI=true it fails.
define VM_TESTS
if tests/dahdi/vm.sh true; then
	$(BIN)/pytest -n $(WORKERS) $(IN_VM)
elif [ $$? = 126 ] && [ "$${CI:-}" != true ]; then
	printf '\n*** DAHDI: not tested, there is no virtual machine for it here (see above)\n\n' >&2
else
	exit 1
fi
endef

# Not $(MAKE) in a recipe: `make -n` would run all of it.
ALSO := $(MAKE) -s

# Tests by the wall clock use a quarter of a processor, and wait: two at a time for each. What waits
# for nothing, compiling among it, gets what they leave of the processors, and is reported behind
# them. Then the virtual machine, which keeps its own time.
test: system-test system-vm .venv/.ready
	@mkdir -p build
	nice -n 19 $(ALSO) test-without-clock >build/test-without-clock.log 2>&1 & others=$$!
	trap 'kill $$others 2>/dev/null || true' EXIT
	status=0
	$(BIN)/pytest -n $$((2 * $(WORKERS))) --dist worksteal \
		$(patsubst %,--ignore=%,$(IN_VM) $(WITHOUT_CLOCK)) || status=1
	( $(VM_TESTS) ) || status=1
	wait $$others || status=1
	trap - EXIT
	cat build/test-without-clock.log
	exit $$status

test-without-clock: .venv/.ready
	@status=0
	$(BIN)/pytest -n $(WORKERS) --dist worksteal $(WITHOUT_CLOCK) || status=1
	$(ALSO) compiled
	echo "The same engines, compiled:"
	PYTHONPATH=$(CURDIR)/build/compiled TRUNKD_EXPECT=compiled \
		$(BIN)/pytest -n $(WORKERS) --dist worksteal tests/test_build.py tests/signaling tests/b2b \
		|| status=1
	exit $$status

lint: .venv/.ready
	@$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	mkdir -p build/tree && ln -sfn ../.. build/tree/trunkd
	$(BIN)/mypy -p trunkd

# A few minutes: Debian's kernel boots under emulation, with DAHDI's modules. Behind the other
# tests, whose clock is this machine's; the virtual machine's is its own.
test-dahdi: system-test system-vm .venv/.ready
	@$(VM_TESTS)

bench: system-test system-vm .venv/.ready compiled
	@$(BIN)/python bench/run.py $(BENCH)

# atheris guides the fuzzer of voice files by coverage; where it has no wheel, mutations must do.
fuzz: system-fuzz .venv/.ready
	@$(BIN)/python -c 'import atheris' 2>/dev/null \
		|| $(BIN)/python -m pip -q --disable-pip-version-check install --only-binary :all: "atheris>=2.3" >build/atheris.log 2>&1 \
		|| echo "No atheris for this Python: voice files are fuzzed by mutations alone."
	$(BIN)/python tests/fuzz/fuzz_all.py --seconds $(SECONDS)

compiled: build/compiled/.ready

# Engines compiled by mypyc, as in a wheel, unpacked where PYTHONPATH can point to them.
build/compiled/.ready: $(ENGINES) setup.py pyproject.toml $(NATIVE) .venv/.ready
	@echo "Compiling the engines (mypyc) …"
	rm -rf build/compiled build/wheel
	mkdir -p build
	TRUNKD_COMPILE=1 $(BIN)/pip -q --disable-pip-version-check wheel --no-deps --no-build-isolation -w build/wheel . >build/compile.log 2>&1 \
		|| { tail -30 build/compile.log; exit 1; }
	$(BIN)/pip -q --disable-pip-version-check install --no-deps --target build/compiled build/wheel/*.whl
	touch $@

.venv/.ready: setup.py pyproject.toml $(NATIVE) | system-build
	@[ -n "$(PYTHON)" ] || { echo "trunkd needs Python 3.11 or later; install python3.11 and run make again" >&2; exit 1; }
	[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	echo "Installing trunkd into .venv …"
	mkdir -p build
	{ $(BIN)/python -m pip -q --disable-pip-version-check install "setuptools>=77" wheel "cffi>=1.16" "mypy[mypyc]>=1.8" \
	  && $(BIN)/python -m pip -q --disable-pip-version-check install --no-build-isolation -e '.[dev]'; } >build/setup.log 2>&1 \
		|| { tail -40 build/setup.log; exit 1; }
	touch $@

system-build:
	@.ci/system-packages required $(BUILD_PACKAGES)

system-demo: system-build
	@.ci/system-packages optional $(DEMO_PACKAGES)

system-test: system-build
	@.ci/system-packages optional $(TEST_PACKAGES)

system-vm: system-build
	@.ci/system-packages optional $(VM_PACKAGES)

system-fuzz: system-build
	@.ci/system-packages optional $(FUZZ_PACKAGES)

clean:
	@rm -rf build dist .venv *.egg-info native/_native* .pytest_cache .mypy_cache .ruff_cache .hypothesis
