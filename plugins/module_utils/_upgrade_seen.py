# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Reads what an upgrade is judged by: the cluster, its templates and class, and what its checks need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Callable

from ._errors import CapiError, Forbidden
from ._fields import machine_template_at, value_at
from ._kube import Kube
from ._management_seen import look_at
from ._objects import CORE_GROUP, Object, Ref, dig, listed, name_of, namespace_of, ref_of
from ._parts import Parts
from ._rollout import cannot_tell
from ._session import Session
from ._upgrade_sight import Sight, unwell
from ._upgrade_wish import UpgradeWish, chosen
from ._workload import kubeconfig_of, only_data, told_by_nodes

_PATIENCE = 3.0  # seconds of retries inside a workload cluster: far below the life of the Lease


@dataclass(frozen=True)
class Surroundings:
    """What all clusters of a management cluster share; None for what could not be read, with the reason."""

    core: str | None = None
    deployments: Sequence[Object] | None = None
    health_checks: Sequence[Object] | None = None
    unread: Mapping[str, str] = field(default_factory=dict)

    def health_checks_of(self, cluster: Object) -> list[Object] | None:
        if self.health_checks is None:
            return None
        name, namespace = name_of(cluster), namespace_of(cluster)
        found = [c for c in self.health_checks if dig(c, "spec", "clusterName") == name]
        return [c for c in found if namespace_of(c) == namespace]


def surroundings(kube: Kube, namespace: str) -> Surroundings:
    """Providers and their Deployments, and health checks (of every namespace for an empty one)."""
    unread: dict[str, str] = {}
    seen = _tried(lambda: look_at(kube), "deployments", unread)
    if seen is None:
        unread["core"] = unread["deployments"]
    core = next((p.version for p in seen.installed if p.label == "cluster-api"), None) if seen else None
    if seen and core is None:
        unread["core"] = "no Provider object tells the release of Cluster API: it was not installed by clusterctl"
    versions = kube.versions(CORE_GROUP, "MachineHealthCheck")
    checks = _tried(
        lambda: kube.list(versions[0], "MachineHealthCheck", namespace) if versions else [], "health_checks", unread
    )
    return Surroundings(core, seen.deployments if seen else None, checks, unread)


@dataclass
class Known:
    """What does not change while it is asked for: templates and the versions of ClusterClasses.

    For many clusters whole kinds are listed, so that the number of requests does not grow with them.
    """

    many: bool = False
    classes: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    templates: dict[Ref, Object | None] = field(default_factory=dict)
    listed: set[tuple[str, str, str]] = field(default_factory=set)


def sight_of(kube: Kube, parts: Parts, wish: UpgradeWish, known: Known) -> Sight:
    """The parts, with the templates that the wish changes and the versions that the ClusterClass walks."""
    topology = dig(parts.cluster, "spec", "topology")
    if topology:
        return Sight(parts, class_versions=_class_versions(kube, parts.cluster, topology, known))
    return Sight(parts, templates_of(kube, parts, known) if wish.overrides else {})


def with_nodes(session: Session, parts: Parts, wish: UpgradeWish) -> Parts:
    """Node pools that tell no versions get them from their nodes, where the task allows to ask the workload cluster.

    They are asked for what the wish is about, and once the control plane is well: before, nobody needs to know.
    Raises what keeps the nodes from being read, since nothing could be judged then.
    """
    silent = [name_of(p) for p in chosen(parts, wish) if cannot_tell(parts, p)]
    if not (silent and wish.workload_access) or any(unwell(parts)):
        return parts
    try:
        with reached(session, wish.name, wish.namespace) as kube:
            return told_by_nodes(parts, silent, kube.list("v1", "Node"))
    except CapiError as error:
        raise type(error)(
            f"{wish.title}: only the nodes themselves tell the versions of {listed(silent)}, and they could not be "
            f"read in the workload cluster: {error} Make that way work, or set workload_access to false: then nobody "
            "waits for these nodes.",
            **error.details,
        ) from error


@contextmanager
def reached(session: Session, name: str, namespace: str) -> Iterator[Kube]:
    """The inside of a workload cluster, for reading; not for long where it is silent, since who waits asks again."""
    content = only_data(kubeconfig_of(session.kube, name, namespace), f"Secret {namespace}/{name}-kubeconfig")
    with session.reach(content) as kube, kube.retrying_for(_PATIENCE):
        yield kube


def templates_of(kube: Kube, parts: Parts, known: Known) -> dict[str, Any]:
    """The machine template of the control plane and each node pool, by owner's name; None where it is missing."""
    return {name_of(owner): _template(kube, owner, known) for owner in parts.owners[1:] if _reference(owner)}


def _template(kube: Kube, owner: Object, known: Known) -> Object | None:
    reference = _reference(owner)
    group = reference.get("apiGroup") or str(reference.get("apiVersion", "")).rpartition("/")[0]
    served = kube.versions(group, str(reference.get("kind")))
    if not served:
        return None
    ref = Ref(served[0], reference["kind"], namespace_of(owner), reference["name"])
    kind = (ref.api_version, ref.kind, ref.namespace)
    if known.many and kind not in known.listed:
        known.listed.add(kind)
        known.templates.update({ref_of(t): t for t in kube.list(*kind)})
    if known.templates.get(ref) is None and not known.many:
        known.templates[ref] = kube.get(ref)
    return known.templates.get(ref)


def _reference(owner: Object) -> Mapping[str, Any]:
    found = value_at(owner, machine_template_at(owner))
    return found if isinstance(found, Mapping) else {}


def _class_versions(kube: Kube, cluster: Object, topology: Mapping[str, Any], known: Known) -> tuple[str, ...]:
    name = str(dig(topology, "classRef", "name") or topology.get("class"))
    namespace = dig(topology, "classRef", "namespace") or topology.get("classNamespace") or namespace_of(cluster)
    if (namespace, name) not in known.classes:
        served = kube.versions(CORE_GROUP, "ClusterClass")
        found = kube.get(Ref(served[0], "ClusterClass", namespace, name)) if served else None
        known.classes[namespace, name] = tuple(str(v) for v in dig(found, "spec", "kubernetesVersions", default=[]))
    return known.classes[namespace, name]


def _tried(read: Callable[[], Any], what: str, unread: dict[str, str]) -> Any:
    """What may be read; a missing right makes a check unknown, and is no error."""
    try:
        return read()
    except Forbidden as error:
        unread[what] = str(error)
    except CapiError as error:
        if error.outcome == "unknown":
            raise
        unread[what] = str(error)
    return None
