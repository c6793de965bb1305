# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The API server of this control plane node, asked by kubectl.

admin.conf names the endpoint of the cluster. Here the server of this very node is asked, so that an endpoint that is
down hides nothing, and no other node answers in its place.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ._errors import Failed, NotFound, Unreachable
from ._host import Host
from ._kubeadm_words import flags_of

FOLDER = "/etc/kubernetes"
ADMIN = f"{FOLDER}/admin.conf"
MANIFEST = f"{FOLDER}/manifests/kube-apiserver.yaml"
SECONDS = 10  # for one answer of the API server


@dataclass(frozen=True)
class LocalKube:
    """``kubectl`` with the rights of admin.conf against one API server."""

    host: Host
    server: str  # https://ADDRESS:PORT

    def run(self, *words: str, seconds: float = SECONDS) -> Any:
        """Run kubectl; ``seconds`` is what each request may take."""
        limit = f"--request-timeout={seconds:.0f}s"
        argv = ("kubectl", "--kubeconfig", ADMIN, "--server", self.server, limit, *words)
        return self.host.run(*argv, timeout=seconds + 20)

    def text(self, *words: str) -> str:
        """What kubectl prints; raise NotFound, Unreachable or Failed."""
        done = self.run(*words)
        if done.rc == 0:
            return str(done.stdout)
        what = f"kubectl {' '.join(words)} at {self.server}"
        if "(NotFound)" in done.stderr:
            raise NotFound(f"{what}: {done.why}")
        if done.rc == 127:
            raise Failed(f"{what}: {done.why}. Install kubectl (role kube_packages) and run again.")
        raise Unreachable(f"{what} failed: {done.why}")

    def get(self, *words: str) -> Any:
        """The object, or the List, that ``kubectl get`` finds; an empty List for nothing with --ignore-not-found."""
        text = self.text("get", *words, "-o", "json")
        return json.loads(text) if text.strip() else {"kind": "List", "items": []}

    def raw(self, path: str) -> str:
        return self.text("get", "--raw", path)


def items_of(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The objects of a List, or the one object."""
    return list(found["items"]) if str(found.get("kind", "")).endswith("List") else [dict(found)]


def local_kube(host: Host) -> LocalKube:
    """The API server of this node; raise NotFound where this is no control plane node."""
    manifest = host.read(MANIFEST)
    if manifest is None:
        raise NotFound(f"{MANIFEST} is not there: {host.hostname()} is no control plane node of kubeadm")
    if not host.exists(ADMIN):
        raise NotFound(f"{ADMIN} is not there: nothing on {host.hostname()} has the rights to ask the API server")
    flags = flags_of(manifest)
    address = flags.get("advertise-address", "127.0.0.1")
    address = f"[{address}]" if ":" in address else address
    return LocalKube(host, f"https://{address}:{flags.get('secure-port', '6443')}")
