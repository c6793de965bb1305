# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet for tests of reports: so many clusters, of which some have each of the troubles that a report tells of.

read("a", FakeKube(*fleet(40)))          one management cluster, as the role's loop registers it
rendered(document(read("a", kube)))      the page
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import jinja2
from ansible_collections.capi.lifecycle.plugins.module_utils._fleet_csv import fleet_csv
from ansible_collections.capi.lifecycle.plugins.module_utils._fleet_document import fleet_document
from ansible_collections.capi.lifecycle.plugins.module_utils._fleet_info import read_fleet
from ansible_collections.capi.lifecycle.plugins.module_utils._fleet_page import fleet_page
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object
from builders import CORE, CREATED, INFRASTRUCTURE, cluster, control_plane, machine, machine_deployment
from fake_server import Reply, discovery
from fakes import KINDS, FakeClock, FakeKube, session

ROLE = Path(__file__).resolve().parents[2] / "roles/report"
ENVIRONMENTS = ("prod", "prod", "prod", "staging", "staging", "dev", "edge")
VERSIONS = ("v1.36.6", "v1.36.4", "v1.35.10", "v1.35.4", "v1.35.4", "v1.34.13", "v1.33.9")
NOW = FakeClock().today()
OPTIONS: dict[str, Any] = {
    "certificates_days": 30,
    "end_of_life_days": 60,
    "stall_timeout": 900,
    "environment_label": "env",
    "labels": [],
}


def ago(**how: float) -> str:
    return stamp(-timedelta(**how))


def stamp(distance: timedelta) -> str:
    return (NOW + distance).strftime("%Y-%m-%dT%H:%M:%SZ")


def one(name: str, **how: Any) -> list[Object]:
    """A healthy cluster: three control plane machines, two workers, health checks, drain timeouts, its templates.

    ``how``: env, version, certificates (days), trouble (a word of TROUBLES).
    """
    version, trouble = how.get("version", "v1.36.6"), how.get("trouble", "")
    made, days = ago(days=how.get("age", 40)), how.get("certificates", 320)
    meta = {"namespace": "clusters", "creationTimestamp": made}
    shared = {"cluster": name, "version": version, **meta}
    ends = {"status": {"certificatesExpiryDate": stamp(timedelta(days=days, hours=1))}}
    changes = TROUBLES[trouble](version) if trouble else {}
    plane_spec = {"machineTemplate": _plane_template(f"{name}-cp-1", trouble)}
    pool_spec = {"template": {"spec": _pool_template(name, version, trouble)}}
    machines = [machine(f"{name}-cp-{n}", **{**shared, **ends, **changes.get("plane_machine", {})}) for n in range(3)]
    pool = f"{name}-md-0"
    workers = [machine(f"{pool}-{n}", pool=pool, **{**shared, **changes.get("machine", {})}) for n in range(2)]
    labels = {"env": how["env"]} if how.get("env") else {}
    labels |= {"capi.lifecycle/protected": "true"} if trouble == "protected" else {}
    return [
        *_old(
            cluster(name, **{**meta, "labels": labels, **changes.get("cluster", {})}),
            control_plane(f"{name}-cp", spec=plane_spec, **{**shared, **changes.get("plane", {})}),
            machine_deployment(pool, replicas=2, spec=pool_spec, **{**shared, **changes.get("pool", {})}),
            *machines,
            *workers,
        ),
        *_templates(name, trouble),
        *(_health_check(name) if trouble != "unguarded" else []),
    ]


def _old(*items: Object) -> list[Object]:
    """Conditions are as old as their object, where a trouble does not say another time."""
    for item in items:
        for found in item["status"]["conditions"]:
            if found["lastTransitionTime"] == CREATED:
                found["lastTransitionTime"] = item["metadata"]["creationTimestamp"]
    return list(items)


def _drain(trouble: str) -> dict[str, Any]:
    return {} if trouble == "unguarded" else {"deletion": {"nodeDrainTimeoutSeconds": 600}}


def _plane_template(name: str, trouble: str) -> dict[str, Any]:
    return {"spec": {"infrastructureRef": _ref(name), **_drain(trouble)}}


def _pool_template(name: str, version: str, trouble: str) -> dict[str, Any]:
    ref = _ref(f"{name}-md-{'gone' if trouble == 'missing template' else '1'}")
    return {"clusterName": name, "version": version, "infrastructureRef": ref, **_drain(trouble)}


def _ref(name: str) -> dict[str, str]:
    return {"apiGroup": INFRASTRUCTURE, "kind": "DevMachineTemplate", "name": name}


def _templates(name: str, trouble: str) -> Iterator[Object]:
    for number in ("cp-1", "md-1", *(("md-0",) if trouble == "left over" else ())):
        meta = {"name": f"{name}-{number}", "namespace": "clusters", "labels": {f"{CORE}/cluster-name": name}}
        yield {"apiVersion": f"{INFRASTRUCTURE}/v1beta2", "kind": "DevMachineTemplate", "metadata": meta, "spec": {}}


def _health_check(name: str) -> list[Object]:
    spec = {"clusterName": name, "selector": {"matchLabels": {f"{CORE}/cluster-name": name}}}
    meta = {"name": name, "namespace": "clusters"}
    return [{"apiVersion": f"{CORE}/v1beta2", "kind": "MachineHealthCheck", "metadata": meta, "spec": spec}]


def _false(kind: str, reason: str, message: str = "", **more: Any) -> dict[str, Any]:
    return {kind: {"status": "False", "reason": reason, "message": message, **more}}


def _rolling(minutes: float) -> dict[str, Any]:
    moved = {"status": "True", "reason": "RollingOut", "message": "Rolling out 1 not up-to-date replica"}
    return {"RollingOut": {**moved, "lastTransitionTime": ago(minutes=minutes)}}


def _unavailable(_version: str) -> dict[str, Any]:
    words = "* 1 of 3 etcd members is healthy, at least 2 healthy member required for etcd quorum"
    return {
        "cluster": {"conditions": _false("Available", "NotAvailable", words)},
        "plane": {"conditions": _false("Available", "NotAvailable", words), "ready": 1},
    }


def _unreachable(_version: str) -> dict[str, Any]:
    found = _unavailable(_version)
    probe = _false("RemoteConnectionProbe", "ProbeFailed", "Remote connection probe failed")
    return {"cluster": {"conditions": {**found["cluster"]["conditions"], **probe}}}


def _paused(_version: str) -> dict[str, Any]:
    fields = {"f:spec": {"f:paused": {}}}
    managed = [{"manager": "kubectl-patch", "operation": "Update", "fieldsType": "FieldsV1", "fieldsV1": fields}]
    return {"cluster": {"spec": {"paused": True}, "managedFields": managed}}


def _held(_version: str) -> dict[str, Any]:
    return {"pool": {"annotations": {"topology.cluster.x-k8s.io/defer-upgrade": ""}}}


TROUBLES: Mapping[str, Any] = {
    "unavailable": _unavailable,
    "unreachable": _unreachable,
    "rolling": lambda version: {
        "pool": {"conditions": _rolling(7), "up_to_date": 1},
        "machine": {"creationTimestamp": ago(minutes=4)},
    },
    "stuck": lambda version: {"plane": {"conditions": _rolling(4000), "up_to_date": 2}},
    "degraded": lambda version: {"machine": {"conditions": _false("Ready", "NodeNotReady", "kubelet stopped posting")}},
    "paused": _paused,
    "held": _held,
    "unguarded": lambda version: {},
    "left over": lambda version: {},
    "missing template": lambda version: {},
    "gitops": lambda version: {"cluster": {"annotations": {"argocd.argoproj.io/tracking-id": "x"}}},
    "autoscaled": lambda version: {
        "pool": {"annotations": {f"{CORE}/cluster-api-autoscaler-node-group-{s}-size": "3" for s in ("min", "max")}}
    },
    "protected": lambda version: {},
    "deleting": lambda version: {
        "cluster": {"deletionTimestamp": ago(hours=5), "conditions": {"Deleting": "True"}, "finalizers": ["x"]}
    },
}
_OFTEN = ("", "", "", "unguarded", "gitops", "", "autoscaled", "", "left over", "", "protected", "")


def fleet(number: int) -> list[Object]:
    """Clusters of several environments and versions; every twelfth has a real trouble."""
    words, found = [w for w in TROUBLES if w not in _OFTEN and w != "protected"], []
    for n in range(number):
        trouble = words[n // 12 % len(words)] if n % 12 == 4 else _OFTEN[n % len(_OFTEN)]
        env, version = ENVIRONMENTS[n % len(ENVIRONMENTS)], VERSIONS[(n * 5 + n // 7) % len(VERSIONS)]
        days = 9 if n % 41 == 17 else -2 if n % 97 == 40 else 25 + (n * 37) % 335
        found += one(f"{env}-{n:03}", env=env, version=version, trouble=trouble, certificates=days, age=30 + n % 200)
    return [*found, *providers("v1.13.2")]


def providers(version: str) -> list[Object]:
    """What clusterctl leaves: Provider objects and their Deployments."""
    found: list[Object] = []
    for label in ("cluster-api", "bootstrap-kubeadm", "control-plane-kubeadm", "infrastructure-docker"):
        meta = {"name": label, "namespace": f"{label}-system", "labels": {f"{CORE}/provider": label}}
        item = {"apiVersion": "clusterctl.cluster.x-k8s.io/v1alpha3", "kind": "Provider", "metadata": meta}
        found += [{**item, "version": version}, _deployment(label, meta["labels"])]
    return found


def _deployment(label: str, labels: dict[str, str]) -> Object:
    meta = {"name": label, "namespace": f"{label}-system", "labels": {"clusterctl.cluster.x-k8s.io": "", **labels}}
    well = {"conditions": [{"type": "Available", "status": "True"}], "updatedReplicas": 1, "availableReplicas": 1}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {**meta, "creationTimestamp": ago(days=90)},
        "spec": {"replicas": 1},
        "status": {**well, "observedGeneration": 1},
    }


def read(name: str, kube: FakeKube, **options: Any) -> dict[str, Any]:
    """What the loop of the role registers for one management cluster."""
    values = dict(read_fleet(session(kube), {**OPTIONS, **options}).values)
    return {**values, "site": {"key": name, "name": name}}


def document(*reads: dict[str, Any], hosts: list[dict[str, Any]] | None = None, **how: Any) -> dict[str, Any]:
    return fleet_document(reads, hosts or [], title="Fleet report", generated="2026-11-01T00:00:00Z", **how)


def rendered(found: Mapping[str, Any], form: str = "html") -> str:
    """A template of the role by Jinja alone, which escapes nothing by itself, just as Ansible has it."""
    loader = jinja2.FileSystemLoader(ROLE / "templates")
    environment = jinja2.Environment(loader=loader, trim_blocks=True, lstrip_blocks=True)  # noqa: S701 - as Ansible
    environment.filters["capi.lifecycle.fleet_page"] = fleet_page
    environment.filters["capi.lifecycle.fleet_csv"] = fleet_csv
    template = environment.get_template(f"report.{form}.j2")
    days = {"report_certificates_days": 30, "report_end_of_life_days": 60}
    return template.render(_report_document=found, **days).removeprefix("#jinja2: lstrip_blocks: True\n")


def answers(kube: FakeKube) -> dict[str, Reply]:
    """The same over HTTP: what a server with these objects answers to discovery and to each LIST."""
    found = discovery(*((r.api_version, r.kind, r.plural, r.namespaced) for r in KINDS))
    for resource in KINDS:
        items = kube.list(resource.api_version, resource.kind)
        found[f"GET {resource.path()}"] = Reply(body={"items": items})
    found["GET /api/v1/namespaces/kube-system"] = Reply(body={"metadata": {"name": "kube-system", "uid": "uid-1"}})
    found["GET /version"] = Reply(body={"gitVersion": "v1.36.3"})
    return found
