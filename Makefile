# The entry point for all tasks. `make help` lists the targets.
SHELL := /bin/bash
PYTHON := .tools/venv/bin/python3
NINJA_JOBS := $(if $(JOBS),-j$(JOBS))
# Actions outside of this repository: a folder with spec/, handlers/ and tests/. Their build output goes there too.
override ACTIONS := $(if $(ACTIONS),$(abspath $(ACTIONS)))
BUILD := $(if $(ACTIONS),$(ACTIONS)/build,build)
HOME_OF_ACTIONS := $(or $(ACTIONS),.)
WITH_ACTIONS := $(if $(ACTIONS),--actions $(ACTIONS))
TESTS_OF_ACTIONS := $(if $(ACTIONS),test_added_,test_)
ifneq ($(ACTIONS),)
export WORKER_ACTIONS := $(ACTIONS)
export WORKER_BUILD := $(BUILD)
endif

# The development cluster, and what runs there.
KIND := kindest/node:v1.31.0
KIND_CLUSTER := superior-starter-cluster
NAMESPACE := ichor-system
VERSION := $(shell cat VERSION)
WORKFLOW_WORKER_APP := workflow-worker
IMAGE_NAME := $(if $(ACTIONS),$(notdir $(ACTIONS)),$(WORKFLOW_WORKER_APP))
WORKFLOW_WORKER_IMAGE := $(or $(IMAGE),localhost/superior/$(IMAGE_NAME):$(VERSION))

.DEFAULT_GOAL := build
.PHONY: help setup build reconfigure new-project run dev test test-fast test-action test-servers reproducible bench fuzz lint format \
    docs pages lock pin clean image workflow-worker sbom dev-up dev-down dev-load dev-apply dev-migrate dev-restart \
    dev-update dev-update-apply dev-status dev-logs-workflow-worker dev-describe-workflow-worker temporal-ui

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-29s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what is missing: Debian packages, .tools/venv and promtool (other targets call it)
	@zarf/dev/setup

build: setup ## Build build/src/cli/workflow-worker (what `make` alone does; ACTIONS=/path: with the actions there)
	@$(MAKE) -s reconfigure
	@$(PYTHON) -m zarf.dev.build --jobs "$(JOBS)" $(BUILD)
	@$(if $(ACTIONS),cmp -s spec/actions.schema.json $(BUILD)/actions.schema.json || \
	    cp spec/actions.schema.json $(BUILD))

reconfigure: # Let Meson run again in every build folder if files were added to these folders, or removed
	@[ ! -f $(BUILD)/build.ninja ] || for folder in spec handlers tests/handlers $(if $(ACTIONS),$(addprefix $(ACTIONS)/,spec handlers tests)); do \
	    [ $$folder -nt $(BUILD)/build.ninja ] && touch generated/meson.build; \
	done; true

new-project: setup ## Write a first project with actions of its own, outside of this repository (DIR=/path)
	@$(PYTHON) -m zarf.dev.new_project "$(DIR)"

run: build ## Start PostgreSQL, Temporal and the worker, run the samples, until Ctrl-C (ONCE=1: then end; KEEP=1)
	@$(PYTHON) -m zarf.dev.run $(if $(ONCE),--once) $(if $(KEEP),--keep)

dev: build ## Like `make run`; rebuild and restart the worker when a spec or a handler changes (RULE=rule.json: run it)
	@$(PYTHON) -m zarf.dev.dev $(if $(RULE),--rule $(RULE)) $(if $(KEEP),--keep)

test: build ## Run every check and test, also with clang, and with ASan and UBSan
	@$(PYTHON) -m zarf.dev.check

test-fast: build ## Run the tests that need no server
	@$(PYTHON) -m zarf.dev.check --fast

test-action: build ## Run the generated tests of one action and its own (ACTION=send_email)
	@$(PYTHON) -m zarf.dev.build --jobs "$(JOBS)" $(BUILD) tests/codegen/$(TESTS_OF_ACTIONS)generated \
	    tests/handlers/$(TESTS_OF_ACTIONS)handlers
	@$(BUILD)/tests/codegen/$(TESTS_OF_ACTIONS)generated --filter='$(or $(ACTION),*)/*'
	@$(PYTHON) -m tests.handlers.with_postgres $(PYTHON) -m tests.handlers.with_mail \
	    $(PYTHON) -m tests.handlers.with_web \
	    $(BUILD)/tests/handlers/$(TESTS_OF_ACTIONS)handlers -j1 --filter='$(or $(ACTION),*)/*'

test-servers: build ## Run the core of the tests on whole Temporal servers, old and new (SERVERS="--server 1.26.2")
	@$(PYTHON) -m zarf.dev.servers $(SERVERS)

.PHONY: test-pooler
test-pooler: build ## Run the end-to-end tests with PgBouncer between the workers and PostgreSQL
	@WORKER_POOLER=1 $(PYTHON) -m zarf.dev.check --only e2e

reproducible: setup ## Build the release binary twice, in different folders, and compare the bytes
	@$(PYTHON) -m zarf.dev.reproducible

bench: setup ## Measure what runs cost, with a release build (BENCH=--quick for a rough look)
	@[ -f build-bench/build.ninja ] || meson setup build-bench --buildtype release -Dstatic_grpc=true
	@ninja -C build-bench $(NINJA_JOBS) src/cli/workflow-worker
	@WORKER_BUILD=build-bench $(PYTHON) -m zarf.dev.bench --json .run/bench.json $(BENCH)

fuzz: setup ## Run every fuzz target for 60 s each (FUZZ="--seconds 600 json" for more of one)
	@$(PYTHON) -m zarf.dev.fuzz $(FUZZ)

.PHONY: simulate
simulate: setup ## Simulate workers from one seed each (SEEDS=100000 SEED=1; LOG=1 prints the last steps of each)
	@[ -f build/build.ninja ] || meson setup build
	@ninja -C build $(NINJA_JOBS) tests/simulation/simulation
	@build/tests/simulation/simulation --seed $(or $(SEED),1) --count $(or $(SEEDS),$(if $(SEED),1,10000)) \
	    $(if $(LOG),--trace)

.PHONY: chaos
chaos: build ## Run many rules under faults, a seed after the other (SEEDS=1..10; POOLER=1: with PgBouncer)
	@$(PYTHON) -m tests.chaos.run --seeds $(or $(SEEDS),1) $(if $(POOLER),--pooler) $(CHAOS)

.PHONY: random-rules
random-rules: build ## Run random valid rules of every size and judge each (RUNS=100000 SEED=1)
	@$(PYTHON) -m tests.random_rules.run --runs $(or $(RUNS),10000) --seed $(or $(SEED),1)

lint: setup ## Check format, types and style of C and Python
	@$(PYTHON) -m zarf.dev.check --only lint

format: setup ## Format C and Python
	@git ls-files --cached --others --exclude-standard '*.c' '*.h' | xargs -r .tools/venv/bin/clang-format -i
	@$(PYTHON) -m ruff format --quiet codegen tests zarf
	@$(PYTHON) -m ruff check --quiet --fix codegen tests zarf

lock: pages ## Accept the present actions as what saved rules rely on: spec/actions.lock.json (and docs)
	@$(PYTHON) -m codegen $(WITH_ACTIONS) --lock spec/actions.lock.json --update-lock spec

docs: build pages ## Write docs/actions.md and docs/settings.md from spec/, draw docs/pictures, build the site
	@$(if $(ACTIONS),,$(PYTHON) -m zarf.dev.pictures)
	@$(if $(ACTIONS),,$(PYTHON) -m zarf.dev.site)

pages: setup
	@$(PYTHON) -m codegen $(WITH_ACTIONS) --docs $(HOME_OF_ACTIONS)/docs/actions.md spec
	@$(PYTHON) -m codegen.settings spec/settings.yaml $(WITH_ACTIONS) --docs $(HOME_OF_ACTIONS)/docs/settings.md

pin: setup ## Pin the Python packages of zarf/dev/requirements.in again
	@$(PYTHON) zarf/dev/pin.py $(PYTHON)

clean: ## Remove build folders and the logs of old runs; keeps .tools
	@rm -rf build build-asan build-clang build-bench build-fuzz build-image .run
	@find codegen tests zarf -name __pycache__ -prune -exec rm -rf {} +

# ---- image and development cluster: docker, podman or buildah; kind; kubectl ----

image: workflow-worker ## Build the image (ACTIONS=/path: with the actions there; IMAGE=registry/name:tag)

workflow-worker:
	@zarf/docker/image build $(WORKFLOW_WORKER_IMAGE) $(ACTIONS)

sbom: ## Copy the image's bill of materials to build-image/sbom.cdx.json
	@zarf/docker/image sbom $(WORKFLOW_WORKER_IMAGE) build-image/sbom.cdx.json

dev-up: ## Make a kind cluster
	kind create cluster --image $(KIND) --name $(KIND_CLUSTER)
	kubectl wait --timeout=120s --namespace=local-path-storage --for=condition=Available \
	    deployment/local-path-provisioner

dev-down: ## Delete the kind cluster with all that is in it
	kind delete cluster --name $(KIND_CLUSTER)

dev-load: ## Hand the image to the kind cluster
	@zarf/docker/image load $(WORKFLOW_WORKER_IMAGE) $(KIND_CLUSTER)

dev-apply: ## Apply the manifests: database (if there is none), Temporal, the worker; wait for each
	kubectl apply -k zarf/k8s/dev/namespace
	kubectl get statefulset database --namespace=$(NAMESPACE) >/dev/null 2>&1 || kubectl apply -k zarf/k8s/dev/database
	kubectl rollout status --namespace=$(NAMESPACE) --watch --timeout=120s statefulset/database
	kubectl apply -k zarf/k8s/dev/temporal
	kubectl rollout status --namespace=$(NAMESPACE) --watch --timeout=180s deployment/temporal
	kubectl apply -k zarf/k8s/dev/workflow-worker
	kubectl rollout status --namespace=$(NAMESPACE) --watch --timeout=120s deployment/$(WORKFLOW_WORKER_APP)

dev-migrate: ## Create missing tables (where the application's own migrations do not run)
	kubectl exec --namespace=$(NAMESPACE) deployment/$(WORKFLOW_WORKER_APP) -- ./workflow-worker migrate

dev-restart: ## Restart the workers
	kubectl rollout restart deployment $(WORKFLOW_WORKER_APP) --namespace=$(NAMESPACE)

dev-update: workflow-worker dev-load dev-restart ## Build, load, restart

dev-update-apply: workflow-worker dev-load dev-apply ## Build, load, apply

dev-status: ## Watch the pods
	watch -n 2 kubectl get pods -o wide --all-namespaces

dev-logs-workflow-worker: ## Stream the workers' log
	@lines=100; while kubectl logs --namespace=$(NAMESPACE) -l app=$(WORKFLOW_WORKER_APP) --all-containers=true -f \
	    --tail=$$lines --max-log-requests=20; do lines=-1\ --since=2s; sleep 1; done

dev-describe-workflow-worker: ## Describe the workers' pods
	kubectl describe pod --namespace=$(NAMESPACE) -l app=$(WORKFLOW_WORKER_APP)

temporal-ui: ## Temporal's UI on http://localhost:8280
	@echo "Temporal UI available at http://localhost:8280"
	@echo "Press Ctrl+C to stop port forwarding"
	@kubectl port-forward --namespace=$(NAMESPACE) svc/temporal-service 8280:8080
