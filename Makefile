# Two commands matter: `make demo` and `make test`. Each sets up what it needs and is quick the second time.
PYTHON ?= python3
# The pinned torch: its CPU build where one is on offer, installed before anything that depends on torch.
TORCH ?= torch==2.13.0
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow check format lint types contracts docs bench clean

help:  ## Say what each command does
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "labelwright needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; run: make PYTHON=/path/to/python3.11 ...")'
	@echo "setting up $(VENV) (once)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'pip>=25.1'
	@touch $@

$(VENV)/.package: pyproject.toml $(VENV)/.python
	@echo "installing labelwright and the demo's texts"
	@$(PIP) -e '.[demo]'
	@touch $@

$(VENV)/.test: $(VENV)/.package
	@echo "installing the test tools"
	@$(PIP) '$(TORCH)'
	@$(PIP) -e '.[demo,torch]' --group test
	@touch $@

$(VENV)/.lint: $(VENV)/.test
	@echo "installing the linters"
	@$(PIP) --group lint
	@touch $@

$(VENV)/.docs: $(VENV)/.package
	@echo "installing the documentation tools"
	@$(PIP) --group docs
	@touch $@

demo: $(VENV)/.package  ## Label 2,225 news articles without hand labels, train a model, write a report
	@$(BIN)/labelwright demo

test: $(VENV)/.test  ## Run the tests, the doctests and the import contracts, one process a core
	@echo "some 6,000 tests: about three minutes on two quick cores; the last line says how long they took"
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist worksteal

test-slow: $(VENV)/.test  ## Run the tests that are too slow for the default run
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist worksteal -m slow

check: format lint types contracts test  ## Everything that must be green before a change lands

format: $(VENV)/.lint  ## Check the format (fix it with: .venv/bin/ruff format .)
	@$(BIN)/ruff format --check .

lint: $(VENV)/.lint  ## Lint
	@$(BIN)/ruff check .

types: $(VENV)/.lint  ## Check the types
	@$(BIN)/mypy

contracts: $(VENV)/.test  ## Check which room imports which
	@$(BIN)/lint-imports --no-cache

docs: $(VENV)/.docs  ## Build the documentation into site/, warnings are errors
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

bench: $(VENV)/.test  ## Run the benchmarks and print their ratios
	@for b in benchmarks/bench_*.py; do echo "# $$b"; $(BIN)/python $$b; done

clean:  ## Remove the environment and everything built
	rm -rf $(VENV) site dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
