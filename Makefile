# `make` or `make help` lists what there is. Everything runs in .venv, which the first target that needs it makes.

.DEFAULT_GOAL := help
.PHONY: help quickstart test lint format sanity unit integration molecule bare-metal aws openstack soak benchmarks build constraints clean

export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
# ansible-test, ansible-lint and molecule call each other by name.
export PATH := $(CURDIR)/.venv/bin:$(PATH)

CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/capi.lifecycle
PINS := requirements.txt requirements-dev.txt requirements-collections.txt constraints.txt
heading = @printf '\n======== %s ========\n' '$(1)'

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z.-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

quickstart: ## From nothing to a first cluster: a management cluster on this machine, Cluster API in it, a cluster
	@sh tests/tools/prerequisites.sh
	@$(MAKE) --no-print-directory .venv
	@sh tests/tools/quickstart.sh

test: ## The tests: lint, sanity, unit, molecule, integration, bare metal (ARGS='-k words': a part of the last four)
	@sh tests/tools/prerequisites.sh
	@$(MAKE) --no-print-directory .venv
	@echo "lint and sanity, side by side: a few minutes, then what each printed"
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint sanity ARGS= || { echo "make test: lint or sanity failed, the rest was not started"; exit 1; }
	@.venv/bin/pytest $(ARGS)

lint: .venv ## The tools that read the sources: ruff, mypy, yamllint, ansible-lint, changelog, documentation
	$(call heading,lint)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check --output-format concise .
	.venv/bin/mypy -p ansible_collections.capi.lifecycle.plugins.module_utils
	.venv/bin/mypy -p sandbox
	.venv/bin/mypy -p metal
	.venv/bin/yamllint --strict .
	.venv/bin/ansible-lint
	.venv/bin/antsibull-changelog lint
	.venv/bin/ansible-doc --metadata-dump capi.lifecycle >/dev/null

format: .venv ## Let ruff put the Python sources in form
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

sanity: .venv ## ansible-test sanity, all of its tests, nothing ignored
	$(call heading,sanity)
	.venv/bin/python tests/tools/run_sanity.py $(ARGS)

unit: .venv ## Seconds: pure functions, and nouns against a fake API server
	.venv/bin/pytest tests/unit $(ARGS)

integration: .venv ## Minutes: modules and playbooks against a sandbox of their own
	@sh tests/tools/prerequisites.sh go
	.venv/bin/pytest tests/integration $(ARGS)

bare-metal: .venv ## Minutes: kubeadm hosts on machines with systemd; Linux and root (cold: half an hour of go build)
	@sh tests/tools/prerequisites.sh go
	BARE_METAL_ALL=1 .venv/bin/pytest tests/bare_metal $(ARGS)

aws: .venv ## A minute or two: what AWS is asked before, against moto's server
	.venv/bin/pytest tests/clouds/aws $(ARGS)

openstack: .venv ## Half a minute: what openstacksdk makes of recorded answers, and the checks of it
	.venv/bin/pytest tests/clouds/openstack tests/unit/plugins/module_utils/_providers/test_openstack.py $(ARGS)

molecule: .venv ## Minutes: the roles' and playbooks' scenarios, in one sandbox
	@sh tests/tools/prerequisites.sh go
	.venv/bin/pytest tests/molecule $(ARGS)

soak: .venv ## Hours: every scenario of an upgrade, and kills at many more instants
	@sh tests/tools/prerequisites.sh go
	SOAK=1 .venv/bin/pytest tests/integration $(ARGS)

benchmarks: .venv ## Times, memory and requests, printed; nothing here fails because it is slow
	@sh tests/tools/prerequisites.sh go
	.venv/bin/pytest tests/benchmarks --capture=no $(ARGS)

build: .venv ## The collection as a file, in build/
	.venv/bin/ansible-galaxy collection build --force --output-path build

constraints: ## Renew constraints.txt with the newest packages (then run make test)
	@sh tests/tools/renew_constraints.sh

clean: ## Remove .venv and what was built in this checkout
	@sh tests/tools/clean.sh "$(CACHE)"

.venv: .venv/installed ## The Python environment, pinned packages and kubernetes.core included

.venv/installed: $(PINS) tests/tools/make_venv.sh tests/tools/fetch_collections.py
	@sh tests/tools/prerequisites.sh system python
	@sh tests/tools/make_venv.sh
	@touch $@
