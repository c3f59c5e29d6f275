# The only entry points. `make` lists them; README.md shows the first two at work.

# `--workspace` everywhere: a build of one package alone picks other features of shared crates, and compiles the AWS SDK again.
python := target/venv/bin/python
ruff := target/lint/bin/ruff
biome := cdk/node_modules/.bin/biome
# Ends whoever reaches for the network while templates are made.
offline := NODE_OPTIONS='--import ./scripts/offline.mjs'

.PHONY: help run test quick laws lint format golden agreement synth package deploy deploy-local smoke check-cdk check-secrets

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

run: ## a response, shown: ONCE=1 undoes and ends; WORKFLOW=iam-policy-remediation; MODE=approve asks first; EVENT=file.json
	@tests/prepare run
	@test -x target/debug/demo || echo 'Building, once: about six minutes on two cores'
	@cargo build --workspace --bins $(if $(wildcard target/debug/demo),--quiet)
	@target/debug/demo $(if $(ONCE),--once) $(if $(MODE),--mode=$(MODE)) $(if $(WORKFLOW),--workflow=$(WORKFLOW)) $(if $(EVENT),'$(EVENT)')

test: ## everything, in parts: format, lints, laws, contracts, scenarios, local AWS, and end to end with the real binaries
	@tests/prepare test
	@tests/parts 'build' '$(lane_1) / $(lane_2) / $(lane_3)' 'calls'

quick: ## format, lints and library tests of what you changed, in less than a minute; SINCE=main for a branch
	@tests/prepare test
	@tests/quick $(SINCE)

laws: ## the laws over 10,000 generated accounts; ACCOUNTS=n for another number
	@tests/prepare test
	cargo build --workspace --bins
	LAWS_ACCOUNTS=$(or $(ACCOUNTS),10000) cargo test --workspace --lib --test laws -- --nocapture generated_
	LAWS_ALL=1 cargo test --package tests --profile optimised --test laws -- --nocapture whatever_fails

lint: ## the format and the lints of Rust, Python and TypeScript, with warnings as errors; licences and bans of crates
	@tests/prepare test
	@tests/parts 'lint-rust lint-python lint-typescript dependencies'

format: ## formats Rust, Python and TypeScript, and fixes what the linters can fix
	@tests/prepare test
	cargo fmt --all
	$(ruff) check --fix --exit-zero --quiet
	$(ruff) format --quiet
	$(biome) check --write .

golden: ## writes what golden tests compare with; read the difference before you commit it
	@tests/prepare test
	GOLDEN=1 cargo test --workspace --no-fail-fast
	target/debug/redress test --accept statemachines
	@tests/prepare cdk
	cd cdk && npm run --silent golden

agreement: ## asks cloudsplaining and parliament about 1982 policies again (twenty minutes), and writes tests/policy/agreement.md
	@tests/prepare agreement
	cargo build --workspace --example dangers
	$(python) tests/policy/corpus.py > target/corpus.json
	target/oracles/bin/python tests/policy/oracles.py tests/policy/answers.json < target/corpus.json
	$(python) tests/policy/differential.py target/debug/examples/dangers --write

synth: ## the templates of what is deployed to AWS, into cdk/cdk.out; offline
	@tests/prepare cdk
	cd cdk && CDK_VALIDATION=false $(offline) node_modules/.bin/cdk synth --quiet --context check=1

package: ## the tasks as one zip, into target/package; ARCH=arm64 or x86_64, JOBS=n at a time, ZIG=1 links with zig
	@cdk/scripts/package.sh

deploy: ## to AWS, with your credentials: shows what would change, asks, deploys, and says where to look
	@tests/prepare cdk
	@cdk/scripts/deploy.sh

deploy-local: ## the same stacks on emulators: sends an event through each response and follows it; KEEP=1 stays
	@tests/prepare cdk
	cd cdk/local && ../../target/ministack/bin/python -m deploy_local $(if $(KEEP),--keep)

smoke: ## sends a finding of the canary through what is deployed to AWS, and waits for its plan
	@tests/prepare run
	@$(python) cdk/scripts/smoke.py

check-cdk: ## the stacks: their tests, cdk-nag, linters of templates, roles and definitions, and a deployment to emulators
	@tests/prepare cdk
	cargo build --workspace --bins --quiet
	@tests/parts 'lint-typescript cdk deployed'

check-secrets: ## looks for secrets in what is committed
	@tests/prepare cdk
	@tests/parts 'secrets'

# The parts of `make test`. `make part-NAME` runs one, after `make test` or `make quick` has prepared the machine.

# Three at a time. The first lane keeps a core busy; the others mostly wait for real clocks and for emulators.
lane_1 := lint-rust lint-python lint-typescript secrets dependencies definitions libraries contracts laws
lane_2 := local-aws ministack clients end-to-end
lane_3 := cdk deployed

# What tasks call of AWS is written down, for `part-calls`.
cargo_test := mkdir -p target/calls && REDRESS_CALLS=$(CURDIR)/target/calls cargo test --no-fail-fast
# The integration tests, by name. Those without a part of their own are in `part-libraries`.
in_parts := contracts growth laws clients end_to_end
integration_tests = $(shell sed -n '/^\[\[test\]\]/{n;s/^name = "\(.*\)"/\1/p;}' */Cargo.toml) \
    $(basename $(notdir $(wildcard */tests/*.rs */*/tests/*.rs)))

# The laws start the binaries beside them: the same ones that all other tests start.
part-build:
	cargo build --workspace --all-targets
	cargo build --package tests --profile optimised --test contracts --test growth --test laws
	ln -sf ../debug/redress ../debug/tasks target/optimised/
	rm -rf target/calls

part-lint-rust:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- --deny warnings

part-lint-python:
	$(ruff) format --check
	$(ruff) check

part-lint-typescript:
	$(biome) check --error-on-warnings .
	cd cdk && node_modules/.bin/tsc --noEmit

part-secrets:
	target/cdk/checks/bin/python cdk/checks/find_secrets.py

part-dependencies:
	target/tools/bin/cargo-deny --locked check licenses bans sources

part-definitions:
	target/debug/redress check statemachines
	target/debug/redress test statemachines

part-local-aws:
	$(python) -m unittest discover -s tests/aws -t tests/aws

part-ministack:
	target/ministack/bin/python -m unittest discover -s tests/ministack -t tests/ministack

part-libraries:
	$(cargo_test) --workspace --lib --bins $(addprefix --test ,$(filter-out $(in_parts),$(integration_tests)))

part-contracts:
	$(cargo_test) --package tests --profile optimised --test contracts --test growth

part-laws:
	$(cargo_test) --package tests --profile optimised --test laws

part-clients:
	$(cargo_test) --workspace --test clients

part-end-to-end:
	$(cargo_test) --workspace --test end_to_end

# What looks at templates looks at those of an organisation with everything.
part-cdk:
	cd cdk && node --import tsx --test --test-reporter dot test/all.ts
	cd cdk && $(offline) REDRESS_CONFIG=test/whole.config.ts node_modules/.bin/cdk synth --quiet --context check=1 --output ../target/cdk/whole
	target/cdk/checks/bin/python -m unittest discover -s cdk/checks -t cdk/checks
	target/cdk/checks/bin/python -m unittest discover -s cdk/scripts -t cdk/scripts
	target/cdk/checks/bin/python cdk/checks/check.py target/cdk/whole

part-deployed:
	cd cdk/local && ../../target/ministack/bin/python -m unittest test_deployed

# What tasks call and what their roles allow is the same: in the tests above, and where they were deployed.
part-calls:
	target/cdk/checks/bin/python cdk/checks/calls.py target/cdk/whole target/calls
