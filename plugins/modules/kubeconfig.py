#!/usr/bin/python
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put a workload cluster's kubeconfig into a file; the work is in module_utils/_kubeconfig.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeconfig
short_description: Put the kubeconfig of a workload cluster into a file
version_added: 0.1.0
description:
  - Reads the kubeconfig of a workload cluster from its Secret C(<name>-kubeconfig) in the management cluster, and
    writes it into a file of its own, or into a shared file under the name of a context.
  - The file is replaced as a whole, with mode C(0600). What a shared file holds for other clusters stays as it is,
    except for comments, which are lost when something is changed.
  - The kubeconfig gives all rights in the workload cluster. It is never part of the result or the diff,
    unless O(return_content=true).
author: capi.lifecycle contributors (@capi-lifecycle)
options:
  path:
    description:
      - File to write. Its directory must exist. A symbolic link is followed.
      - A file that is not a kubeconfig is refused and stays as it is.
      - So is one that holds a cluster of this name whose server and certificate authority both differ, which is another
        cluster. Where this cluster was deleted and made again, take the old entry out first by O(state=absent).
    type: path
    required: true
  state:
    description:
      - V(present) writes the kubeconfig. When the Secret has a newer one, the file is brought up to date.
      - V(absent) removes it again. The management cluster is not asked, so that and the cluster may be gone;
        O(management_cluster_uid) and the connection options are without effect then.
    type: str
    choices: [present, absent]
    default: present
  context_name:
    description:
      - Merge into O(path) under this name, which the context, the cluster and the user get. The current context stays,
        unless there is none.
      - Without it the file holds this cluster alone; a file that holds another cluster is refused.
      - Not to be confused with O(context), which names the management cluster.
    type: str
  server:
    description:
      - URL of the API server to write in place of the one in the Secret, for example the end of a tunnel.
    type: str
  tls_server_name:
    description:
      - Name that the certificate of the API server is checked against, where O(server) is not in it.
    type: str
  return_content:
    description:
      - Whether to return the kubeconfig in RV(content).
      - Set C(no_log=true) on the task then. Since ansible-core 2.19 the result is hidden without it, too, unless the
        task has C(async); before 2.19 and with C(async) a task without it is refused, and nothing is changed.
      - Whatever shows the registered result, C(async_status) for example, needs C(no_log=true) of its own.
    type: bool
    default: false
extends_documentation_fragment:
  - capi.lifecycle.attributes
  - capi.lifecycle.cluster_name
  - capi.lifecycle.management
  - kubernetes.core.k8s_auth_options
seealso:
  - module: capi.lifecycle.cluster_info
"""

EXAMPLES = r"""
- name: Write the kubeconfig of a cluster into a file of its own
  capi.lifecycle.kubeconfig:
    name: development
    path: ~/development.kubeconfig

- name: Merge it into the file that kubectl reads
  capi.lifecycle.kubeconfig:
    name: development
    path: ~/.kube/config
    context_name: development

- name: Remove it from there
  capi.lifecycle.kubeconfig:
    name: development
    path: ~/.kube/config
    context_name: development
    state: absent

- name: Use it in the play
  no_log: true
  capi.lifecycle.kubeconfig:
    name: development
    path: ~/development.kubeconfig
    return_content: true
  register: access
"""

RETURN = r"""
path:
  description: The file, links followed.
  returned: success
  type: str
context_name:
  description: The context to use in the file.
  returned: when O(state=present)
  type: str
server:
  description: URL of the API server in the file.
  returned: when O(state=present)
  type: str
expires_at:
  description: When the client certificate expires, in UTC. V(null) where that is not known.
  returned: when O(state=present)
  type: str
  sample: "2027-11-25T01:33:14Z"
expires_days:
  description: Whole days until then, negative when it is over. V(null) where that is not known.
  returned: when O(state=present)
  type: int
  sample: 364
expiry_unknown:
  description: Why the expiry is not known, V(null) where it is.
  returned: when O(state=present)
  type: str
content:
  description: The kubeconfig of this cluster alone. Whoever has it has all rights in the workload cluster.
  returned: when O(return_content=true) and O(state=present)
  type: str
"""

from ..module_utils._argspec import CLUSTER_NAME
from ..module_utils._kubeconfig import ensure_kubeconfig
from ..module_utils._module import Operation, run

SPEC = {
    **CLUSTER_NAME,
    "path": {"type": "path", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "context_name": {"type": "str"},
    "server": {"type": "str"},
    "tls_server_name": {"type": "str"},
    "return_content": {"type": "bool", "default": False},
}
OPERATION = Operation(
    SPEC,
    ensure_kubeconfig,
    offline=lambda params: params["state"] == "absent",
    discloses="return_content",
)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
