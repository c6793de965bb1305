# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that name a cluster; twin of CLUSTER_NAME in module_utils/_argspec.py."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  name:
    description:
      - Name of the workload cluster, the name of its Cluster object.
    type: str
    required: true
  namespace:
    description:
      - Namespace of the Cluster object. It must exist.
    type: str
    default: default
"""
