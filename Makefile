# The only entry points. `make` lists them; README.md shows the first two at work.

# `--workspace` everywhere: a build of one package alone picks other features and compiles the AWS SDK once more.
python := target/venv/bin/python
# Ends whoever reaches for the network while templates are made.
offline := NODE_OPTIONS='--import ./scripts/offline.mjs'

.PHONY: help run test laws lint golden agreement synth package deploy deploy-local smoke check-cdk check-secrets

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

run: ## a response, shown: ONCE=1 undoes and ends; WORKFLOW=iam-policy-remediation; MODE=approve asks first; EVENT=file.json
	@tests/prepare run
	@test -x target/debug/demo || echo 'Building, once: about six minutes on two cores'
	@cargo build --workspace --bins $(if $(wildcard target/debug/demo),--quiet)
	@target/debug/demo $(if $(ONCE),--once) $(if $(MODE),--mode=$(MODE)) $(if $(WORKFLOW),--workflow=$(WORKFLOW)) $(if $(EVENT),'$(EVENT)')

test: lint check-secrets ## everything: format, lints, laws, contracts, scenarios, local AWS, and end to end with the real binaries
	cargo build --workspace --all-targets
	target/debug/redress check statemachines
	target/debug/redress test statemachines
	$(python) -m unittest discover -s tests/aws -t tests/aws
	target/ministack/bin/python -m unittest discover -s tests/ministack -t tests/ministack
	rm -rf target/calls && mkdir -p target/calls
	REDRESS_CALLS=$(CURDIR)/target/calls cargo test --workspace --no-fail-fast
	$(MAKE) --no-print-directory check-cdk
	@# What tasks call and what their roles allow is the same: in all tests above, and where they were deployed just now.
	target/cdk/checks/bin/python cdk/checks/calls.py target/cdk/whole target/calls

laws: ## the laws over 10,000 generated accounts; ACCOUNTS=n for another number
	@tests/prepare test
	cargo build --workspace --bins
	LAWS_ACCOUNTS=$(or $(ACCOUNTS),10000) cargo test --workspace --lib --test laws -- --nocapture generated_

lint: ## the format and the lints, with warnings as errors
	@tests/prepare test
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- --deny warnings

golden: ## writes what golden tests compare with; read the difference before you commit it
	@tests/prepare test
	GOLDEN=1 cargo test --workspace --no-fail-fast
	target/debug/redress test --accept statemachines

agreement: ## asks cloudsplaining and parliament about 1982 policies anew (twenty minutes), and writes tests/policy/agreement.md
	@tests/prepare agreement
	cargo build --workspace --example dangers
	$(python) tests/policy/corpus.py > target/corpus.json
	target/oracles/bin/python tests/policy/oracles.py tests/policy/answers.json < target/corpus.json
	$(python) tests/policy/differential.py target/debug/examples/dangers --write

synth: ## the templates of what is deployed to AWS, into cdk/cdk.out; offline
	@tests/prepare cdk
	cd cdk && CDK_VALIDATION=false $(offline) node_modules/.bin/cdk synth --quiet --context check=1

package: ## one zip for each task, into target/package; ARCH=arm64 or x86_64, JOBS=n at a time, ZIG=1 links with zig
	@cdk/scripts/package.sh

deploy: ## to AWS, with your credentials: shows what would change, asks, deploys, and says where to look
	@tests/prepare cdk
	@cdk/scripts/deploy.sh

deploy-local: ## the same stacks on emulators, with the tasks of `make test`: sends a finding and follows it; KEEP=1 stays
	@tests/prepare cdk
	cd cdk/local && ../../target/ministack/bin/python -m deploy_local $(if $(KEEP),--keep)

smoke: ## sends a finding of the canary through what is deployed to AWS, and waits for its plan
	@tests/prepare run
	@$(python) cdk/scripts/smoke.py

# What looks at templates looks at those of an organisation with everything.
check-cdk: ## the stacks: their tests, cdk-nag, linters of templates, roles and definitions, and a deployment to emulators
	@tests/prepare cdk
	cargo build --workspace --bins --quiet
	cd cdk && node_modules/.bin/tsc --noEmit && node --import tsx --test --test-reporter dot test/all.ts
	cd cdk && $(offline) REDRESS_CONFIG=test/whole.config.ts node_modules/.bin/cdk synth --quiet --context check=1 --output ../target/cdk/whole
	target/cdk/checks/bin/python -m unittest discover -s cdk/checks -t cdk/checks
	target/cdk/checks/bin/python -m unittest discover -s cdk/scripts -t cdk/scripts
	target/cdk/checks/bin/python cdk/checks/check.py target/cdk/whole
	cd cdk/local && ../../target/ministack/bin/python -m unittest test_deployed

check-secrets: ## looks for secrets in what is committed
	@tests/prepare cdk
	target/cdk/checks/bin/python cdk/checks/find_secrets.py
