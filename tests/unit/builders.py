# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builders of Cluster API objects as a server returns them: healthy unless told otherwise, in either API version.

    cluster("prod", conditions={"Available": "False"})       condition(s) changed, the others stay True
    machine("prod-a", cluster="prod", pool="md-0", version="v1.34.3")
    machine_deployment("md-0", cluster="prod", replicas=3, ready=2, v="v1beta1")

``v="v1beta1"`` puts new-style conditions and counters below ``status.v1beta2``, and writes references the old way.
"""

# ruff: noqa: PLR0913 - keyword-only, and a test names few of them

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object

VERSION = "v1.34.3"
CREATED = "2026-11-01T10:00:00Z"
NAMESPACE = "default"
CORE, CONTROL_PLANE = "cluster.x-k8s.io", "controlplane.cluster.x-k8s.io"
INFRASTRUCTURE, BOOTSTRAP = "infrastructure.cluster.x-k8s.io", "bootstrap.cluster.x-k8s.io"

Conditions = Mapping[str, Any]  # type -> status, or type -> {status, reason, message, ...}

_CLUSTER = [
    "Available",
    "InfrastructureReady",
    "ControlPlaneInitialized",
    "ControlPlaneAvailable",
    "ControlPlaneMachinesReady",
    "ControlPlaneMachinesUpToDate",
    "WorkersAvailable",
    "WorkerMachinesReady",
    "WorkerMachinesUpToDate",
    "RemoteConnectionProbe",
]
_CLUSTER_FALSE = ["RollingOut", "ScalingUp", "ScalingDown", "Remediating", "Deleting", "Paused"]
_CONTROL_PLANE = [
    "Available",
    "Initialized",
    "CertificatesAvailable",
    "EtcdClusterHealthy",
    "ControlPlaneComponentsHealthy",
    "MachinesReady",
    "MachinesUpToDate",
]
_DEPLOYMENT = ["Available", "MachinesReady", "MachinesUpToDate"]
_MACHINE = ["Available", "Ready", "UpToDate", "BootstrapConfigReady", "InfrastructureReady", "NodeHealthy", "NodeReady"]
_MACHINE_FALSE = ["Deleting", "Paused"]


def condition(kind: str, status: str = "True", reason: str = "", message: str = "", **more: Any) -> Object:
    """A new-style condition; ``observedGeneration`` is 1 unless given (the builders' objects have generation 1)."""
    reason = reason or (kind if status == "True" else f"Not{kind}")
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": CREATED,
        "observedGeneration": 1,
        **more,
    }


def cluster(
    name: str = "prod",
    *,
    namespace: str = NAMESPACE,
    v: str = "v1beta2",
    conditions: Conditions | None = None,
    class_name: str = "",
    version: str = VERSION,
    spec: Mapping[str, Any] | None = None,
    status: Mapping[str, Any] | None = None,
    **metadata: Any,
) -> Object:
    """A provisioned Cluster. With ``class_name`` it is classy, with ``topology.version``; else classic."""
    body: Object = {
        "controlPlaneRef": _ref(CONTROL_PLANE, "KubeadmControlPlane", f"{name}-cp", namespace, v),
        "infrastructureRef": _ref(INFRASTRUCTURE, "DevCluster", name, namespace, v),
        "controlPlaneEndpoint": {"host": "127.0.0.1", "port": 20000},
    }
    extra: Conditions = {}
    if class_name:
        key = {"class": class_name} if v == "v1beta1" else {"classRef": {"name": class_name}}
        body["topology"] = {**key, "version": version}
        extra = {"TopologyReconciled": "True"}
    named = {**dict.fromkeys(_CLUSTER, "True"), **extra, **dict.fromkeys(_CLUSTER_FALSE, "False"), **(conditions or {})}
    counts = {"phase": "Provisioned"}
    if v == "v1beta1":
        counts |= {"infrastructureReady": True, "controlPlaneReady": True}
    else:
        counts |= {"initialization": {"infrastructureProvisioned": True, "controlPlaneInitialized": True}}
    metadata = {"name": name, "namespace": namespace, **metadata}
    return _item(f"{CORE}/{v}", "Cluster", {**body, **(spec or {})}, _status(v, named, {}, counts, status), metadata)


def control_plane(
    name: str = "prod-cp",
    *,
    cluster: str = "prod",
    namespace: str = NAMESPACE,
    v: str = "v1beta2",
    replicas: int = 3,
    ready: int | None = None,
    available: int | None = None,
    up_to_date: int | None = None,
    version: str = VERSION,
    conditions: Conditions | None = None,
    spec: Mapping[str, Any] | None = None,
    status: Mapping[str, Any] | None = None,
    **metadata: Any,
) -> Object:
    """A KubeadmControlPlane of a cluster; counters equal ``replicas`` unless given."""
    named = {**dict.fromkeys(_CONTROL_PLANE, "True"), **dict.fromkeys(_CLUSTER_FALSE, "False"), **(conditions or {})}
    infrastructure = _ref(INFRASTRUCTURE, "DevMachineTemplate", f"{name}-1", namespace, v)
    template = (
        {"infrastructureRef": infrastructure} if v == "v1beta1" else {"spec": {"infrastructureRef": infrastructure}}
    )
    body = {"replicas": replicas, "version": version, "machineTemplate": template, "kubeadmConfigSpec": {}}
    metadata = _labelled(metadata, {f"{CORE}/cluster-name": cluster})
    own = _status(
        v, named, _counters(replicas, ready, available, up_to_date), {"version": version, "replicas": replicas}, status
    )
    own["initialized" if v == "v1beta1" else "initialization"] = (
        True if v == "v1beta1" else {"controlPlaneInitialized": True}
    )
    metadata = {"name": name, "namespace": namespace, **metadata}
    return _item(f"{CONTROL_PLANE}/{v}", "KubeadmControlPlane", {**body, **(spec or {})}, own, metadata)


def machine_deployment(
    name: str = "prod-md-0",
    *,
    cluster: str = "prod",
    namespace: str = NAMESPACE,
    v: str = "v1beta2",
    replicas: int = 3,
    ready: int | None = None,
    available: int | None = None,
    up_to_date: int | None = None,
    version: str = VERSION,
    conditions: Conditions | None = None,
    spec: Mapping[str, Any] | None = None,
    status: Mapping[str, Any] | None = None,
    **metadata: Any,
) -> Object:
    """A MachineDeployment of a cluster; counters equal ``replicas`` unless given."""
    named = {**dict.fromkeys(_DEPLOYMENT, "True"), **dict.fromkeys(_CLUSTER_FALSE, "False"), **(conditions or {})}
    template = {
        k: value for k, value in _machine_spec(name, cluster, version, namespace, v).items() if k != "providerID"
    }
    body = {"clusterName": cluster, "replicas": replicas, "template": {"spec": template}}
    metadata = _labelled(metadata, {f"{CORE}/cluster-name": cluster})
    counts = {"phase": "Running", "replicas": replicas}
    own = _status(v, named, _counters(replicas, ready, available, up_to_date), counts, status)
    metadata = {"name": name, "namespace": namespace, **metadata}
    return _item(f"{CORE}/{v}", "MachineDeployment", {**body, **(spec or {})}, own, metadata)


def machine(
    name: str = "prod-md-0-a",
    *,
    cluster: str = "prod",
    pool: str = "",
    namespace: str = NAMESPACE,
    v: str = "v1beta2",
    version: str = VERSION,
    phase: str = "Running",
    deleting: bool = False,
    conditions: Conditions | None = None,
    spec: Mapping[str, Any] | None = None,
    status: Mapping[str, Any] | None = None,
    **metadata: Any,
) -> Object:
    """A running Machine of ``pool`` (a MachineDeployment), or of the control plane when ``pool`` is empty."""
    labels = {f"{CORE}/cluster-name": cluster}
    if pool:
        labels |= {f"{CORE}/deployment-name": pool, f"{CORE}/set-name": f"{pool}-x1"}
    else:
        labels |= {f"{CORE}/control-plane": "", f"{CORE}/control-plane-name": f"{cluster}-cp"}
    metadata = _labelled(metadata, labels)
    false = dict.fromkeys(_MACHINE_FALSE, "False")
    if deleting:
        metadata |= {"deletionTimestamp": CREATED, "finalizers": ["machine.cluster.x-k8s.io"]}
        false["Deleting"] = "True"
        phase = "Deleting"
    named = {**dict.fromkeys(_MACHINE, "True"), **false, **(conditions or {})}
    node: Object = {"kind": "Node", "name": name} if v == "v1beta1" else {"name": name}
    counts = {
        "phase": phase,
        "nodeRef": node,
        "addresses": [{"type": "InternalIP", "address": "10.0.0.7"}],
        "nodeInfo": {"kubeletVersion": version},
    }
    if not pool:
        counts["certificatesExpiryDate"] = "2027-11-01T10:00:00Z"
    body = {**_machine_spec(name, cluster, version, namespace, v), **(spec or {})}
    metadata = {"name": name, "namespace": namespace, **metadata}
    return _item(f"{CORE}/{v}", "Machine", body, _status(v, named, {}, counts, status), metadata)


def _machine_spec(name: str, cluster: str, version: str, namespace: str, v: str) -> Object:
    return {
        "clusterName": cluster,
        "version": version,
        "providerID": f"dev:////{name}",
        "bootstrap": {"configRef": _ref(BOOTSTRAP, "KubeadmConfigTemplate", f"{name}-1", namespace, v)},
        "infrastructureRef": _ref(INFRASTRUCTURE, "DevMachineTemplate", f"{name}-1", namespace, v),
    }


def _ref(group: str, kind: str, name: str, namespace: str, v: str) -> Object:
    if v == "v1beta1":
        return {"apiVersion": f"{group}/{v}", "kind": kind, "name": name, "namespace": namespace}
    return {"apiGroup": group, "kind": kind, "name": name}


def _counters(replicas: int, ready: int | None, available: int | None, up_to_date: int | None) -> Object:
    given = {"readyReplicas": ready, "availableReplicas": available, "upToDateReplicas": up_to_date}
    return {k: replicas if n is None else n for k, n in given.items()}


def _status(
    v: str, named: Conditions, counters: Object, counts: Mapping[str, Any], more: Mapping[str, Any] | None
) -> Object:
    """New-style conditions and counters where the API version has them, and what both versions have at the top."""
    made = [
        condition(kind, **wish) if isinstance(wish, Mapping) else condition(kind, str(wish))
        for kind, wish in named.items()
        if wish is not None
    ]
    new_style = {"conditions": made, **counters}
    new_style = {"v1beta2": new_style} if v == "v1beta1" else new_style
    return {"observedGeneration": 1, **new_style, **counts, **(more or {})}


def _labelled(metadata: Mapping[str, Any], labels: Mapping[str, str]) -> Object:
    return {**metadata, "labels": {**labels, **metadata.get("labels", {})}}


def _item(
    api_version: str, kind: str, spec: Mapping[str, Any], status: Mapping[str, Any], metadata: Mapping[str, Any]
) -> Object:
    meta = {
        "uid": f"uid-of-{metadata['name']}",
        "generation": 1,
        "creationTimestamp": CREATED,
        **metadata,
    }
    return {"apiVersion": api_version, "kind": kind, "metadata": meta, "spec": dict(spec), "status": dict(status)}


KUBECONFIG = "{apiVersion: v1, kind: Config, clusters: [{name: a, cluster: {server: 'https://a.example:6443'}}]}"


def kubeconfig_secret(**data: str) -> Object:
    """The Secret that Cluster API keeps for the cluster prod."""
    meta = {"name": "prod-kubeconfig", "namespace": "default"}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": data}


def encoded(text: str) -> str:
    """As a Secret holds it."""
    return base64.b64encode(text.encode()).decode()


def node(name: str, version: str = "v1.35.4") -> Object:
    """A Node inside a workload cluster."""
    status = {"nodeInfo": {"kubeletVersion": version}}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "status": status}
