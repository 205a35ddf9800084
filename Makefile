# Everything runs from here: `make demo` shows what crreg does, `make test` proves it.
# Each target installs what it needs: Debian packages when root, Python and npm packages in folders of the project.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := .venv-demo
SITE := .venv-site
GO := .cache/go
CRANE := .cache/crane
NODE := tests/node_modules
# One process more than CI has cores: many tests wait for servers.
WORKERS ?= 3
JOBS ?= 2
SECONDS ?= 60

export PYTHON
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help demo test test-unit about-test attack fuzz lint bench crane live live-clean sandbox docs site pictures lock clean
# Prerequisites are made in the order in which they are named: the Debian packages come first.
.NOTPARALLEL:

help:
	@echo 'make demo     run crreg check on a repository with four images, against servers on this machine'
	@echo 'make test     run all tests, the attacks among them, and fuzz for a minute: about 15 minutes, as root on Debian'
	@echo 'make test-unit  run the unit tests, which need no root, no Docker and no npm: under a minute, on macOS too'
	@echo 'make attack   run only the attacks: hostile repositories, registries, GitHubs and environments'
	@echo 'make fuzz     try generated inputs for SECONDS=60, on all targets or on TARGET="name name"'
	@echo 'make lint     ruff, mypy and the import contract'
	@echo 'make bench    compare crreg with docker, gh, skopeo and crane; KEEP=1 keeps the ratios for the next release,'
	@echo '              CRANE_SOURCE=FOLDER first builds crane from that checkout'
	@echo 'make sandbox  run the servers of the tests in the foreground, to try crreg, gh and docker on them'
	@echo 'make live     try what is assumed about GitHub on the real one, in the account OWNER; make live-clean: docs/live.md'
	@echo 'make docs     write docs/inputs.md, docs/assumptions.md and docs/schemas from what they describe'
	@echo 'make site     build the documentation as a site, with search, into site/'
	@echo 'make pictures draw and photograph what crreg shows, for README and docs/, as root'
	@echo 'make lock     lock the Python packages again, with hashes'
	@echo 'make clean    remove what the other commands made here (Debian packages stay)'

demo: packages-demo $(DEMO)/installed
	@$(DEMO)/bin/python -m sandbox.demo

# Each process starts the Docker Engines of its tests. Two share these tests, and one of the two runs all of e2e, which
# shares an image. Tests that assert how long something takes run in one process, since nothing else may run beside them.
# The fuzzer makes the same inputs each time, so that a change fails for what it broke; fuzz.yml looks for new ones.
test: about-test packages-test $(VENV)/installed $(NODE)/installed
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m 'not engine and not container and not speed'
	$(BIN)/pytest -m speed
	$(BIN)/pytest -n 2 --dist loadgroup -m 'engine or container'
	$(BIN)/python -m fuzz --seconds 60 --jobs $(JOBS) --seed 1

about-test:
	@echo 'This takes about 15 minutes on 2 cores. It needs root, since it starts a Docker Engine, and installs the'
	@echo 'Debian packages that are missing. Without root, or elsewhere than on Debian and Ubuntu: make test-unit'

test-unit: packages-unit $(VENV)/installed
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m 'not npm and not speed' tests/unit

# pytest says 5 where no test is left, which is no failure: not every attack needs an engine.
attack: packages-test $(VENV)/installed $(NODE)/installed
	$(BIN)/pytest -n $(WORKERS) --dist worksteal tests/attacks -m 'not engine and not container'
	$(BIN)/pytest tests/attacks -m 'engine or container' || test $$? -eq 5

fuzz: packages-lint $(VENV)/installed
	$(BIN)/python -m fuzz --seconds $(SECONDS) --jobs $(JOBS) $(addprefix --target ,$(TARGET))

lint: packages-lint $(VENV)/installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: packages-test $(VENV)/installed $(NODE)/installed $(if $(CRANE_SOURCE),crane)
	PATH="$(CURDIR)/$(CRANE):$$PATH" $(BIN)/python -m benchmarks $(if $(KEEP),--keep)

# Offline: the checkout holds its dependencies in vendor. The user names it, so it reaches the shell as a variable.
crane: export CRANE_SOURCE := $(CRANE_SOURCE)
crane: export GOCACHE := $(CURDIR)/$(GO)/cache
crane: $(GO)/installed
	cd "$${CRANE_SOURCE:?names a checkout of go-containerregistry}" && GOFLAGS= GOPROXY=off GOTOOLCHAIN=local CGO_ENABLED=0 \
		$(CURDIR)/$(GO)/bin/go build -mod=vendor -buildvcs=false -trimpath -o $(CURDIR)/$(CRANE)/crane ./cmd/crane

sandbox: packages-sandbox $(VENV)/installed $(NODE)/installed
	@$(BIN)/python -m sandbox

# The account comes from the person who runs it, so it reaches the shell as a variable of the environment.
live: export CRREG_LIVE_OWNER = $(OWNER)
live: packages-live $(VENV)/installed $(NODE)/installed
	@$(BIN)/python -m live run --owner "$$CRREG_LIVE_OWNER" $(if $(YES),--yes)

live-clean: packages-live $(VENV)/installed
	@$(BIN)/python -m live clean

docs: packages-lint $(VENV)/installed
	$(BIN)/python -m docs.generate

site: $(SITE)/installed
	PYTHONPATH=src $(SITE)/bin/python -m docs.site site

pictures: packages-pictures $(VENV)/installed $(NODE)/installed
	$(BIN)/python -m docs.images.make

# The container is built from requirements/runtime.txt, tests run on requirements/dev.txt, which holds it.
lock: packages-lint $(VENV)/installed
	$(BIN)/uv pip compile --quiet --system-certs --universal --generate-hashes --no-header --python-version 3.11 \
		pyproject.toml -o requirements/runtime.txt $(LOCK)
	$(BIN)/uv pip compile --quiet --system-certs --universal --generate-hashes --no-header --python-version 3.11 \
		pyproject.toml --group dev -c requirements/runtime.txt -o requirements/dev.txt $(LOCK)
	$(BIN)/uv pip compile --quiet --system-certs --universal --generate-hashes --no-header --python-version 3.11 \
		pyproject.toml --group demo -c requirements/dev.txt -o requirements/demo.txt $(LOCK)
	$(BIN)/uv pip compile --quiet --system-certs --universal --generate-hashes --no-header --python-version 3.11 \
		--group site -c requirements/dev.txt -o requirements/site.txt $(LOCK)
	$(BIN)/uv pip compile --quiet --system-certs --universal --generate-hashes --no-header --python-version 3.11 \
		--group go -o requirements/go.txt $(LOCK)

clean:
	rm -rf $(VENV) $(DEMO) $(SITE) $(NODE) site .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf __pycache__
	find src tests sandbox benchmarks container docs fuzz live -name __pycache__ -prune -exec rm -rf {} +

.PHONY: packages-lint packages-unit packages-demo packages-live packages-sandbox packages-test packages-pictures
packages-lint packages-unit packages-demo packages-live packages-sandbox packages-test packages-pictures:
	@tests/system-packages $(@:packages-%=%)

$(VENV)/installed: requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

# Under 150 MB: only what the demo's servers need, and nothing compiled that is not run.
$(DEMO)/installed: requirements/demo.txt pyproject.toml
	$(PYTHON) -m venv $(DEMO)
	$(DEMO)/bin/pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements/demo.txt
	$(DEMO)/bin/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

$(SITE)/installed: requirements/site.txt
	$(PYTHON) -m venv $(SITE)
	$(SITE)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/site.txt
	@touch $@

$(GO)/installed: requirements/go.txt
	$(PYTHON) -m venv $(GO)
	$(GO)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/go.txt
	@touch $@

$(NODE)/installed: tests/package-lock.json
	npm ci --prefix tests --no-audit --no-fund --loglevel=error
	@touch $@
