# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Judgement of a wish before anything is written: findings, all of them at once. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ._errors import InvalidInput
from ._objects import (
    Object,
    Ref,
    annotations_of,
    close_matches,
    dig,
    is_deleting,
    is_paused,
    mappings_at,
    name_of,
    ref_of,
)
from ._ownership import AUTOSCALER, gitops_owner
from ._parts import POOL_KINDS, Parts
from ._versions import Version, is_version, parse_version

MAX_NAME = 63  # a Machine's name is also a Node's name and a label value
MAX_SKEW = 3  # minors that workers may be older than the control plane (Kubernetes version skew policy)
_MACHINE_SUFFIX = {"KubeadmControlPlane": len("-xxxxx"), "MachineDeployment": len("-xxxxx-xxxxx")}
_TOPOLOGY_SUFFIX = len("-xxxxx") + len("-xxxxx-xxxxx")  # a topology's MachineDeployment has a random suffix of its own
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


@dataclass(frozen=True)
class Finding:
    """Something that must be put right first."""

    where: str  # object and field
    message: str  # what was found, what is wanted

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


def refuse(findings: Iterable[Finding]) -> None:
    """Raise InvalidInput that lists every finding; nothing happens when there is none."""
    unique = list(dict.fromkeys(findings))
    if not unique:
        return
    count = "1 finding" if len(unique) == 1 else f"{len(unique)} findings"
    raise InvalidInput(
        f"{count}, nothing was changed:\n" + "\n".join(f"- {f}" for f in unique),
        findings=[{"where": f.where, "message": f.message} for f in unique],
    )


def check_set(objects: list[Object], name: str, namespace: str) -> Iterator[Finding]:
    """Contradictions inside the wish itself; needs no server."""
    clusters = [item for item in objects if item["kind"] == "Cluster" and "cluster.x-k8s.io/" in item["apiVersion"]]
    names = [name_of(c) for c in clusters]
    if names != [name]:
        held = f"has the Cluster {', '.join(names)}" if names else "has no Cluster"
        yield Finding(
            "the set of objects", f"it {held}; wanted exactly one, named {name!r}{close_matches(name, names)}"
        )
    for item in objects:
        if item["kind"] != "Namespace" and item["metadata"].get("namespace", namespace) != namespace:
            yield Finding(str(ref_of(item)), f"it is in another namespace than its cluster ({namespace!r})")
    yield from _duplicates(objects)
    for item in objects:
        for check in _BY_KIND.get(item["kind"], ()):
            yield from check(item)
    yield from _skew_in_set(objects)


def check_change(changes: list[Object], live: Mapping[Ref, Object], *, force: bool = False) -> Iterator[Finding]:
    """What may not be done to the objects that are there now: the changes are those that differ from ``live``."""
    for ref, held in live.items():
        if is_deleting(held):
            yield Finding(str(ref), "it is being deleted; wait until it is gone, then run again")
    for item in changes:
        now = live.get(ref_of(item))
        if not now:
            continue
        if is_paused(now) and not is_paused(item):
            yield Finding(str(ref_of(item)), "it is paused, nothing would happen; unpause it first (we never do that)")
        owner = None if force else gitops_owner([now])
        if owner:
            yield Finding(
                str(ref_of(item)),
                f"{owner['tool']} writes it ({owner['sign']}) and would undo this: change it there, or force_conflicts",
            )
        yield from _version_change(item, now)


def changes_version(item: Object, now: Object | None) -> bool:
    """Whether the wish has another Kubernetes version than the live object."""
    return bool(now) and _version_of(item) is not None and _version_of(item) != _version_of(now or {})


def check_rollout(changes: list[Object], live: Mapping[Ref, Object], seen: Parts | None) -> Iterator[Finding]:
    """A version may not rise while machines are a minor behind the live one: they would be taken over two at once."""
    for item in changes:
        now = live.get(ref_of(item))
        wanted, held = _version_of(item), _version_of(now) if now else None
        if not seen or not wanted or not held or wanted.minor > held.minor + 1:
            continue  # the last is said by check_change
        below = [m for m in _machines_of(item, seen) if (v := _version_of(m)) and v.minor + 1 < wanted.minor]
        if below:
            oldest = min(v for m in below if (v := _version_of(m)))
            yield Finding(
                str(ref_of(item)),
                f"version {wanted}, but {len(below)} machines are still at {oldest} on their way to {held}: wait until "
                "they have arrived, then run again",
            )


def _machines_of(item: Object, seen: Parts) -> list[Object]:
    if item["kind"] == "Cluster":
        return list(seen.machines)
    return seen.machines_of(item if item["kind"] in POOL_KINDS else None)


def version_path(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Where an object says its Kubernetes version; empty when its kind has none."""
    if item["kind"] == "Cluster":
        return ("spec", "topology", "version") if dig(item, "spec", "topology") else ()
    if item["kind"] in ("MachineDeployment", "MachinePool", "MachineSet"):
        return ("spec", "template", "spec", "version")
    named = item["kind"] == "Machine" or str(item["apiVersion"]).startswith("controlplane.")
    return ("spec", "version") if named else ()


def _duplicates(objects: list[Object]) -> Iterator[Finding]:
    seen: set[Ref] = set()
    for ref in map(ref_of, objects):
        if ref in seen:
            yield Finding(str(ref), "it is there twice")
        seen.add(ref)


def _name_lengths(item: Object) -> Iterator[Finding]:
    name, where = name_of(item), str(ref_of(item))
    if item["kind"] == "Cluster" and not _LABEL.fullmatch(name):
        yield Finding(where, "a cluster's name has lower-case letters, digits and inner '-' only")
    longest = _MACHINE_SUFFIX.get(item["kind"], 0)
    if len(name) + longest > MAX_NAME:
        yield Finding(
            where,
            f"its name has {len(name)} characters; at most {MAX_NAME - longest} keep Machine names within {MAX_NAME}",
        )
    for pool in mappings_at(item, "spec", "topology", "workers", "machineDeployments"):
        length = len(name) + 1 + len(str(pool.get("name", "")))
        if length + _TOPOLOGY_SUFFIX > MAX_NAME:
            yield Finding(
                f"{where} node pool {pool.get('name')}",
                f"cluster and pool name have {length} characters; at most {MAX_NAME - _TOPOLOGY_SUFFIX} keep Machine "
                f"names within {MAX_NAME}",
            )


def _version_form(item: Object) -> Iterator[Finding]:
    path = version_path(item)
    text = dig(item, *path) if path else None
    if text is None:
        return
    try:
        parse_version(str(text), ".".join(path))
    except InvalidInput as error:
        yield Finding(str(ref_of(item)), str(error))


def _control_plane_replicas(item: Object) -> Iterator[Finding]:
    path = ("spec", "topology", "controlPlane", "replicas") if item["kind"] == "Cluster" else ("spec", "replicas")
    count = dig(item, *path)
    external = dig(item, "spec", "kubeadmConfigSpec", "clusterConfiguration", "etcd", "external")
    if not isinstance(count, int) or external:
        return
    if count < 1:
        yield Finding(str(ref_of(item)), f"{'.'.join(path)} is {count}; a control plane has at least 1 machine")
    elif count % 2 == 0:
        yield Finding(
            str(ref_of(item)),
            f"{'.'.join(path)} is {count}; etcd needs an odd number: use {count + 1} instead of {count}",
        )


def _networks(item: Object) -> Iterator[Finding]:
    where = str(ref_of(item))
    parsed: dict[str, list[Any]] = {"pods": [], "services": []}
    for part in ("pods", "services"):
        blocks = dig(item, "spec", "clusterNetwork", part, "cidrBlocks", default=[])
        for block in blocks if isinstance(blocks, list) else []:
            try:
                parsed[part].append(ipaddress.ip_network(str(block), strict=False))
            except ValueError as error:
                yield Finding(where, f"spec.clusterNetwork.{part}: {error}; wanted for example 192.168.0.0/16")
    yield from _overlaps(where, parsed["pods"], parsed["services"])
    families = {part: {n.version for n in blocks} for part, blocks in parsed.items() if blocks}
    if len({frozenset(f) for f in families.values()}) > 1:
        said = " and ".join(f"{p} have IPv{'/IPv'.join(map(str, sorted(f)))}" for p, f in families.items())
        yield Finding(where, f"spec.clusterNetwork mixes address families: {said}; both need the same")
    yield from _endpoint(where, dig(item, "spec", "controlPlaneEndpoint", "host"), parsed)


def _overlaps(where: str, pods: list[Any], services: list[Any]) -> Iterator[Finding]:
    for pod in pods:
        for service in services:
            if pod.version == service.version and pod.overlaps(service):
                yield Finding(where, f"spec.clusterNetwork: pods {pod} overlap services {service}")


def _endpoint(where: str, host: Any, parsed: Mapping[str, list[Any]]) -> Iterator[Finding]:
    try:
        address = ipaddress.ip_address(str(host))
    except ValueError:
        return
    for part, blocks in parsed.items():
        for block in blocks:
            if address in block:
                yield Finding(where, f"spec.controlPlaneEndpoint.host {address} lies in the {part} network {block}")


def _autoscaled(item: Object) -> Iterator[Finding]:
    bounds = [a for a in annotations_of(item) if a.startswith(AUTOSCALER)]
    if bounds and dig(item, "spec", "replicas") is not None:
        yield Finding(
            str(ref_of(item)),
            f"spec.replicas is set, but {bounds[0]} gives the number to the autoscaler: leave replicas out",
        )


def _skew_in_set(objects: list[Object]) -> Iterator[Finding]:
    """Workers may not be newer than the control plane, nor more than three minors older."""
    plane = next((v for item in objects if item["kind"] == "KubeadmControlPlane" and (v := _version_of(item))), None)
    for item in objects:
        worker = _version_of(item) if item["kind"] in ("MachineDeployment", "MachinePool") else None
        if plane and worker and worker > plane:
            yield Finding(str(ref_of(item)), f"version {worker} is newer than its control plane's {plane}")
        elif plane and worker and plane.minor - worker.minor > MAX_SKEW:
            yield Finding(str(ref_of(item)), f"version {worker} is more than {MAX_SKEW} minors older than {plane}")


def _version_change(item: Object, now: Object) -> Iterator[Finding]:
    wanted, held = _version_of(item), _version_of(now)
    if not wanted or not held:
        return
    if wanted < held:
        yield Finding(str(ref_of(item)), f"version {wanted} is lower than the live {held}: versions are never lowered")
    elif wanted.major != held.major or wanted.minor > held.minor + 1:
        yield Finding(
            str(ref_of(item)),
            f"version {wanted} skips minors (live: {held}); go to v{held.major}.{held.minor + 1}.x first",
        )


def _version_of(item: Object) -> Version | None:
    path = version_path(item)
    text = dig(item, *path) if path else None
    return parse_version(text) if isinstance(text, str) and is_version(text) else None


_BY_KIND = {
    "Cluster": (_name_lengths, _version_form, _control_plane_replicas, _networks),
    "KubeadmControlPlane": (_name_lengths, _version_form, _control_plane_replicas),
    "MachineDeployment": (_name_lengths, _version_form, _autoscaled),
    "MachinePool": (_version_form, _autoscaled),
}
