# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that both inventory plugins have; twin of CONNECTION in module_utils/_connections.py."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  connections:
    description:
      - The management clusters to read, all at once. What is set beside it holds for each of them, and what an entry
        sets goes before. Without it there is one, by the options beside it, the C(K8S_AUTH_*) environment variables,
        C(KUBECONFIG), or the current context of C(~/.kube/config).
      - An entry with O(connections[].kubeconfig), O(connections[].context) or O(connections[].host) takes nothing from
        the environment.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description:
          - What the management cluster is called, in host names, messages and C(management_cluster) of each host.
          - By default the context, else the host, else the name of the kubeconfig file.
        type: str
      in_cluster:
        description: As for all.
        type: bool
      namespaces:
        description: As for all.
        type: list
        elements: str
      label_selector:
        description: As for all.
        type: str
      field_selector:
        description: As for all.
        type: str
      kubeconfig:
        description: As for all. So are the other authentication options.
        type: raw
      context:
        description: Name of a context in the kubeconfig.
        type: str
      host:
        description: URL of the API server.
        type: str
      api_key:
        description: Token.
        type: str
      username:
        description: Name for basic authentication.
        type: str
      password:
        description: Password for basic authentication.
        type: str
      client_cert:
        description: Path to a client certificate.
        type: path
        aliases: [cert_file]
      client_key:
        description: Path to its key.
        type: path
        aliases: [key_file]
      ca_cert:
        description: Path to the certificate of the CA.
        type: path
        aliases: [ssl_ca_cert]
      validate_certs:
        description: Whether to verify the certificate of the API server.
        type: bool
        aliases: [verify_ssl]
      proxy:
        description: URL of an HTTP proxy.
        type: str
      no_proxy:
        description: Hosts that are reached without it.
        type: str
      proxy_headers:
        description: Headers for it.
        type: dict
      persist_config:
        description: Whether to store refreshed tokens in the kubeconfig.
        type: bool
      impersonate_user:
        description: User to impersonate.
        type: str
      impersonate_groups:
        description: Groups to impersonate.
        type: list
        elements: str
  in_cluster:
    description:
      - Use the account of the Pod that Ansible runs in. It is never used without this.
    type: bool
    default: false
  namespaces:
    description:
      - Namespaces to read; all of them by default. Each of them is one request a kind.
    type: list
    elements: str
    default: []
  label_selector:
    description:
      - Only objects whose labels match, in the syntax of C(kubectl --selector).
    type: str
    default: ""
  field_selector:
    description:
      - Only objects whose fields match, in the syntax of C(kubectl --field-selector). The API server knows
        C(metadata.name) and C(metadata.namespace) of these kinds.
    type: str
    default: ""
  annotations:
    description:
      - Names of annotations that hosts shall have in their variable. None by default, since tools put whole objects
        into them.
    type: list
    elements: str
    default: []
  host_format:
    description:
      - What a host is called, from V({name}), V({namespace}), V({cluster}) and V({management_cluster}).
      - Where two get the same name nothing is listed at all, and the error names the format that tells them apart.
    type: str
    default: "{name}"
  on_unreachable:
    description:
      - What to do when one of several management clusters cannot be read.
      - With V(error) there is no inventory. With V(warn) there is that of the others, a warning, and the name of the
        missing one in the variable C(capi_unreachable) of O(group). Where none can be read it is always an error.
    type: str
    choices: [error, warn]
    default: error
requirements:
  - The collection kubernetes.core, 5.2.0 up to 6.x
  - python >= 3.10
  - kubernetes >= 32.0.1 (37.0.2 cannot be installed beside boto3)
notes:
  - Ansible goes on without an inventory that failed. E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED) makes it an error.
  - Secrets are never read. What objects hold is never taken for a template.
"""
