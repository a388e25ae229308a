# Everything a person working on clay-operator runs. `make` alone lists it.

SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# The tools, at the versions that their modules pin; Go compiles each at its first use and keeps it in its cache.
TOOL := go tool -modfile=hack/tools/go.mod
BUF := go tool -modfile=hack/tools/buf/go.mod buf
GOLANGCI_LINT := go tool -modfile=hack/tools/lint/go.mod golangci-lint
# Without the discovery of targets at dozens of clouds, which takes most of the compilation and nobody needs here.
PROMETHEUS_TOOL := GOFLAGS=-tags=remove_all_sd go tool -modfile=hack/tools/prometheus/go.mod
HELM_DOCS := go tool -modfile=hack/tools/chart/go.mod helm-docs

# Set before a command to run it with a control plane's programs at hand. An assignment of its own, so that a failure ends the recipe.
WITH_CONTROL_PLANE = assets=$$(hack/control-plane.sh); export KUBEBUILDER_ASSETS=$$assets;

# Name, package failures and a summary; the last line counts the tests.
GOTESTSUM := $(TOOL) gotestsum --format pkgname-and-test-fails --format-hide-empty-pkg --
# Enough for the slowest packages, end to end and the pages in a real browser, on two busy cores.
TEST_TIMEOUT := 50m
# Three times what all faults take on two cores.
CHAOS_TIMEOUT := 90m
# Three times what a day of simulated life takes on two cores.
LIFE_TIMEOUT := 60m
# The rooms whose tests need neither a browser nor a control plane.
PURE := ./api/... ./internal/access/... ./internal/adopt/... ./internal/audit/... ./internal/claysim/... ./internal/kstatus/... ./internal/mailbox/... \
  ./internal/manifest/... ./internal/notify/... ./internal/onetime/... ./internal/rules/... ./internal/seat/... ./internal/sidecar/... ./internal/tracing/...
# The images: what stands before their names, their tag, and what builds them.
IMAGE_PREFIX ?=
TAG ?= dev
CONTAINER_TOOL ?= docker
export IMAGE_PREFIX TAG CONTAINER_TOOL
# How long each fuzz target runs.
FUZZTIME ?= 30s

.PHONY: help
help: ## Show this list.
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z0-9-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

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
generate: ## Make the generated files anew: deep copies, CRDs, RBAC, protobuf, API reference, table of metrics, what the chart has of config.
	$(TOOL) controller-gen object paths=./api/...
	$(TOOL) controller-gen crd paths=./api/... output:crd:artifacts:config=config/crd/bases
	$(TOOL) controller-gen rbac:roleName=clay-operator paths=./controllers/... output:rbac:artifacts:config=config/rbac
	$(BUF) generate --template hack/buf.gen.yaml
	@mkdir -p docs/api/v1alpha1
	$(TOOL) crd-ref-docs --source-path=api/v1alpha1 --config=hack/api-docs/config.yaml --renderer=markdown --output-path=docs/api/v1alpha1/README.md
	go run ./hack/metrics
	cp config/crd/bases/*.yaml charts/clay-operator/files/crds/
	cp config/crd/bases/*.yaml internal/manifest/crds/
	cp config/rbac/role.yaml config/rbac/leader_election_role.yaml config/prometheus/rules.yaml config/prometheus/dashboard.json charts/clay-operator/files/
	cp config/policy/annotated_users.yaml config/policy/protected_addresses.yaml charts/clay-operator/files/policy/
	$(HELM_DOCS) --chart-search-root=charts --sort-values-order=file --log-level=warning

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

.PHONY: chart
chart: ## Test the chart and the kustomizations: rendering, refusals, rights, upgrades, against a real API server (UPDATE=1 writes the renderings anew).
	@$(WITH_CONTROL_PLANE) cd hack/chart && go test ./... $(if $(UPDATE),-run=TestGolden -update)

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME (30s).
	@hack/fuzz.sh $(FUZZTIME)

.PHONY: gitops
gitops: setup ## Run the tests under Argo CD's and Flux's own code (two minutes, and four more the first time, to compile them).
	@$(WITH_CONTROL_PLANE) cd hack/gitops && go test -vet=off -timeout $(TEST_TIMEOUT) ./...

.PHONY: chaos
chaos: setup ## Let everything go wrong that can, and write docs/faults.md (half an hour).
	@$(WITH_CONTROL_PLANE) go test ./hack/e2e -run '^TestChaos$$' -v -timeout $(CHAOS_TIMEOUT) -args -faults=docs/faults.md

.PHONY: kills
kills: setup ## Kill the manager, the sidecar, the driver and the browser 50 times, and write docs/kills.md (a quarter of an hour; SEED=n plays one again).
	@$(WITH_CONTROL_PLANE) go test ./hack/e2e -run '^TestSurvivesKills$$' -v -timeout $(LIFE_TIMEOUT) -args -kills=50 -killsfile=docs/kills.md $(if $(SEED),-seed=$(SEED))

.PHONY: life
life: setup ## Play a day of joiners, movers, leavers and faults, and write docs/life.md (a quarter of an hour; SEED=n plays one again).
	@$(WITH_CONTROL_PLANE) go test ./hack/e2e -run '^TestADayOfLife$$' -v -timeout $(LIFE_TIMEOUT) -args -hours=24 -life=docs/life.md $(if $(SEED),-seed=$(SEED))

.PHONY: alerts
alerts: ## Let every alert fire, and none when all is well (the first run compiles promtool, some minutes).
	$(PROMETHEUS_TOOL) promtool check rules --lint=all --lint-fatal config/prometheus/rules.yaml
	$(PROMETHEUS_TOOL) promtool test rules config/prometheus/rules_test.yaml

.PHONY: dashboard
dashboard: setup ## Ask a real Prometheus, which scrapes a real manager, every question of the dashboard (the first run compiles Prometheus).
	@mkdir -p bin
	@$(WITH_CONTROL_PLANE) go test ./hack/e2e -run '^TestMetrics$$' -v -timeout $(TEST_TIMEOUT) -args -dashboard=bin/dashboard-answers.json

.PHONY: bench
bench: setup ## Measure against a script that does one person at a time, and write docs/benchmarks.md (half an hour).
	@$(WITH_CONTROL_PLANE) go run ./hack/bench

.PHONY: lint
lint: ## Check style, and the rules of which room may import what.
	$(GOLANGCI_LINT) run
	go vet -tags=nobrowser ./internal/cli
	cd hack/gitops && $(subst =hack/,=../,$(GOLANGCI_LINT)) run
	cd hack/chart && $(subst =hack/,=../,$(GOLANGCI_LINT)) run
	@if command -v shellcheck >/dev/null; then shellcheck hack/*.sh .ci/run; else echo "shellcheck is not installed: the scripts were not checked"; fi

.PHONY: format
format: ## Put every Go file into the form that lint wants.
	$(GOLANGCI_LINT) fmt

.PHONY: check-generated
check-generated: ## Fail when a generated file is not what `make generate` makes.
	@hack/check-generated.sh

.PHONY: vulnerabilities
vulnerabilities: ## Look for known vulnerabilities in the code that is called.
	@hack/vulnerabilities.sh

.PHONY: workflows
workflows: ## Check the workflows of GitHub, as far as that can be done without running them.
	go tool -modfile=hack/tools/workflows/go.mod actionlint
	go tool -modfile=hack/tools/workflows/go.mod actionlint docs/examples/*.yaml

##@ Ship it

.PHONY: man
man: ## Write the manual pages into bin/man.
	go run ./hack/man bin/man/man1

.PHONY: images
images: ## Build the images with CONTAINER_TOOL (docker), as IMAGE_PREFIX and their names with TAG (dev).
	@hack/images.sh

.PHONY: sbom
sbom: ## Write what the images consist of into bin/sbom, as SPDX.
	@hack/sbom.sh

.PHONY: e2e
e2e: ## Try the images on the cluster of KUBECONFIG, which has them or can pull them (ten minutes; CHART=charts/clay-operator takes helm, SANDBOX=1 Chromium's own, NETWORK=1 tries its NetworkPolicies).
	go test -tags cluster ./hack/cluster -count=1 -v -timeout $(TEST_TIMEOUT) -args -image-prefix=$(IMAGE_PREFIX) -tag=$(TAG) $(if $(CHART),-chart=$(CHART)) $(if $(SANDBOX),-sandbox) $(if $(NETWORK),-network)

##@ Use a cluster (the current context of kubectl)

.PHONY: install
install: ## Install the custom resource definitions.
	kubectl apply --server-side -k config/crd

.PHONY: run
run: setup ## Run the operator from this machine.
	go run . manager
