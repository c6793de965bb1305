# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pure: what a Deployment's pod template means for a local process."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .addresses import LOOPBACK

# Flags whose values come from here, since every process shares one machine; leader election has no second candidate.
REPLACED_FLAGS = frozenset(
    {"--leader-elect", "--diagnostics-address", "--health-addr", "--webhook-port", "--webhook-cert-dir"}
)
CERTIFICATES = "serving-certs"


@dataclass(frozen=True)
class PodPorts:
    """The ports of one pod, counted from the first of its slot."""

    first: int

    @property
    def health(self) -> int:
        """Serves /readyz."""
        return self.first

    @property
    def metrics(self) -> int:
        """Diagnostics."""
        return self.first + 1

    @property
    def webhook(self) -> int:
        """Admission and conversion webhooks."""
        return self.first + 2


def image_name(image: str) -> str:
    """Name and tag of an image, without registry and digest: the key of the image store."""
    return image.partition("@")[0].rsplit("/", 1)[-1]


def pod_of(deployment: Mapping[str, Any]) -> dict[str, Any]:
    """The pod spec of a Deployment."""
    spec: dict[str, Any] = deployment["spec"]["template"]["spec"]
    return spec


def container_of(deployment: Mapping[str, Any]) -> dict[str, Any]:
    """The one container that is run: ``manager`` where there are several, else the first."""
    containers: list[dict[str, Any]] = pod_of(deployment)["containers"]
    return next((entry for entry in containers if entry["name"] == "manager"), containers[0])


def fingerprint(deployment: Mapping[str, Any], command: Sequence[str]) -> str:
    """Changes whenever the process has to be replaced."""
    content = json.dumps([pod_of(deployment), list(command)], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def secret_volumes(deployment: Mapping[str, Any]) -> list[tuple[str, str, str, bool]]:
    """Mounted Secrets: (volume, secret, mount path, optional)."""
    volumes = {entry["name"]: entry["secret"] for entry in pod_of(deployment).get("volumes", []) if "secret" in entry}
    return [
        (
            mount["name"],
            volumes[mount["name"]]["secretName"],
            mount["mountPath"].rstrip("/"),
            bool(volumes[mount["name"]].get("optional")),
        )
        for mount in container_of(deployment).get("volumeMounts", [])
        if mount["name"] in volumes
    ]


def relocated(text: str, mounts: Mapping[str, str]) -> str:
    """A value with a mount path of the container replaced by the folder that stands for it."""
    for path, folder in mounts.items():
        escaped = folder.replace("\\", r"\\")
        text = re.sub(rf"(^|=){re.escape(path)}(?=/|$)", rf"\g<1>{escaped}", text)
    return text


def environment_of(deployment: Mapping[str, Any], mounts: Mapping[str, str]) -> dict[str, str]:
    """Environment variables of the container; references to fields of the pod are resolved."""
    meta = deployment["metadata"]
    fields = {
        "metadata.namespace": meta["namespace"],
        "metadata.name": f"{meta['name']}-0",
        "metadata.uid": meta["uid"],
        "status.podIP": LOOPBACK,
        "spec.nodeName": "sandbox",
        "spec.serviceAccountName": pod_of(deployment).get("serviceAccountName", "default"),
    }
    found = {}
    for entry in container_of(deployment).get("env", []):
        path = entry.get("valueFrom", {}).get("fieldRef", {}).get("fieldPath", "")
        found[entry["name"]] = relocated(entry.get("value") or fields.get(path, ""), mounts)
    return found


def arguments_of(
    deployment: Mapping[str, Any], ports: PodPorts, mounts: Mapping[str, str], environment: Mapping[str, str]
) -> list[str]:
    """Arguments of the container, with ports and folders of this machine. A container with a readiness probe is taken
    for a controller-runtime manager that knows the usual flags."""
    container = container_of(deployment)
    given = [*container.get("command", [])[1:], *container.get("args", [])]
    kept = [
        relocated(re.sub(r"\$\((\w+)\)", lambda name: environment.get(name[1], name[0]), entry), mounts)
        for entry in given
        if entry.partition("=")[0] not in REPLACED_FLAGS
    ]
    if not has_probe(deployment):
        return kept
    kept += [f"--diagnostics-address={LOOPBACK}:{ports.metrics}", f"--health-addr={LOOPBACK}:{ports.health}"]
    folder = next((folder for path, folder in mounts.items() if path.endswith(CERTIFICATES)), None)
    return kept + ([f"--webhook-port={ports.webhook}", f"--webhook-cert-dir={folder}"] if folder else [])


def left_out(deployment: Mapping[str, Any]) -> list[str]:
    """What a process on this machine does not get, for the log: a provider that needs it will say so in its own."""
    pod, container = pod_of(deployment), container_of(deployment)
    mounted = {mount["name"] for mount in container.get("volumeMounts", [])}
    containers = [*pod.get("initContainers", []), *pod["containers"]]
    return [
        *(f"container {entry['name']}" for entry in containers if entry is not container),
        *(f"volume {entry['name']}" for entry in pod.get("volumes", []) if _is_left_out(entry, mounted)),
        *(f"variable {entry['name']}" for entry in container.get("env", []) if _is_reference(entry)),
        *(["envFrom"] if container.get("envFrom") else []),
    ]


def _is_left_out(volume: Mapping[str, Any], mounted: Collection[str]) -> bool:
    return volume["name"] in mounted and not {"secret", "emptyDir"} & volume.keys()


def _is_reference(variable: Mapping[str, Any]) -> bool:
    return bool({"secretKeyRef", "configMapKeyRef", "resourceFieldRef"} & variable.get("valueFrom", {}).keys())


def has_probe(deployment: Mapping[str, Any]) -> bool:
    """Whether readiness is asked for over HTTP; otherwise a running process counts as ready."""
    return bool(container_of(deployment).get("readinessProbe"))


def replicas_of(deployment: Mapping[str, Any]) -> int:
    """How many processes are wanted: none or one, however many replicas the Deployment names."""
    if deployment["metadata"].get("deletionTimestamp"):
        return 0
    return min(int(deployment["spec"].get("replicas", 1)), 1)
