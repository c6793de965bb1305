#!/bin/sh
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Brings up the sandbox, Cluster API and a first cluster, then says what there is and how to go on.
set -eu
cd "$(dirname "$0")/../.."

step() { # $1: what happens, $2: the playbook that does it
    printf '\n======== %s: %s ========\n' "$1" "playbooks/$2.yml"
    .venv/bin/ansible-playbook "playbooks/$2.yml" || {
        echo "Stopped in playbooks/$2.yml; what it says above is the reason. Then run 'make quickstart' again: it goes on from there." >&2
        exit 1
    }
}

step "A management cluster on this machine" sandbox
step "Cluster API in it" init
step "A first cluster" create
step "What there is" show

cat <<'END'

======== What exists now ========
A management cluster (a real API server and real Cluster API controllers, as processes of yours on this machine)
and the clusters of inventories/sandbox in it. Their machines live in memory.

Try next:
  .venv/bin/ansible-playbook playbooks/create.yml                  # again: nothing to do, changed=0
  .venv/bin/ansible-playbook playbooks/kubeconfig.yml              # a kubeconfig for each cluster
  .venv/bin/ansible-playbook playbooks/delete.yml --check --diff   # what a delete would remove

Take it all away:
  .venv/bin/ansible-playbook playbooks/sandbox.yml -e sandbox_state=absent
END
