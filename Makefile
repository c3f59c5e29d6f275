# The only entry points. `make` lists them; README.md shows the first two at work.

# `--workspace` everywhere: a build of one package alone picks other features and compiles the AWS SDK once more.
python := target/venv/bin/python

.PHONY: help run test lint golden

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

run: ## a response, shown: ONCE=1 undoes and ends; WORKFLOW=iam-policy-remediation; MODE=approve asks first; EVENT=file.json
	@tests/prepare run
	@test -x target/debug/demo || echo 'Building, once: about six minutes on two cores'
	@cargo build --workspace --bins $(if $(wildcard target/debug/demo),--quiet)
	@target/debug/demo $(if $(ONCE),--once) $(if $(MODE),--mode=$(MODE)) $(if $(WORKFLOW),--workflow=$(WORKFLOW)) $(if $(EVENT),'$(EVENT)')

test: lint ## everything: format, lints, laws, contracts, scenarios, local AWS, and end to end with the real binaries
	cargo build --workspace --all-targets
	target/debug/redress check statemachines
	target/debug/redress test statemachines
	$(python) -m unittest discover -s tests/aws -t tests/aws
	cargo test --workspace --no-fail-fast

lint: ## the format and the lints, with warnings as errors
	@tests/prepare test
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- --deny warnings

golden: ## writes what golden tests compare with; read the difference before you commit it
	@tests/prepare test
	GOLDEN=1 cargo test --workspace --no-fail-fast
	target/debug/redress test --accept statemachines
