# Two commands for a newcomer: `make run` (a song out of the example hum) and `make test`.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: run test test-all lint bench setup setup-tests clean lock

run: setup
	@$(BIN)/humband song examples/hum.ogg --out out

# One process more than there are cores: many tests wait for a program, a file or a chat.
WORKERS := $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) + 1 )))

test: setup-tests
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

test-all: setup-tests
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m ''

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: setup
	@$(BIN)/python -m benchmarks latency

setup:
	@PYTHON="$(PYTHON)" VENV="$(VENV)" STAMP="$(STAMP)" tools/setup.sh

# The tests also talk, to see that talk is not taken for a tune.
setup-tests:
	@PYTHON="$(PYTHON)" VENV="$(VENV)" STAMP="$(STAMP)" tools/setup.sh espeak-ng

# Locks are compiled with uv, by those who change the dependencies; they name no index.
lock:
	uv pip compile pyproject.toml --extra dev --override overrides.txt --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate -q -o requirements-dev.lock
	uv pip compile pyproject.toml --override overrides.txt -c requirements-dev.lock --universal \
	  --python-version 3.11 --generate-hashes --no-header --no-annotate -q -o requirements.lock

clean:
	rm -rf $(VENV) out build *.egg-info .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
