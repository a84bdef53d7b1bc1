# crosswalk: every task of the project. `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash

GO       ?= go
BIN      := bin/crosswalk
LINT     := bin/golangci-lint
LINT_VERSION := v2.15.0

.PHONY: help build demo test test-fast lint fmt fuzz bench servers generate clean

help: ## list the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/crosswalk: one static binary
	CGO_ENABLED=0 $(GO) build -trimpath -o $(BIN) ./cmd/crosswalk

demo: build ## the whole story on sample data; needs Go alone
	$(BIN) demo --dir "$$(mktemp -d)/crosswalk-demo"

test: servers ## everything, with the race detector, on real servers
	$(GO) vet ./...
	$(GO) test -race -timeout 25m ./...

test-fast: servers ## the same without the race detector
	$(GO) test ./...

servers: ## install PostgreSQL, MariaDB and Node for the tests, if they are missing
	@scripts/servers.sh

lint: $(LINT) ## gofmt, vet, golangci-lint, and modules as they should be
	@test -z "$$(gofmt -l . | tee /dev/stderr)"
	$(GO) mod verify
	$(GO) mod tidy -diff
	$(LINT) run

$(LINT):
	GOBIN=$(CURDIR)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)

fmt: ## format the code
	gofmt -w .

fuzz: ## fuzz every parser and encoder for 20 seconds each
	@scripts/fuzz.sh 20s

bench: build servers ## measure speed and memory against what is possible
	$(GO) run ./internal/bench -crosswalk $(BIN)

generate: ## rewrite golden files after a change that is meant
	$(GO) test ./mapping ./reconcile ./internal/workspace ./cmd/crosswalk -update

clean: ## remove what was built
	rm -rf bin
