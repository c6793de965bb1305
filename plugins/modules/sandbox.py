#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A management cluster as processes of this machine; the work is in module_utils/_sandbox.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: sandbox
short_description: Run a Cluster API management cluster as plain processes
version_added: 0.1.0
description:
  - Builds and runs etcd, kube-apiserver, kube-controller-manager and the programs that C(clusterctl init) will ask for,
    as processes of the current user on this machine, for trying things out and for tests.
  - The API server and the Cluster API controllers are the real programs, unmodified. Machines come from the
    in-memory provider of Cluster API. Only the controllers of cert-manager are replaced by a stand-in.
  - Cluster API itself is not installed by this module; M(capi.lifecycle.management_cluster) does that.
  - A run that was interrupted is continued by the next one. A process that died is started again.
author: capi.lifecycle contributors (@capi-lifecycle)
requirements:
  - Go 1.26 or newer, or 1.21 and newer with toolchain switching, while something has to be built
  - requests, PyYAML and cryptography for the Python in O(python)
attributes:
  check_mode:
    support: full
    description: Can run in check mode, which looks at files and processes, lists the steps, and takes none of them.
  diff_mode:
    support: full
    description: Returns the state and the steps that were taken, or in check mode would be taken.
options:
  name:
    description:
      - Name of the sandbox. Several sandboxes run side by side, each with ports of its own.
      - The in-memory infrastructure provider insists on port 19000, so it can run in one of them at a time.
    type: str
    default: default
  state:
    description:
      - V(present) builds what is missing and starts what does not run.
      - V(stopped) ends all processes and keeps all files, V(present) goes on from there.
      - V(absent) ends all processes and removes all files. What was built stays in the cache.
    type: str
    choices: [present, stopped, absent]
    default: present
  directory:
    description:
      - Folder that holds sandboxes. The files of this one are in a folder O(name) in it.
      - By default C(capi.lifecycle/sandboxes) in the user's cache, E(XDG_CACHE_HOME) or C(~/.cache).
    type: path
  capi_versions:
    description:
      - Cluster API releases whose providers and C(clusterctl) the sandbox offers side by side.
      - The first one is what C(clusterctl init) installs when no version is named, and the release of RV(clusterctl).
      - Releases that the sandbox has already are kept. By default those, or the newest one that is supported.
    type: list
    elements: str
    default: []
  images:
    description:
      - Programs that stand for the images of further providers, by image name and tag.
    type: dict
    default: {}
  provider_repositories:
    description:
      - Folders with further providers, laid out like a local repository of C(clusterctl), for example
        C(infrastructure-aws/v2.13.0/infrastructure-components.yaml) with its C(metadata.yaml).
    type: list
    elements: path
    default: []
  programs:
    description:
      - The C(files) folder of the role C(capi.lifecycle.sandbox), which holds the launcher and what it builds from.
    type: path
    required: true
  python:
    description:
      - Python that runs the launcher and the pod runner. By default the one that runs this module.
    type: path
seealso:
  - module: capi.lifecycle.management_cluster
"""

EXAMPLES = r"""
- name: Run a management cluster on this machine
  capi.lifecycle.sandbox:
    programs: "{{ role_path }}/files"
  register: sandbox

- name: Offer two releases of Cluster API, to try the upgrade
  capi.lifecycle.sandbox:
    name: upgrade
    capi_versions: [v1.13.4, v1.14.2]
    programs: "{{ role_path }}/files"

- name: Plug in the AWS provider
  capi.lifecycle.sandbox:
    name: aws
    images:
      cluster-api-aws-controller:v2.13.0: /opt/providers/cluster-api-aws-controller
    provider_repositories: [/opt/providers/repository]
    programs: "{{ role_path }}/files"

- name: Remove it, with everything in it
  capi.lifecycle.sandbox:
    state: absent
    programs: "{{ role_path }}/files"
"""

RETURN = r"""
name:
  description: Name of the sandbox.
  returned: success
  type: str
state:
  description: V(present), V(stopped), V(absent), or V(partial) when only some of its processes run.
  returned: success
  type: str
steps:
  description: What was done, or in check mode would be done, in order.
  returned: success
  type: list
  elements: str
directory:
  description: Folder with all files of the sandbox.
  returned: success
  type: str
kubeconfig:
  description: Kubeconfig with the rights of an administrator, readable by the user alone.
  returned: when the sandbox exists
  type: str
server:
  description: URL of the API server.
  returned: when the sandbox exists
  type: str
clusterctl:
  description: The C(clusterctl) of the first release in C(versions.capi).
  returned: when the sandbox exists
  type: str
clusterctls:
  description: The C(clusterctl) of each release. One serves the contract of its own release only.
  returned: when the sandbox exists
  type: dict
clusterctl_config:
  description: File for C(clusterctl --config), with all providers of the sandbox.
  returned: when the sandbox exists
  type: str
repository:
  description: The local provider repository that this file names.
  returned: when the sandbox exists
  type: str
kubectl:
  description: A C(kubectl) of the same version as the API server.
  returned: when the sandbox exists
  type: str
audit_log:
  description: The requests that were made with RV(kubeconfig), one JSON line each.
  returned: when the sandbox exists
  type: str
logs:
  description: Folder with the logs of the control plane.
  returned: when the sandbox exists
  type: str
pods:
  description: Folder with one folder per Deployment, its log included.
  returned: when the sandbox exists
  type: str
running:
  description: Names of the processes that run.
  returned: when the sandbox exists
  type: list
  elements: str
versions:
  description: C(kubernetes), C(etcd), C(cert_manager), and the list C(capi).
  returned: when the sandbox exists
  type: dict
notes:
  description: What limits this sandbox at the moment.
  returned: when the sandbox exists
  type: list
  elements: str
"""

from ..module_utils._module import Operation, run
from ..module_utils._sandbox import ensure_sandbox

SPEC = {
    "name": {"type": "str", "default": "default"},
    "state": {"type": "str", "choices": ["present", "stopped", "absent"], "default": "present"},
    "directory": {"type": "path"},
    "capi_versions": {"type": "list", "elements": "str", "default": []},
    "images": {"type": "dict", "default": {}},
    "provider_repositories": {"type": "list", "elements": "path", "default": []},
    "programs": {"type": "path", "required": True},
    "python": {"type": "path"},
}
OPERATION = Operation(SPEC, ensure_sandbox, connects=False)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
