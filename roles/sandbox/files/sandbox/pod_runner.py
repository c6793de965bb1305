# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pod runner: realises every Deployment of the sandbox as one local process, and shows in its status how it is."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Mapping
from typing import Any

import requests

from . import deployment_status, pod_spec, processes
from .endpoints import Endpoints, selects
from .errors import SandboxError
from .files import read_json
from .layout import Layout
from .pod import Pod
from .ports import Ports
from .rest import Rest, RestError
from .webhook_proxy import WebhookProxy

ROUND_SECONDS = 0.5


def timestamp() -> str:
    """Now, as Kubernetes writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def free_slot(taken: set[int]) -> int:
    """The lowest slot of ports that no pod has."""
    return next(slot for slot in range(len(taken) + 1) if slot not in taken)


def command_of(images: Mapping[str, list[str]], deployment: Mapping[str, Any]) -> list[str] | None:
    """What the image of a Deployment stands for on this machine, None where nobody said."""
    return images.get(pod_spec.image_name(pod_spec.container_of(deployment)["image"]))


class PodRunner:
    """Holds the pods; one round looks at all Deployments with one request a kind."""

    def __init__(self, layout: Layout, ports: Ports) -> None:
        self._layout, self._ports = layout, ports
        self._rest = Rest(layout.runner_kubeconfig)
        self._endpoints = Endpoints(self._rest)
        self._pods: dict[str, Pod] = {}
        self._slots: dict[str, int] = {}

    def round(self) -> None:
        """Look once at everything."""
        deployments = {
            f"{entry['metadata']['namespace']}/{entry['metadata']['name']}": entry
            for entry in self._rest.items("/apis/apps/v1/deployments")
        }
        self._assign_slots(deployments)
        images = read_json(self._layout.images) or {}
        for key, deployment in deployments.items():
            self._pod(key, deployment).step(command_of(images, deployment))
        for key in [key for key in self._pods if key not in deployments]:
            self._retire(key)
        self._publish()
        for key, deployment in deployments.items():
            self._show(self._pods[key], deployment)
        self._layout.heartbeat.touch()

    def stop(self) -> None:
        """Stop all pods together."""
        processes.stop([pod.folder / "process.json" for pod in self._pods.values()])

    def _assign_slots(self, deployments: Mapping[str, Any]) -> None:
        self._slots = {key: slot for key, slot in self._slots.items() if key in deployments or key in self._pods}
        for key in deployments:
            if key not in self._slots:
                self._slots[key] = free_slot(set(self._slots.values()))

    def _pod(self, key: str, deployment: dict[str, Any]) -> Pod:
        if key not in self._pods:
            ports = pod_spec.PodPorts(self._ports.of_slot(self._slots[key]))
            self._pods[key] = Pod(self._rest, self._layout, ports, deployment, say)
        self._pods[key].deployment = deployment
        return self._pods[key]

    def _retire(self, key: str) -> None:
        pod = self._pods[key]
        pod.deployment["spec"]["replicas"] = 0
        pod.step(None)
        if pod.gone:
            pod.forget()
            del self._pods[key]

    def _publish(self) -> None:
        services = self._rest.items("/api/v1/services") if self._pods else []
        for pod in self._pods.values():
            for service in services:
                if selects(service, pod.deployment):
                    self._endpoints.publish(service, pod.ports, pod.ready)

    def _show(self, pod: Pod, deployment: dict[str, Any]) -> None:
        seen = deployment_status.Seen(pod_spec.replicas_of(deployment), int(not pod.gone), pod.ready, pod.message)
        status = deployment_status.next_status(deployment, seen, timestamp())
        if status:
            path = f"/apis/apps/v1/namespaces/{pod.namespace}/deployments/{pod.name}/status"
            self._rest.merge(path, {"status": status})


def say(message: str) -> None:
    """One line for the log."""
    print(f"{timestamp()} {message}", flush=True)


def main(layout: Layout, ports: Ports) -> None:
    """Run until SIGTERM. Pods that a killed pod runner left behind are stopped first: they are started anew."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    processes.stop(sorted(layout.pods.glob("*/process.json")))
    WebhookProxy(ports.block).start(layout.webhook_socket)
    runner = PodRunner(layout, ports)
    try:
        while True:
            try:
                runner.round()
            except (RestError, requests.RequestException, SandboxError) as error:
                say(f"will try again: {error}")
            time.sleep(ROUND_SECONDS)
    finally:
        runner.stop()
