# Everything a person working on clay-operator runs. `make` alone lists it.

SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# The tools, at the versions that their modules pin; Go compiles each at its first use and keeps it in its cache.
TOOL := go tool -modfile=hack/tools/go.mod
BUF := go tool -modfile=hack/tools/buf/go.mod buf
GOLANGCI_LINT := go tool -modfile=hack/tools/lint/go.mod golangci-lint

# Set before a command to run it with a control plane's programs at hand. An assignment of its own, so that a failure ends the recipe.
WITH_CONTROL_PLANE = assets=$$(hack/control-plane.sh); export KUBEBUILDER_ASSETS=$$assets;

# Name, package failures and a summary; the last line counts the tests.
GOTESTSUM := $(TOOL) gotestsum --format pkgname-and-test-fails --format-hide-empty-pkg --
# Enough for the slowest package, the pages in a real browser, on two busy cores.
TEST_TIMEOUT := 40m
# Three times what a day of simulated life takes on two cores.
LIFE_TIMEOUT := 60m
# The rooms whose tests need neither a browser nor a control plane.
PURE := ./api/... ./internal/audit/... ./internal/claysim/... ./internal/mailbox/... ./internal/notify/... ./internal/onetime/... ./internal/seat/... ./internal/sidecar/...
# How long each fuzz target runs.
FUZZTIME ?= 30s

.PHONY: help
help: ## Show this list.
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ See it work

.PHONY: demo
demo: setup build ## Run the operator against a simulated Clay, from manifests to seats and back, with a hand-over to a person (KEEP=1 leaves it running).
	@go build -o bin/demo ./hack/demo
	@$(WITH_CONTROL_PLANE) exec bin/demo $(if $(KEEP),--keep)

##@ Build

.PHONY: setup
setup: ## Install what is missing: the Playwright driver and Chromium.
	@hack/setup.sh

.PHONY: build
build: ## Compile bin/clay-operator.
	go build -trimpath -o bin/clay-operator .

.PHONY: generate
generate: ## Make the generated files anew: deep copies, CRDs, RBAC, protobuf, API reference.
	$(TOOL) controller-gen object paths=./api/...
	$(TOOL) controller-gen crd paths=./api/... output:crd:artifacts:config=config/crd/bases
	$(TOOL) controller-gen rbac:roleName=clay-operator paths=./controllers/... output:rbac:artifacts:config=config/rbac
	$(BUF) generate --template hack/buf.gen.yaml
	@mkdir -p docs/api/v1alpha1
	$(TOOL) crd-ref-docs --source-path=api/v1alpha1 --config=hack/api-docs/config.yaml --renderer=markdown --output-path=docs/api/v1alpha1/README.md

.PHONY: clean
clean: ## Remove what was built here (the cache in ~/.cache/clay-operator stays).
	rm -rf bin

##@ Check

.PHONY: test
test: setup ## Run every test.
	@$(WITH_CONTROL_PLANE) $(GOTESTSUM) -timeout $(TEST_TIMEOUT) ./...

.PHONY: race
race: ## Run the tests that need no browser under the race detector (needs a C compiler).
	@$(WITH_CONTROL_PLANE) $(GOTESTSUM) -timeout $(TEST_TIMEOUT) -race $(PURE) ./controllers/...

.PHONY: unit
unit: ## Run only the tests that need no browser and no control plane.
	@$(GOTESTSUM) $(PURE)

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME (30s).
	@hack/fuzz.sh $(FUZZTIME)

.PHONY: chaos
chaos: setup ## Let everything go wrong that can, and write docs/faults.md (ten minutes).
	@$(WITH_CONTROL_PLANE) go test ./hack/e2e -run '^TestChaos$$' -v -timeout $(TEST_TIMEOUT) -args -faults=docs/faults.md

.PHONY: life
life: setup ## Play a day of joiners, movers, leavers and faults, and write docs/life.md (a quarter of an hour; SEED=n plays one again).
	@$(WITH_CONTROL_PLANE) go test ./hack/e2e -run '^TestADayOfLife$$' -v -timeout $(LIFE_TIMEOUT) -args -hours=24 -life=docs/life.md $(if $(SEED),-seed=$(SEED))

.PHONY: bench
bench: setup ## Measure against a script that does one person at a time, and write docs/benchmarks.md (half an hour).
	@$(WITH_CONTROL_PLANE) go run ./hack/bench

.PHONY: lint
lint: ## Check style, and the rules of which room may import what.
	$(GOLANGCI_LINT) run
	@if command -v shellcheck >/dev/null; then shellcheck hack/*.sh .ci/run; else echo "shellcheck is not installed: the scripts were not checked"; fi

.PHONY: format
format: ## Put every Go file into the form that lint wants.
	$(GOLANGCI_LINT) fmt

.PHONY: check-generated
check-generated: ## Fail when a generated file is not what `make generate` makes.
	@hack/check-generated.sh

##@ Use a cluster (the current context of kubectl)

.PHONY: install
install: ## Install the custom resource definitions.
	kubectl apply --server-side -k config/crd

.PHONY: run
run: setup ## Run the operator from this machine.
	go run . manager
