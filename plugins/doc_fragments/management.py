# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that pin the management cluster; twin of MANAGEMENT in module_utils/_argspec.py."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  management_cluster_uid:
    description:
      - UID of the C(kube-system) namespace of the management cluster that this task may work on.
      - With any other management cluster behind the connection options the task is refused, and nothing is changed.
    type: str
notes:
  - The connection is never guessed for changes. Name it by O(kubeconfig), O(context) or O(host), by the
    C(K8S_AUTH_*) environment variables, or once for a play by C(module_defaults) of C(group/capi.lifecycle.capi).
  - Progress is shown line by line where the connection is local. On another connection, with C(become) or with
    C(async) the module itself runs, there and as that user, and no lines are shown before it ends.
requirements:
  - The collection kubernetes.core, 5.2.0 up to 6.x
  - python >= 3.10
  - kubernetes >= 32.0.1 (37.0.2 cannot be installed beside boto3)
"""
