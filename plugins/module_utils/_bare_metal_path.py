# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Which of several versions a cluster goes to next, told from its nodes as they are. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ._bare_metal_wish import Finding, finding
from ._errors import InvalidInput
from ._versions import Version, parse_version

Node = Mapping[str, Any]  # as kubeadm_info returns it
NAME = "bare_metal_kubernetes_path"
MOST = 5  # minor versions in one run, as playbooks/bare_metal/upgrade.yml has


def next_of(path: Sequence[Any], nodes: Sequence[Node]) -> dict[str, Any]:
    """``version`` to go to next, ``later`` those that follow it, and ``findings``; then there is no version."""
    try:
        versions = [_version(part) for part in path]
        live = sorted(_live(nodes))
    except InvalidInput as error:
        return {"version": "", "later": [], "findings": [finding("", "version", str(error))]}
    findings = [*_order(versions), *_reach(versions, live)]
    if findings:
        return {"version": "", "later": [], "findings": findings}
    left = [version for version in versions if version >= live[-1]]
    if set(live) == {left[0]} and len(left) > 1:
        left = left[1:]
    return {"version": str(left[0]), "later": list(map(str, left[1:])), "findings": []}


def _version(part: Any) -> Version:
    """YAML reads 1.30 as the number 1.3: such a value is refused and never repaired."""
    if not isinstance(part, str):
        raise InvalidInput(f"{NAME} has {part!r}, no text. Write versions whole and in quotes, such as 'v1.36.3'.")
    return parse_version(part, NAME)


def _live(nodes: Sequence[Node]) -> Iterable[Version]:
    """Of every API server and every kubelet."""
    for node in nodes:
        told = [*node["control_plane_version"].split("/"), node["kubelet_version"]]
        yield from (parse_version(text.partition("+")[0], f"Node {node['name']}") for text in told if text)


def _order(versions: Sequence[Version]) -> Iterable[Finding]:
    if len(versions) > MOST:
        yield finding("", "version-path", f"{NAME} has {len(versions)} versions: one run goes through {MOST} at most.")
    for before, after in zip(versions, versions[1:]):
        if after <= before:
            yield finding("", "version-lower", f"{NAME}: {after} follows {before}. Kubernetes and etcd only go up.")
        elif _skips(before, after):
            yield _skip(before, after)


def _reach(versions: Sequence[Version], live: Sequence[Version]) -> Iterable[Finding]:
    """From where the cluster is: its highest version tells which hops are behind it, its lowest how far it may go."""
    if not versions or not live:
        message = f"{NAME} is empty." if not versions else "no node of the cluster tells its version."
        yield finding("", "version-path", message)
        return
    left = [version for version in versions if version >= live[-1]]
    if not left:
        message = f"the cluster is at {live[-1]}, higher than {versions[-1]}. Kubernetes and etcd only go up."
        yield finding("", "version-lower", message)
    elif _skips(live[-1], left[0]):
        yield _skip(live[-1], left[0])


def _skips(before: Version, after: Version) -> bool:
    return after.major != before.major or after.minor > before.minor + 1


def _skip(before: Version, after: Version) -> Finding:
    return finding(
        "",
        "version-skip",
        f"from {before} to {after} leaves minor versions out, which kubeadm cannot do. Name the newest "
        f"v{before.major}.{before.minor + 1} between them.",
    )
