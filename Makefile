# Two commands for a machine that has Python: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
NODE_PATH_FIRST := PATH="$(CURDIR)/$(BIN):$(PATH)"

.PHONY: demo test test-long bench build lint front unit pay-once kernel browser notebooks wheel pythons clean

demo: .venv/.lab ## set up, and open the quickstart in JupyterLab
	$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) --ServerApp.root_dir=notebooks \
		--LabApp.default_url=/lab/tree/01_quickstart.ipynb --LabApp.news_url=

test: lint front unit pay-once kernel browser notebooks wheel pythons ## set up, and pass everything

test-long: test ## the full soaks and kill matrices too
	$(BIN)/python -m pytest -m long

bench: .venv/.dev build ## every figure of speed, as a table
	$(BIN)/python -m tests.bench

build: .venv/.dev ## the panel's script and style
	$(NODE_PATH_FIRST) $(BIN)/python hatch_build.py

lint: .venv/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python -m tests.support.wire_types --check

front: .venv/.dev .venv/.chromium js/node_modules/.dev build
	cd js && $(NODE_PATH_FIRST) npm run --silent check && $(NODE_PATH_FIRST) npm run --silent test

unit: .venv/.dev build
	$(BIN)/python -m pytest -n 4 tests/unit
	$(BIN)/python -m pytest --doctest-modules qwen_notebook

pay-once: .venv/.dev build
	$(BIN)/python -m pytest -n 4 tests/pay_once

kernel: .venv/.dev build
	$(BIN)/python -m pytest -n 2 tests/kernel

browser: .venv/.dev .venv/.chromium build
	$(BIN)/python -m pytest -n 2 tests/browser

notebooks: .venv/.dev build
	$(BIN)/python -m pytest tests/notebooks

wheel: .venv/.dev build
	$(BIN)/python -m pytest tests/wheel

pythons: .venv/.dev build ## the unit tests on every other Python that is here
	$(BIN)/python -m tests.support.other_pythons

clean:
	rm -rf .venv js/node_modules qwen_notebook/widget/static tests/artefacts

# What is installed is remembered by empty files, so that the second time is quick.

.venv/.uv:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check uv
	@touch $@

.venv/.lab: .venv/.uv pyproject.toml hatch_build.py
	$(BIN)/uv pip install -q --python $(BIN)/python -e ".[lab]"
	@touch $@

.venv/.dev: .venv/.uv pyproject.toml hatch_build.py
	$(BIN)/uv pip install -q --python $(BIN)/python -e ".[dev]"
	@touch $@ .venv/.lab

.venv/.chromium: .venv/.dev
	$(BIN)/python -m tests.support.chromium
	@touch $@

js/node_modules/.dev: js/package-lock.json .venv/.dev
	cd js && $(NODE_PATH_FIRST) npm ci --no-fund --no-audit --loglevel=error
	@touch $@
