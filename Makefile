# Two commands for a machine that has Python: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
NODE_PATH_FIRST := PATH="$(CURDIR)/$(BIN):$(PATH)"
# Where `make test` reads how long each test took; a suite that is run alone leaves no report.
TIMES ?=
PYTEST = $(BIN)/python -m pytest $(if $(TIMES),--junitxml=$(TIMES)/$@.xml)
VITEST_REPORT = $(if $(TIMES),-- --reporter=default --reporter=junit --outputFile.junit=$(TIMES)/$@.xml)

# Compiled Python is kept, whatever the machine's own settings: else every kernel and program that a test starts compiles
# JupyterLab, pydantic and pandas anew.
export PYTHONPYCACHEPREFIX := $(CURDIR)/.venv/.bytecode
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-long bench build lint front unit pay-once kernel browser notebooks wheel pythons clean

demo: .venv/.lab ## set up, and open the quickstart in JupyterLab
	$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) --ServerApp.root_dir=notebooks \
		--LabApp.default_url=/lab/tree/01_quickstart.ipynb --LabApp.news_url=

test: .venv/.dev .venv/.chromium js/node_modules/.dev build ## set up, and pass everything
	$(BIN)/python -m tests.support.suites

test-long: test ## the full soaks and kill matrices too, every unit test on every Python, and more examples of each property
	$(BIN)/python -m pytest -m long
	$(BIN)/python -m pytest -n 2 -m hypothesis --hypothesis-profile=long tests/unit
	$(BIN)/python -m tests.support.other_pythons --all

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
	cd js && $(NODE_PATH_FIRST) npm run --silent check && $(NODE_PATH_FIRST) npm run --silent test $(VITEST_REPORT)

unit: .venv/.dev build
	$(PYTEST) -n 8 --dist worksteal --doctest-modules tests/unit qwen_notebook

pay-once: .venv/.dev build
	$(PYTEST) -n 8 --dist worksteal tests/pay_once

kernel: .venv/.dev build
	$(PYTEST) -n 4 --dist worksteal tests/kernel

browser: .venv/.dev .venv/.chromium build
	$(PYTEST) -n 2 --dist worksteal tests/browser

notebooks: .venv/.dev build
	$(PYTEST) -n 4 tests/notebooks

wheel: .venv/.dev build
	$(PYTEST) tests/wheel

pythons: .venv/.dev build ## what may differ between Pythons, on the newest other one that is here
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
