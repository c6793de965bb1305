# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where kube-apiserver finds the webhooks: EndpointSlices, or a file of ports where the machine has only loopback."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .files import to_json, write_if_changed
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


def slice_of(service: Mapping[str, Any], ports: PodPorts, ready: bool, address: str) -> dict[str, Any]:
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
        "endpoints": [{"addresses": [address], "conditions": {"ready": ready}}],
        "ports": [
            {"name": entry.get("name", ""), "port": port_of(entry, ports), "protocol": "TCP"}
            for entry in service["spec"]["ports"]
        ],
    }


class Endpoints:
    """Publishes each change once."""

    def __init__(self, rest: Rest, loopback_file: Path) -> None:
        self._rest = rest
        self._loopback_file = loopback_file
        self._published: dict[str, dict[str, Any]] = {}

    def publish(self, served: Iterable[tuple[dict[str, Any], PodPorts, bool]], address: str | None) -> None:
        """Tell kube-apiserver (or, on a machine with loopback only, the certificate stand-in) what serves what."""
        loopback_ports: dict[str, int] = {}
        for service, ports, ready in served:
            if address is None:
                loopback_ports[f"{service['metadata']['namespace']}/{service['metadata']['name']}"] = ports.webhook
            else:
                self._apply(slice_of(service, ports, ready, address))
        write_if_changed(self._loopback_file, to_json(loopback_ports))

    def _apply(self, wanted: dict[str, Any]) -> None:
        meta = wanted["metadata"]
        path = f"/apis/discovery.k8s.io/v1/namespaces/{meta['namespace']}/endpointslices/{meta['name']}"
        if self._published.get(path) != wanted:
            self._rest.apply(path, wanted)
            self._published[path] = wanted
