#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renew the certificates of a control plane node; the work is in module_utils/_kubeadm_certificates.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_certificates
short_description: Renew the certificates of a kubeadm control plane node, and restart what reads them
version_added: 0.1.0
description:
  - Runs on a node. Certificates with less than O(days) left are renewed by C(kubeadm certs renew), with those inside of
    C(admin.conf) and its like. Then each static pod that runs with older files is restarted, one after the other, by
    its manifest, which leaves the folder and comes back.
  - Works where the API does not answer, also because the certificates have expired. kubeadm then renews with its
    defaults.
  - Authorities are shown and never replaced. The kubelet renews its certificate by itself; RV(kubelet) shows its days.
  - On a worker there is nothing to renew; check mode shows RV(kubelet) there, too.
author: capi.lifecycle contributors (@capi-lifecycle)
options:
  days:
    description:
      - Renew what has less than so many days left. With more days than certificates are issued for, each run renews.
    type: int
    default: 90
  names:
    description:
      - Renew only these, as C(kubeadm certs check-expiration) names them. By default all that are due.
    type: list
    elements: str
    default: []
  node_name:
    description:
      - Name of this host's Node, where it is not the hostname.
    type: str
  wait_ready:
    description:
      - Wait until etcd and the API server serve again before the next static pod is restarted. Without quorum, as when
        the certificates of all control planes have expired, etcd cannot serve before other nodes are renewed.
    type: bool
    default: true
  timeout:
    description:
      - Seconds that a static pod may take to end, to start, and to serve.
    type: int
    default: 300
extends_documentation_fragment:
  - capi.lifecycle.attributes.node
seealso:
  - module: capi.lifecycle.kubeadm_info
"""

EXAMPLES = r"""
- name: Renew what has less than a month left
  capi.lifecycle.kubeadm_certificates:
    days: 30

- name: See what there is, and change nothing
  capi.lifecycle.kubeadm_certificates:
    days: 30
  check_mode: true
  register: seen
"""

RETURN = r"""
certificates:
  description: Certificates with C(name), C(expires), C(days), C(ca), C(authority), C(missing), C(external), afterwards.
  returned: success
  type: list
  elements: dict
due:
  description: Those with less than O(days) before.
  returned: success
  type: list
  elements: str
stale:
  description: Static pods that ran with files older than those on disk, before.
  returned: success
  type: list
  elements: str
parked:
  description: Static pods whose manifest an earlier run had taken out and not put back. They are put back.
  returned: success
  type: list
  elements: str
restarted:
  description: Static pods that were restarted.
  returned: success
  type: list
  elements: str
obstacles:
  description: Why kubeadm cannot renew here. Only check mode returns some; otherwise the task is refused.
  returned: success
  type: list
  elements: str
kubelet:
  description: Certificate of the kubelet for the API server, C(file), C(expires), C(days); both null without one.
  returned: success
  type: dict
"""

from ..module_utils._kubeadm_certificates import ensure_certificates
from ..module_utils._node_module import NodeOperation, run

SPEC = {
    "days": {"type": "int", "default": 90},
    "names": {"type": "list", "elements": "str", "default": []},
    "node_name": {"type": "str"},
    "wait_ready": {"type": "bool", "default": True},
    "timeout": {"type": "int", "default": 300},
}
OPERATION = NodeOperation(SPEC, ensure_certificates)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
