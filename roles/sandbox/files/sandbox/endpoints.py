# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where kube-apiserver finds the webhooks: EndpointSlices, as the endpoint slice controller would write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .addresses import DOCUMENTATION
from .pod_spec import PodPorts
from .rest import Rest

MANAGED_BY = "sandbox-pod-runner"


def selects(service: Mapping[str, Any], deployment: Mapping[str, Any]) -> bool:
    """Whether a Service selects the pods of a Deployment."""
    selector = service["spec"].get("selector")
    labels = deployment["spec"]["template"]["metadata"].get("labels", {})
    return (
        bool(selector)
        and service["metadata"]["namespace"] == deployment["metadata"]["namespace"]
        and all(labels.get(key) == value for key, value in selector.items())
    )


def port_of(service_port: Mapping[str, Any], ports: PodPorts) -> int:
    """The local port behind a port of a Service: metrics, or else webhooks."""
    target = str(service_port.get("targetPort", service_port["port"]))
    return ports.metrics if "metrics" in target or target == "8443" else ports.webhook


def slice_of(service: Mapping[str, Any], ports: PodPorts, ready: bool) -> dict[str, Any]:
    """The EndpointSlice of a Service that one local process serves."""
    meta = service["metadata"]
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "addressType": "IPv4",
        "metadata": {
            "name": f"{meta['name']}-sandbox",
            "namespace": meta["namespace"],
            "labels": {
                "kubernetes.io/service-name": meta["name"],
                "endpointslice.kubernetes.io/managed-by": MANAGED_BY,
            },
            "ownerReferences": [{"apiVersion": "v1", "kind": "Service", "name": meta["name"], "uid": meta["uid"]}],
        },
        "endpoints": [{"addresses": [DOCUMENTATION], "conditions": {"ready": ready}}],
        "ports": [
            {"name": entry.get("name", ""), "port": port_of(entry, ports), "protocol": "TCP"}
            for entry in service["spec"]["ports"]
        ],
    }


class Endpoints:
    """Publishes each change once."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._published: dict[str, dict[str, Any]] = {}

    def publish(self, service: Mapping[str, Any], ports: PodPorts, ready: bool) -> None:
        """Tell kube-apiserver which ports serve a Service."""
        wanted = slice_of(service, ports, ready)
        meta = wanted["metadata"]
        path = f"/apis/discovery.k8s.io/v1/namespaces/{meta['namespace']}/endpointslices/{meta['name']}"
        if self._published.get(path) != wanted:
            self._rest.apply(path, wanted)
            self._published[path] = wanted
