# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Releases of Kubernetes, and how they go with Cluster API, in the shape of the option ``releases``.

Pure data of one day. Newest patch releases: the tags of k8s.io/api. Ranges of workload clusters: the Cluster API book,
reference/versions.md. A user's own file takes the place of each of its lists.
"""

from __future__ import annotations

from typing import Any

RELEASES: dict[str, Any] = {
    "as_of": "2026-11-25",
    "kubernetes": [
        "v1.30.14",
        "v1.31.14",
        "v1.32.13",
        "v1.33.14",
        "v1.34.13",
        "v1.35.10",
        "v1.36.6",
        "v1.37.2",
    ],
    "known_bad": [
        {
            "kubernetes": ["v1.33.12", "v1.34.8", "v1.35.5", "v1.36.1"],
            "fixed_in": ["v1.11.11", "v1.12.8", "v1.13.2"],
            "reason": "the rollout of a control plane gets stuck",
            "source": "the Cluster API book, user/troubleshooting.md, and cluster-api#13664",
        },
    ],
    "supported": [
        {"capi": "v1.9", "lowest": "v1.26", "highest": "v1.32"},
        {"capi": "v1.10", "lowest": "v1.26", "highest": "v1.33"},
        {"capi": "v1.11", "lowest": "v1.28", "highest": "v1.34"},
        {"capi": "v1.12", "lowest": "v1.29", "highest": "v1.36"},
        {"capi": "v1.13", "lowest": "v1.30", "highest": "v1.36"},
        {"capi": "v1.14", "lowest": "v1.31", "highest": "v1.36"},
    ],
}
