# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What an inventory tells of a Machine and of a cluster: plain values from objects of either version. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from sys import intern
from typing import Any

from ._describe import certificates_days, describe, machine_facts
from ._objects import Object, annotations_of, dig, labels_of, namespace_of
from ._ownership import topology_name
from ._parts import Parts
from ._versions import is_version, parse_version

Row = dict[str, Any]

_WHAT_IT_IS = re.compile(r"(Managed)?(Cluster|ControlPlane|Machine|MachinePool)$")
# CAPM3 names the host in the provider id: metal3://<namespace>/<BareMetalHost>/<Metal3Machine>.
_BARE_METAL = re.compile(r"metal3://[^/]+/([^/]+)/[^/]+")
_LABEL_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")


def machine_row(machine: Object, management_cluster: str, now: datetime, annotations: Iterable[str] = ()) -> Row:
    """The variable ``capi_machine``; of annotations only those that are named."""
    facts, reference = machine_facts(machine), infrastructure_of(machine)
    del facts["deleting_reason"]  # sentences of conditions belong into machine_info
    return {
        **facts,
        "addresses": [{"type": a.get("type"), "address": a.get("address")} for a in facts["addresses"]],
        "namespace": namespace_of(machine),
        "cluster": dig(machine, "spec", "clusterName"),
        "management_cluster": management_cluster,
        "topology_pool": topology_name(machine),
        "kubelet_version": dig(machine, "status", "nodeInfo", "kubeletVersion"),
        "os_image": dig(machine, "status", "nodeInfo", "osImage"),
        "provider": provider_of(reference),
        "infrastructure": reference,
        "bare_metal_host": _bare_metal_host(facts["provider_id"]),
        "certificates_days": _days(machine, now),
        "labels": _labels(machine),
        "annotations": _annotations(machine, annotations),
    }


def cluster_row(parts: Parts, management_cluster: str, now: datetime, annotations: Iterable[str] = ()) -> Row:
    """The variable ``capi_cluster``: what cluster_info tells, and where the cluster is from."""
    told = describe(parts, now)
    machines = {
        "machines": len(parts.machines),
        "machines_ready": sum(machine_facts(m)["ready"] for m in parts.machines),
    }
    return {
        **told,
        **machines,
        "labels": _labels(parts.cluster),
        "management_cluster": management_cluster,
        "provider": provider_of(told["infrastructure"]),
        "annotations": _annotations(parts.cluster, annotations),
    }


def infrastructure_of(machine: Object) -> dict[str, str] | None:
    ref = dig(machine, "spec", "infrastructureRef")
    return {"kind": str(ref.get("kind", "")), "name": str(ref.get("name", ""))} if isinstance(ref, Mapping) else None


def provider_of(reference: Mapping[str, str] | None) -> str | None:
    """``AWSMachine`` -> ``aws``: the kind says whose it is, and no table of providers grows old."""
    return _WHAT_IT_IS.sub("", reference["kind"]).lower() or None if reference else None


def is_outdated(row: Row, target: str) -> bool | None:
    """Whether a cluster or one of its machines is below a version; None where no version is known."""
    seen = [row["kubernetes_version"], *row["versions"]["control_plane"], *row["versions"]["workers"]]
    known = [parse_version(text) for text in seen if text and is_version(text)]
    return min(known) < parse_version(target) if known else None


def _bare_metal_host(provider_id: Any) -> str | None:
    found = _BARE_METAL.fullmatch(provider_id) if isinstance(provider_id, str) else None
    return found[1] if found else None


def _days(machine: Object, now: datetime) -> int | None:
    try:
        return certificates_days([machine], now)
    except (ValueError, TypeError):  # one odd date is no reason to list no host at all
        return None


def _labels(item: Object) -> dict[str, str]:
    """Keys of another form, which the API server refuses, could be words of Ansible's own (``__ansible_…``)."""
    return {intern(key): value for key, value in labels_of(item).items() if _LABEL_KEY.fullmatch(key)}


def _annotations(item: Object, names: Iterable[str]) -> dict[str, str]:
    held = annotations_of(item)
    return {name: held[name] for name in names if name in held}
