# The front door. `make help` lists what it can do.
SHELL := /bin/bash
PYTHON := .tools/venv/bin/python3
NINJA_JOBS := $(if $(JOBS),-j$(JOBS))

.DEFAULT_GOAL := build
.PHONY: help setup build run test test-fast bench fuzz lint format docs lock pin clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what is missing: Debian packages and .tools/venv (the other targets do it by themselves)
	@zarf/dev/setup

build: setup ## Build build/src/cli/workflow-worker (what `make` alone does)
	@[ -f build/build.ninja ] || meson setup build
	@ninja -C build $(NINJA_JOBS) src/cli/workflow-worker

run: build ## Start PostgreSQL, Temporal and the worker, run the samples, show it all until Ctrl-C (ONCE=1: then end)
	@$(PYTHON) -m zarf.dev.run $(if $(ONCE),--once)

test: build ## Run every check and test there is, also under ASan and UBSan, also built by clang
	@$(PYTHON) -m zarf.dev.check

test-fast: build ## Run the tests that need no server
	@$(PYTHON) -m zarf.dev.check --fast

bench: setup ## Measure what runs cost, with a release build (BENCH=--quick for a rough look)
	@[ -f build-bench/build.ninja ] || meson setup build-bench --buildtype release -Dstatic_grpc=true
	@ninja -C build-bench $(NINJA_JOBS) src/cli/workflow-worker
	@WORKER_BUILD=build-bench $(PYTHON) -m zarf.dev.bench --json .run/bench.json $(BENCH)

fuzz: setup ## Run every fuzz target for 60 s each (FUZZ="--seconds 600 json" for more of one)
	@$(PYTHON) -m zarf.dev.fuzz $(FUZZ)

lint: setup ## Check format, types and style of C and Python
	@$(PYTHON) -m zarf.dev.check --only lint

format: setup ## Format C and Python
	@git ls-files --cached --others --exclude-standard '*.c' | xargs -r clang-format -i
	@$(PYTHON) -m ruff format --quiet codegen tests zarf
	@$(PYTHON) -m ruff check --quiet --fix codegen tests zarf

lock: docs ## Take the actions as they are for what saved rules may rely on: spec/actions.lock.json (and docs)
	@$(PYTHON) -m codegen --lock spec/actions.lock.json --update-lock spec

docs: setup ## Write docs/actions.md, the reference of all actions, from the spec
	@$(PYTHON) -m codegen --docs docs/actions.md spec

pin: setup ## Pin the Python packages anew, from zarf/dev/requirements.in
	@$(PYTHON) zarf/dev/pin.py $(PYTHON)

clean: ## Remove what was built and the logs of old runs; keeps .tools
	@rm -rf build build-asan build-clang build-bench build-fuzz .run
	@find codegen tests zarf -name __pycache__ -prune -exec rm -rf {} +
