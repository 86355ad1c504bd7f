# Asterism. `make help` lists what there is.
#
# The virtual environment and generated code are made in the checkout; what is costly (Go builds,
# packages, images) is cached by content under /var/cache/asterism and /var/lib/asterism.

SHELL := /bin/bash
.DEFAULT_GOAL := help
export GRPC_ENABLE_FORK_SUPPORT := 0
export GRPC_VERBOSITY := ERROR
unexport PYTHONDONTWRITEBYTECODE

SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
VENV := .venv
PY := $(VENV)/bin/python
# Root writes no byte code into the caller's checkout.
ROOT_ENV := $(SUDO) env PYTHONPYCACHEPREFIX=/var/cache/asterism/pycache
ASTERISM := $(ROOT_ENV) $(CURDIR)/$(VENV)/bin/asterism
PROTOS := $(shell find proto -name '*.proto')

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  \1\t/' | expand -t 18

.PHONY: setup
setup: $(VENV)/.ready $(VENV)/.proto ## Python environment and generated code (no root)

$(VENV)/.ready: requirements/dev.lock pyproject.toml
	@command -v python3 >/dev/null && python3 -c 'import ensurepip' 2>/dev/null || $(MAKE) packages
	test -x $(PY) || python3 -m venv $(VENV)
	$(VENV)/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.lock
	$(VENV)/bin/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(PY) -m compileall -q $(VENV)/lib >/dev/null || true
	@touch $@

$(VENV)/.proto: $(PROTOS) $(VENV)/.ready
	$(PY) -m grpc_tools.protoc -Iproto/src --python_out=proto/src --pyi_out=proto/src \
		--grpc_python_out=proto/src $(PROTOS)
	$(PY) -m compileall -q */src
	@touch $@

.PHONY: packages
packages: ## Debian packages of the host side (sudo)
	@bash images/packages.sh

.PHONY: check
check: setup ## linters, types, layers, unit tests: no root, under two minutes
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy .
	$(VENV)/bin/lint-imports
	$(PY) -m pytest -q -n auto -m "not root and not image and not cluster and not slow and not tools"

.PHONY: image
image: setup packages ## build the node image (cached)
	$(ASTERISM) image build

.PHONY: cluster
cluster: image ## build the node image and create the cluster `local`
	$(SUDO) bash cli/link.sh $(CURDIR)/$(VENV)/bin/asterism /var/cache/asterism/bin/kubectl
	$(ASTERISM) trust import --emulated
	$(ASTERISM) cluster create

# Tests that run as root write nothing into the checkout.
AS_ROOT := $(ROOT_ENV) HYPOTHESIS_STORAGE_DIRECTORY=/var/cache/asterism/hypothesis $(CURDIR)/$(PY)
ROOT_PYTEST := $(AS_ROOT) -m pytest -q -p no:cacheprovider --durations=10
ALL_TESTS := $(wildcard */tests) e2e/suites

.PHONY: test
test: check image ## every check and test (sudo); under 30 minutes once the image is built
	$(ROOT_PYTEST) -m "(root or tools or image) and not cluster and not slow" $(ALL_TESTS)
	$(ROOT_PYTEST) -m "cluster and not slow" --timeout=120 e2e/suites

.PHONY: test-long
test-long: image ## every crash point resumed, many cycles, a million inputs per parser (sudo); hours
	$(ROOT_PYTEST) -m slow $(ALL_TESTS)
	$(AS_ROOT) -m asterism.e2e.fuzz --mode blind
	$(MAKE) mutation

.PHONY: conformance
conformance: image ## all of Kubernetes' conformance specs on a cluster of their own (sudo); over an hour
	$(ROOT_PYTEST) -m slow e2e/suites/conformance

.PHONY: fuzz
fuzz: setup ## a million strange inputs for every parser; goes on where it stopped; hours
	-$(VENV)/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements/fuzz.lock
	$(PY) -m asterism.e2e.fuzz $(ARGS)

.PHONY: mutation
mutation: setup ## faults put into keys, attestation and atls; tests must notice 90 % in each; goes on where it stopped
	nice -n 15 $(PY) -m asterism.e2e.mutation $(ARGS)

.PHONY: bench
bench: image ## figures beside plain kubeadm (sudo); on a quiet machine
	$(AS_ROOT) -m asterism.e2e.bench

.PHONY: docs
docs: setup ## renew the pages made from the error catalogue, commands, settings and attack tests
	$(PY) -m asterism.cli.errors_doc docs/errors
	$(PY) -m asterism.cli.commands_doc docs/cli.md
	$(PY) -m asterism.cli.config_doc docs/config.md
	$(PY) -m asterism.e2e.attack_map docs/attacks.md

.PHONY: lock-image
lock-image: setup packages ## renew images/root.lock from today's archive (sudo)
	$(AS_ROOT) -m asterism.images.relock

.PHONY: lock
lock: ## renew the locks in requirements/
	$(VENV)/bin/pip install -q uv
	$(VENV)/bin/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-header --python-version 3.11 --extra cli --extra e2e --group dev pyproject.toml -o requirements/dev.lock
	$(VENV)/bin/uv pip compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
		--python-version 3.13 --python-platform x86_64-manylinux_2_28 pyproject.toml -o requirements/node.lock
	$(VENV)/bin/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-header --no-annotate --python-version 3.11 --group pyproject.toml:fuzz -o requirements/fuzz.lock
