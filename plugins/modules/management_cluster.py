#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A management cluster: its providers at the wanted versions; the work is in module_utils/_management.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: management_cluster
short_description: Install and upgrade the Cluster API providers of a management cluster
version_added: 0.1.0
author: capi.lifecycle contributors (@capi-lifecycle)
description:
  - Makes sure that the providers of a management cluster are installed in the wanted versions, that their Deployments
    are Available, and that their webhooks answer.
  - Decides from the Provider objects and the Deployments only. Where all providers have their version, C(clusterctl) is
    not called, nothing is fetched, and the task works without any repository.
  - What is absent is installed by C(clusterctl init), what is older is upgraded by C(clusterctl upgrade apply), with
    every provider pinned. An installation or upgrade that was interrupted is found, and finished.
  - A downgrade, a jump over more than three minor versions, and versions whose contracts do not go together are refused
    before anything is changed.
  - In check mode C(clusterctl) is asked for its version and for the components, which changes nothing, so that the same
    is refused. One that would have to be fetched is not fetched; then this is not checked, and a line says so.
  - Once C(clusterctl init) or C(clusterctl upgrade apply) has been started, a failure has C(changed=true) and never
    C(outcome=refused). Running the task again finishes what is half-done.
  - Providers that are installed and not named stay as they are.
options:
  providers:
    description:
      - The providers that the management cluster shall have, each with a pinned version.
      - An empty management cluster needs at least the provider C(cluster-api) of type V(core).
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the provider as C(clusterctl) knows it, such as V(cluster-api), V(kubeadm) or V(aws).
        type: str
        required: true
      type:
        description: What the provider is for.
        type: str
        required: true
        choices: [core, bootstrap, control_plane, infrastructure, ipam, runtime_extension, addon]
      version:
        description:
          - The version, such as V(v1.14.2).
          - V(latest) asks the repository each time, and is written out on purpose. It calls C(clusterctl) also in check
            mode, without changing anything.
        type: str
      namespace:
        description: Namespace to install the provider into, where it is not the one of its components.
        type: str
      url:
        description:
          - Address of the provider's components, where C(clusterctl) does not know it or another repository is wanted.
            C(https://) and C(file://) are taken, as described for C(clusterctl).
        type: str
  variables:
    description:
      - Variables of the providers' components, such as C(EXP_MACHINE_POOL). They come before the environment.
    type: dict
  secret_variables:
    description:
      - Further variables, whose values are shown nowhere, such as C(AWS_B64ENCODED_CREDENTIALS).
      - They are in a file with mode 0600 while C(clusterctl) runs, and nowhere afterwards.
    type: dict
  config:
    description:
      - An existing C(clusterctl.yaml). The options of this task come on top of it.
    type: path
  images:
    description:
      - Overrides for images, as the key C(images) of C(clusterctl.yaml) takes them.
    type: dict
  overrides_folder:
    description:
      - Folder whose files replace those of the repositories. The one of the user's own C(clusterctl) is not used.
    type: path
  cert_manager:
    description:
      - How cert-manager is installed, which the webhooks of the providers need.
    type: dict
    suboptions:
      url:
        description: Address of its manifest.
        type: str
      version:
        description: Its version.
        type: str
      timeout:
        description: How long to wait for it, such as V(10m).
        type: str
      externally_provisioned:
        description: Whether somebody else installs it, so that C(clusterctl) only tests that it works.
        type: bool
  clusterctl:
    description:
      - Which C(clusterctl) to run. The one on the C(PATH) by default. It must be of the contract of the wanted version
        of C(cluster-api), V(v1beta1) up to v1.10 and V(v1beta2) since v1.11.
      - It is needed only when something is to be installed or upgraded.
    type: dict
    suboptions:
      path:
        description: Path of the program.
        type: path
      url:
        description:
          - Address to fetch it from, once, into C(~/.cache/capi.lifecycle).
        type: str
      sha256:
        description: Checksum that the fetched file must have.
        type: str
  wait:
    description:
      - Whether to wait until all Deployments are Available and the webhooks answer.
    type: bool
    default: true
  wait_timeout:
    description:
      - How long the whole task may take, in seconds. C(clusterctl) is ended at this time. Running the task again
        finishes what is half-done.
    type: int
    default: 900
  stall_timeout:
    description:
      - How long nothing may move, in seconds, before the task fails with C(outcome=stalled) and names the Deployment or
        webhook and the reason.
    type: int
    default: 300
extends_documentation_fragment:
  - capi.lifecycle.attributes
  - capi.lifecycle.management
  - kubernetes.core.k8s_auth_options
seealso:
  - module: capi.lifecycle.management_cluster_info
  - name: clusterctl
    description: How providers are installed, configured and mirrored.
    link: https://cluster-api.sigs.k8s.io/clusterctl/overview
"""

EXAMPLES = r"""
- name: Install Cluster API with kubeadm and the AWS provider
  capi.lifecycle.management_cluster:
    kubeconfig: ~/.kube/management
    providers:
      - {name: cluster-api, type: core, version: v1.14.2}
      - {name: kubeadm, type: bootstrap, version: v1.14.2}
      - {name: kubeadm, type: control_plane, version: v1.14.2}
      - {name: aws, type: infrastructure, version: v2.13.0}
    variables:
      EXP_MACHINE_POOL: true
    secret_variables:
      AWS_B64ENCODED_CREDENTIALS: "{{ lookup('ansible.builtin.env', 'AWS_B64ENCODED_CREDENTIALS') }}"

- name: Show what an upgrade would change
  capi.lifecycle.management_cluster:
    kubeconfig: ~/.kube/management
    providers:
      - {name: cluster-api, type: core, version: v1.14.2}
      - {name: kubeadm, type: bootstrap, version: v1.14.2}
      - {name: kubeadm, type: control_plane, version: v1.14.2}
  check_mode: true
  diff: true

- name: Install from a mirror, with a clusterctl that is fetched and checked
  capi.lifecycle.management_cluster:
    kubeconfig: ~/.kube/management
    clusterctl:
      url: https://mirror.example.com/clusterctl-linux-amd64-v1.14.2
      sha256: 1f5b4a8c2d9e7036b5a4c3d2e1f00f9e8d7c6b5a493827160594837261504f3e
    cert_manager:
      url: https://mirror.example.com/cert-manager/v1.21.1/cert-manager.yaml
      version: v1.21.1
    images:
      all: {repository: registry.example.com/cluster-api}
    providers:
      - name: cluster-api
        type: core
        version: v1.14.2
        url: https://mirror.example.com/cluster-api/v1.14.2/core-components.yaml
"""

RETURN = r"""
outcome:
  description:
    - How the task ended, V(done), or V(refused) (nothing was changed), V(waiting), V(stalled), V(unknown), V(failed).
  returned: always
  type: str
management_cluster_uid:
  description: UID of the C(kube-system) namespace, which names the cluster for ever.
  returned: success
  type: str
providers:
  description: Versions by provider label, in check mode as they would be.
  returned: success
  type: dict
  sample:
    cluster-api: v1.14.2
    infrastructure-aws: v2.13.0
steps:
  description: The calls of clusterctl that were made, in check mode those that would be made.
  returned: success
  type: list
  elements: str
  sample: [upgrade cluster-api v1.14.2]
kubernetes:
  description: Kubernetes of the management cluster, and whether the release of Cluster API supports it.
  returned: success
  type: dict
  contains:
    version:
      description: Its version.
      type: str
      returned: always
    supported:
      description: V(null) where this collection does not know the release.
      type: bool
      returned: always
    range:
      description: The supported versions.
      type: str
      returned: always
    as_of:
      description: Date of the support table.
      type: str
      returned: always
webhooks_not_proven:
  description: Webhook configurations that no dry run reaches, so that nothing is said about them.
  returned: success
  type: list
  elements: str
reasons:
  description: Every reason of a refusal.
  returned: when refused
  type: list
  elements: str
not_available:
  description: Deployments that are not Available, with the reason.
  returned: when waiting ended
  type: list
  elements: str
clusterctl_said:
  description: The last lines of clusterctl, without secrets.
  returned: when clusterctl failed
  type: list
  elements: str
"""

from ..module_utils._management import ensure_management_cluster
from ..module_utils._module import Operation, run

_TYPES = ["core", "bootstrap", "control_plane", "infrastructure", "ipam", "runtime_extension", "addon"]
SPEC = {
    "providers": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            "type": {"type": "str", "required": True, "choices": _TYPES},
            "version": {"type": "str"},
            "namespace": {"type": "str"},
            "url": {"type": "str"},
        },
    },
    "variables": {"type": "dict"},
    "secret_variables": {"type": "dict", "no_log": True},
    "config": {"type": "path"},
    "images": {"type": "dict"},
    "overrides_folder": {"type": "path"},
    "cert_manager": {
        "type": "dict",
        "options": {
            "url": {"type": "str"},
            "version": {"type": "str"},
            "timeout": {"type": "str"},
            "externally_provisioned": {"type": "bool"},
        },
    },
    "clusterctl": {
        "type": "dict",
        "options": {"path": {"type": "path"}, "url": {"type": "str"}, "sha256": {"type": "str"}},
        "mutually_exclusive": [("path", "url")],
        "required_together": [("url", "sha256")],
    },
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 900},
    "stall_timeout": {"type": "int", "default": 300},
}
OPERATION = Operation(SPEC, ensure_management_cluster)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
