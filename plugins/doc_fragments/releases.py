# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users know of releases; twin of _argspec.RELEASES."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  releases:
    description:
      - What you know of releases of Kubernetes and Cluster API, such as the versions that you have images for. Each of
        its lists takes the place of the built-in one.
    type: dict
    suboptions:
      as_of:
        description: The day of these facts, for messages.
        type: str
      kubernetes:
        description: Versions that a computed path may use; by default the newest patch release of each minor version.
        type: list
        elements: str
      known_bad:
        description: Versions of Kubernetes that are known to fail with releases of Cluster API.
        type: list
        elements: dict
        suboptions:
          kubernetes:
            description: These versions.
            type: list
            elements: str
            required: true
          fixed_in:
            description:
              - The first good Cluster API of each minor release. Minor releases without one are good if they are newer
                than all these.
            type: list
            elements: str
            default: []
          reason:
            description: What goes wrong.
            type: str
            required: true
          source:
            description: Where that is written.
            type: str
      supported:
        description: The versions of Kubernetes that a release of Cluster API supports in workload clusters.
        type: list
        elements: dict
        suboptions:
          capi:
            description: Minor release of Cluster API, such as V(v1.14).
            type: str
            required: true
          lowest:
            description: Lowest minor version of Kubernetes, such as V(v1.31).
            type: str
            required: true
          highest:
            description: Highest minor version of Kubernetes.
            type: str
            required: true
"""
