# make help lists what there is.
.DEFAULT_GOAL := help
.PHONY: help prepare
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z.-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv: .venv/installed ## The Python environment of this checkout, pinned packages and kubernetes.core included

.venv/installed: requirements.txt requirements-dev.txt requirements-collections.txt constraints.txt tests/tools/make_venv.sh tests/tools/fetch_collections.py
	@sh tests/tools/prerequisites.sh system python
	@sh tests/tools/make_venv.sh
	@touch $@
