# Every target sets the project up first: a virtual environment in .venv with the exact versions of
# requirements.txt. A stamp file makes every later run quick.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.set-up

.PHONY: help demo test long lint types contracts verifier format ci set-up clean

help:
	@echo "make demo       set everything up, then clear the shipped example and say what moved"
	@echo "make test       set everything up, then run the tests"
	@echo "make long       the long test campaigns (minutes to hours)"
	@echo "make lint       ruff: style and format    make format: put it right"
	@echo "make types      mypy, strict"
	@echo "make contracts  import-linter: imports run one way"
	@echo "make verifier   join tools/verifier into src/fourflow/proof/verify.py"
	@echo "make ci         all of the above but demo, format, verifier and long"

set-up: $(STAMP)

$(STAMP): requirements.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
	  echo "fourflow needs Python 3.11 or later. On Debian: sudo apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "fourflow needs Python 3.11 or later, but '$(PYTHON)' is $$($(PYTHON) -V 2>&1)." >&2; \
	  echo "Maybe name another one: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "fourflow needs the system package python3-venv." >&2; \
	  echo "On Debian: sudo apt-get install python3-venv" >&2; exit 1; }
	@echo "Setting up in $(VENV) (once; about a minute) ..." >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/fourflow clear examples/grain --out $(VENV)/first-run >/dev/null 2>&1 || true  # compiles kernels once
	@touch $@

demo: $(STAMP)
	@$(BIN)/fourflow demo

test: $(STAMP)
	$(BIN)/python -m pytest -n auto

long: $(STAMP)
	$(BIN)/python -m pytest -m long

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(STAMP)
	$(BIN)/mypy

contracts: $(STAMP)
	$(BIN)/lint-imports

verifier: $(STAMP)
	$(BIN)/python tools/join_verifier.py

ci: test lint types contracts

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
