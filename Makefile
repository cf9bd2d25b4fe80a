# Longshore's commands. `make help` lists them; the work is done by the scripts in .ci.
.DEFAULT_GOAL := help
.PHONY: help run dev test lint format bench web lab-up lab-down clean setup

export CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/longshore/target
# Name of the lab that lab-up and lab-down mean, and how many simulated nodes it gets.
NAME ?= demo
SIMULATED ?= 0

help: ## what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run: ## Longshore with a real Kubernetes behind it; Ctrl-C stops both (KUBECONFIG=… uses that cluster instead)
	@.ci/up.sh

dev: ## a debug server alone, built and started again whenever a source file changes
	@.ci/dev.sh

test: ## everything: format, lints, unit, integration and browser tests, architecture and size
	@.ci/test.sh

lint: ## format, lints and architecture alone
	@.ci/test.sh lint

format: ## formats the Rust sources
	@cargo fmt --all

web: ## builds the site into target/site
	@.ci/setup.sh web && .ci/web.sh

bench: ## measures speed and memory at 5,000 nodes and 150,000 pods
	@.ci/bench.sh

lab-up: ## starts a lab (NAME=demo, SIMULATED=0) and prints its kubeconfig's path
	@end2end/cluster/lab up --name $(NAME) --simulated $(SIMULATED) && end2end/cluster/lab kubeconfig --name $(NAME)

lab-down: ## stops a lab (NAME=demo) and removes what it made
	@end2end/cluster/lab down --name $(NAME)

setup: ## installs what is missing on this machine (run and test do it too)
	@.ci/setup.sh

clean: ## removes what was built in this checkout; caches stay (they are in ~/.cache/longshore)
	@rm -rf target end2end/node_modules end2end/artifacts
