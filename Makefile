# make demo and make test do all that they need by themselves; the other targets are for developers.
# PYTHON chooses the interpreter .venv is built with: make PYTHON=python3.12 test; VENV another folder for it.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
export PYTHON VENV
PYTEST_ARGS ?=
BENCH_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test chaos fuzz lint format bench lock check-lock clean

help:
	@echo "make demo          a simulated kitchen in the browser, no hardware"
	@echo "make test          all tests, with real brokers, databases and a browser where they can be had"
	@echo "make chaos         gateway, network and broker killed under load, counted; writes docs/reliability.md"
	@echo "make fuzz          20,000 damaged frames a protocol, 2,000 polls beside slow slaves; some 90 minutes"
	@echo "make setup         .venv with the gateway;  make setup-dev: with the developer's tools too"
	@echo "make lint          format check, ruff, mypy, layers;  make format: put it right"
	@echo "make bench         all figures, some 9 minutes; writes docs/performance.md"
	@echo "make bench-…       one of them: first-load decode rules stock sealed start latest latency alarm ingest catch-up"
	@echo "                   delivery thingsboard chart; each only prints (docs/performance.md says more)"
	@echo "make lock          the locks, after pyproject.toml changed;  make check-lock: do they agree?"

setup: $(VENV)/.runtime
setup-dev: $(VENV)/.dev

$(VENV)/.runtime: requirements.txt pyproject.toml tools/venv.sh
	@tools/venv.sh requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt pyproject.toml tools/venv.sh
	@tools/venv.sh requirements-dev.txt
	@touch $(VENV)/.runtime $@

demo: setup
	@exec $(BIN)/mbg-gateway demo

test: setup-dev
	@tools/parts.sh
	$(BIN)/python -m pytest -n 3 --dist worksteal $(PYTEST_ARGS)

# A tenth of it is part of make test.
chaos: setup-dev
	@tools/parts.sh
	MBG_CHAOS=1 $(BIN)/python -m pytest tests/system/test_chaos.py tests/system/test_chaos_disk.py tests/system/test_clock.py tests/system/test_chaos_influx.py tests/system/test_chaos_influx_server.py tests/system/test_stock_killed.py $(PYTEST_ARGS)

# A small count of it is part of make test.
fuzz: setup-dev
	MBG_FULL=1 $(BIN)/python -m pytest -m fuzz --timeout=3600 $(PYTEST_ARGS)

lint: setup-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup-dev
	@tools/parts.sh
	$(BIN)/python -m bench.page $(BENCH_ARGS)

bench-%: setup-dev
	@tools/parts.sh
	PYTHONPATH=.:tests $(BIN)/python -m bench.$(subst -,_,$*) $(BENCH_ARGS)

lock: setup-dev
	tools/lock.sh $(LOCK_ARGS)

check-lock: setup-dev
	tools/lock.sh --check

clean:
	rm -rf .venv* build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
