# The front door. `make help` lists the targets. Fresh machine to running gateway: `make run`; to all tests: `make test`.
SHELL := /bin/bash
.DEFAULT_GOAL := build

# clang-19 is the reference compiler (g++ 11 and 12 miscompile coroutines); `make CXX=…` chooses another one.
ifeq ($(origin CXX),default)
CXX := clang++-19
endif
ifeq ($(origin CC),default)
CC := $(if $(filter clang++%,$(CXX)),$(subst clang++,clang,$(CXX)),$(subst g++,gcc,$(CXX)))
endif

JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
SECONDS ?= 5
ROUNDS ?= 200
packages := shared/cmake/install_packages.sh

# $(call configure,PRESET) and $(call compile,PRESET,NINJA TARGETS); on a terminal ninja shows how far it is.
configure = cmake --preset $(1) -DCMAKE_CXX_COMPILER="$$(command -v $(CXX))" -DCMAKE_C_COMPILER="$$(command -v $(CC))" \
	--log-level=WARNING >/dev/null
compile = $(call configure,$(1)) && ninja -C build/$(1) -j $(JOBS) $(if $(MAKE_TERMOUT),,--quiet) $(2)

.PHONY: build run stop test asan tsan lint bench fuzz drill install clean help

build: ## build the programs into build/release/bin
	@$(packages) build
	@$(call compile,release,tools/all)

run: ## start the gateway in the background and show how to use it
	@$(packages) build run
	@$(call compile,release,tools/all)
	@examples/run.sh start

stop: ## end what `make run` started
	@examples/run.sh stop

test: ## build and run every test; its last line is the count
	@$(packages) build run demo test
	@$(call compile,release,all)
	@tests/run

asan: ## the whole suite with the address and undefined behaviour sanitizers
	@$(packages) build run demo test
	@$(call compile,asan,all)
	@tests/run --preset asan

tsan: ## the whole suite with the thread sanitizer
	@$(packages) build run demo test
	@$(call compile,tsan,all)
	@tests/run --preset tsan

lint: ## formatting, clang-tidy, layers, wording
	@$(packages) build test lint
	@$(call configure,release)
	@tests/lint/run

bench: ## measure against nginx in the same run (BENCH=quick: shorter; BENCH="quick cpu_per_request": one part)
	@$(packages) build run bench
	@$(call compile,release,tools/all choosing_bench)
	@tests/bench/run $(BENCH)

fuzz: ## fuzz every target for SECONDS seconds each (default 5)
	@$(packages) build test
	@$(call compile,release,tests/fuzz/all)
	@tests/fuzz/run $(SECONDS)

drill: ## break servers in ROUNDS random rounds (default 200; SEED=n repeats a run), then the gateway in 20; meter 3,000 requests
	@$(packages) build test
	@$(call compile,release,tools/all)
	@tests/drill/run $(ROUNDS) $(SEED)
	@tests/drill/accounts 20 $(SEED)
	@tests/drill/metering 3000 $(SEED)

install: build ## install to PREFIX (default /usr/local); DESTDIR is honoured
	@cmake --install build/release --prefix $(PREFIX) --strip

clean: ## remove everything that was built
	@if [ -e build/run ]; then examples/run.sh stop; fi
	rm -rf build

help: ## this list
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/make \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do \
		printf '%-14s %s\n' "$$name" "$$text"; done
