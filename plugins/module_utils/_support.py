# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Which release of Cluster API speaks which contract and runs on which Kubernetes. Pure data, dated.

Source: the Cluster API book, reference/versions.md, and the release notes of each newest patch; read 2026-11-22.
Support of a management cluster's Kubernetes: the newest minor known at release and the three before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._errors import InvalidInput
from ._versions import Version, is_version, parse_version

AS_OF = "2026-11-22"
MOST_MINORS_SKIPPED = 3  # an upgrade of Cluster API may go from n-3 to n

# Minor release of Cluster API 1.x: lowest and highest Kubernetes 1.x minor of the management cluster.
_MANAGEMENT_KUBERNETES = {
    9: (28, 32),
    10: (28, 33),
    11: (30, 34),
    12: (31, 36),
    13: (32, 36),
    14: (33, 36),
}
# Contract that came with a minor release, newest first.
_CONTRACTS = ((11, "v1beta2"), (0, "v1beta1"))


def contract_of(version: Version) -> str:
    """The contract of core, of the kubeadm providers, and of clusterctl itself; empty before v1.0."""
    if version.major != 1:
        return ""
    return next(contract for minor, contract in _CONTRACTS if version.minor >= minor)


def releases_of(contract: str) -> str:
    """The releases of Cluster API that speak a contract, in words."""
    return {"v1beta1": "v1.0 to v1.10", "v1beta2": "v1.11 and newer"}.get(contract, "unknown")


def compatible_contracts(contract: str) -> tuple[str, ...]:
    """Contracts of providers that a core of this contract works with (v1beta1 goes with v1beta2 until v1.15)."""
    return ("v1beta2", "v1beta1") if contract == "v1beta2" else (contract,)


def kubernetes_support(core: str, kubernetes: str) -> Mapping[str, Any]:
    """Whether a release of Cluster API supports a management cluster's Kubernetes: True, False, or None (unknown)."""
    try:
        known = _MANAGEMENT_KUBERNETES.get(parse_version(core).minor) if is_version(core) else None
        found = parse_version(kubernetes)
    except InvalidInput:
        known, found = None, None
    if not known or not found:
        return {"version": kubernetes, "supported": None, "range": "", "as_of": AS_OF}
    lowest, highest = known
    return {
        "version": kubernetes,
        "supported": found.major == 1 and lowest <= found.minor <= highest,
        "range": f"v1.{lowest} to v1.{highest}",
        "as_of": AS_OF,
    }
