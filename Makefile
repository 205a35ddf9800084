# Everything runs from here: `make demo` shows what crreg does, `make test` proves it.
# Each target installs what it needs: Debian packages when root, Python and npm packages in folders of the project.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NODE := tests/node_modules
WORKERS ?= 2

export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help demo test lint bench sandbox lock clean setup

help:
	@echo 'make demo     run crreg check on a repository with four images, against servers on this machine'
	@echo 'make test     run all tests'
	@echo 'make lint     ruff, mypy and the import contract'
	@echo 'make bench    time crreg against docker login and skopeo login, measure memory and the container'
	@echo 'make sandbox  run the servers of the tests in the foreground, to try crreg, gh and docker on them'
	@echo 'make lock     lock the Python packages anew, with hashes'

demo: $(VENV)/installed system-packages
	@$(BIN)/python -m tests.sandbox.demo

# One Docker Engine serves all tests that need one, so these run in one process.
test: setup
	$(BIN)/pytest -n $(WORKERS) -m 'not engine and not container'
	$(BIN)/pytest -m 'engine or container'

lint: $(VENV)/installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	$(BIN)/python -m benchmarks

sandbox: $(VENV)/installed system-packages
	@$(BIN)/python -m tests.sandbox

setup: $(VENV)/installed $(NODE)/installed system-packages

# The container is built from requirements/runtime.txt, tests run on requirements/dev.txt, which holds it.
lock: $(VENV)/installed
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 \
		pyproject.toml -o requirements/runtime.txt $(LOCK)
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 \
		pyproject.toml --group dev -c requirements/runtime.txt -o requirements/dev.txt $(LOCK)

clean:
	rm -rf $(VENV) $(NODE) .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

.PHONY: system-packages
system-packages:
	@tests/system-packages

$(VENV)/installed: requirements/dev.txt pyproject.toml
	@tests/system-packages python
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

$(NODE)/installed: tests/package-lock.json
	@tests/system-packages node
	npm ci --prefix tests --no-audit --no-fund --loglevel=error
	@touch $@
