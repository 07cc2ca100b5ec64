# `make` shows what there is to run.
GO      ?= go
BIN     := $(CURDIR)/bin
export GOTOOLCHAIN := local
# Packages that the sandbox cluster is started for; everything else is cheap and runs beside them.
PKGS    ?= ./...
TESTFLAGS ?=
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
DATE    := $(shell TZ=UTC git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd 2>/dev/null)
COMMIT  := $(shell git rev-parse HEAD 2>/dev/null)
LDFLAGS := -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT) -X main.date=$(DATE)

.DEFAULT_GOAL := help
.PHONY: help build docs image dist cross sandbox demo test race e2e fuzz torture bench fmt lint templates generate clean

help: ## show this
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/wpctl
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN)/wpctl ./cmd/wpctl

DIST ?= $(CURDIR)/dist
image: ## build the container image, dist/wpctl-image.tar, without pulling anything
	$(GO) -C release run . image --root $(CURDIR) --out $(DIST)/wpctl-image.tar

dist: ## make a release into dist/: programs, archives, packages, image, manifests, sums
	rm -rf $(DIST)
	$(GO) -C release run . dist --root $(CURDIR) --out $(DIST)

docs: ## make pages of the documents, in dist/site
	$(GO) run ./site --out $(DIST)/site --version '$(VERSION)'

cross: ## build wpctl for all platforms, and keep nothing
	@for p in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64; do \
	  echo "$$p"; CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) build -o /dev/null ./cmd/wpctl || exit 1; \
	done

sandbox: ## build bin/sandbox and, once, the cluster that it starts
	$(GO) -C sandbox build -o $(BIN)/sandbox ./cmd/sandbox
	$(BIN)/sandbox build

demo: build sandbox ## the first acts of what e2e plays, on a cluster of its own; with a real node where one can run
	@$(GO) build -o $(BIN)/demo ./demo
	@if lacks=$$($(BIN)/sandbox check 2>&1); then \
	  $(MAKE) --no-print-directory -s cast && exec $(BIN)/demo --bin $(BIN) --node; \
	else \
	  echo "No real node runs here, so no images, certificates or databases: you see the parts for which a control plane is enough."; \
	  echo "$$lacks"; exec $(BIN)/demo --bin $(BIN); \
	fi

# What the world of the demo and of the end-to-end test is made of, beside what internal/testtools builds.
.PHONY: cast
cast: sandbox
	@test -x $(BIN)/e2e/certmanager || echo "cert-manager's controllers and the programs of a real node are built, once, in a few minutes"
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o $(BIN)/e2e/app ./e2e/app
	CGO_ENABLED=0 $(GO) -C e2e/parts build -trimpath -ldflags '-s -w' -o $(BIN)/e2e/ ./cmd/acmesolver
	$(GO) -C e2e/parts build -o $(BIN)/e2e/ ./cmd/certmanager
	$(BIN)/sandbox build --node >/dev/null

# The vet comes first as it also gets every module, and the programs that tests run are built then: the tests run in
# a network that ends at its own edge.
test: build sandbox ## run all tests, against a cluster of their own, with a real node where one can run
	$(GO) vet ./...
	$(GO) test -timeout 40m ./internal/testtools
	$(GO) -C sandbox test -timeout 30m ./...
	$(GO) -C release test -timeout 30m ./...
	@node=--node; $(BIN)/sandbox check || { test "$$WPCTL_REQUIRE_NODE" != 1 || exit 1; node=; }; \
	set -x; $(BIN)/sandbox run $$node -- $(GO) test -timeout 30m $(TESTFLAGS) $(PKGS)

# Its parts are built before: the network that it is acted in ends at its own edge.
e2e: build cast ## act out how an application comes onto a cluster, and what breaks there; needs a real node
	$(GO) test ./internal/testtools
	$(GO) test -c -tags e2e -o $(BIN)/e2e/e2e.test ./e2e
	cp $(BIN)/wpctl $(BIN)/e2e/wpctl
	@cd e2e && set -x && WPCTL_E2E_BIN=$(BIN)/e2e $(BIN)/sandbox run --node -- $(BIN)/e2e/e2e.test -test.v -test.timeout 20m -test.failfast

# Not among them: what starts programs that are built without the detector, and takes long.
RACE ?= $(filter-out %/bench %/demo %/e2e %/internal/testtools,$(shell $(GO) list ./...))
# Reports go to files, as the programs that tests start may be killed, or have a terminal of their own.
race: build sandbox ## run the tests under the race detector; needs a C compiler
	@rm -rf $(BIN)/race && mkdir $(BIN)/race
	@node=--node; $(BIN)/sandbox check || node=; code=0; set -x; \
	GORACE=log_path=$(BIN)/race/report $(BIN)/sandbox run $$node -- $(GO) test -race -timeout 60m $(RACE) || code=$$?; \
	for f in $(BIN)/race/*; do test ! -e "$$f" || { cat "$$f"; code=1; }; done; exit $$code

FUZZTIME ?= 30s
# Inputs that only seem new, as caches differ, are not made small for a minute each: some targets did nothing else.
# Go 1.26 ends a run now and then with "context deadline exceeded" and without an input: that is no find (golang/go#75804).
fuzz: ## run each fuzz target for FUZZTIME
	@log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
	for f in $$(grep -rlE '^func Fuzz' --include='*_test.go' internal); do \
	  for t in $$(sed -nE 's/^func (Fuzz[A-Za-z0-9]*).*/\1/p' $$f); do \
	    echo "== $$(dirname $$f) $$t"; \
	    $(GO) test ./$$(dirname $$f) -run '^$$' -fuzz "^$$t$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x 2>&1 | tee "$$log"; \
	    if grep -q '^FAIL' "$$log" && { grep -q 'Failing input' "$$log" || ! grep -q 'context deadline exceeded' "$$log"; }; then exit 1; fi; \
	  done; done

TRIALS  ?= 0
SEED    ?= 1
torture: build ## break wpctl on purpose and count what is lost: TRIALS of each kind, 0 for all; Linux on amd64
	$(GO) build -o $(BIN)/torture ./torture
	$(BIN)/torture --wpctl $(BIN)/wpctl --trials $(TRIALS) --seed $(SEED) $(TORTURE)

bench: build sandbox ## whole processes beside their floors, as ratios
	$(BIN)/sandbox run -- $(GO) run ./bench --wpctl $(BIN)/wpctl

TOOLS ?= $(shell $(GO) env GOPATH)/bin
fmt: ## format the code
	$(GO) run mvdan.cc/gofumpt@v0.12.0 -w .

lint: ## formatting and linters
	@test -z "$$($(GO) run mvdan.cc/gofumpt@v0.12.0 -l . | tee /dev/stderr)" || { echo "run make fmt" >&2; exit 1; }
	@test -x $(TOOLS)/golangci-lint || $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
	$(TOOLS)/golangci-lint run ./...
	cd sandbox && $(TOOLS)/golangci-lint run -c ../.golangci.yml ./...
	cd release && $(TOOLS)/golangci-lint run -c ../.golangci.yml ./...
	cd e2e/parts && $(TOOLS)/golangci-lint run -c ../../.golangci.yml ./...

templates: ## make Go of the board's templates
	$(GO) run github.com/a-h/templ/cmd/templ@v0.3.977 generate -path internal/hub/board

generate: templates build ## write what is made from the code: the board's templates, and documents
	$(BIN)/wpctl gen docs docs/reference
	UPDATE=1 $(GO) test ./cmd/wpctl -run TestPicture

clean: ## remove what was built here
	rm -rf $(BIN)
