# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The few Kubernetes requests that the sandbox itself makes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import requests

JSON = "application/json"
METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
FIELD_MANAGER = "sandbox-pod-runner"


class RestError(Exception):
    """An answer that is neither success nor 404."""


class Rest:
    """One API server, reached by a kubeconfig that names its files (see kubeconfig.py)."""

    def __init__(self, kubeconfig: Path) -> None:
        found = json.loads(kubeconfig.read_text(encoding="utf-8"))
        cluster, user = found["clusters"][0]["cluster"], found["users"][0]["user"]
        self.server: str = cluster["server"]
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy for the outside world must not see loopback traffic
        self._session.verify = cluster["certificate-authority"]
        if "token" in user:
            self._session.headers["Authorization"] = f"Bearer {user['token']}"
        else:
            self._session.cert = (user["client-certificate"], user["client-key"])

    def _call(self, method: str, path: str, body: Any = None, content: str = JSON, accept: str = JSON) -> Any:
        """The decoded answer, None for 404."""
        answer = self._session.request(
            method,
            self.server + path,
            data=None if body is None else json.dumps(body),
            timeout=(5, 30),
            headers={"Content-Type": content, "Accept": accept},
        )
        if answer.status_code == 404:
            return None
        if answer.status_code >= 300:
            raise RestError(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json()

    def get(self, path: str, accept: str = JSON) -> Any:
        """Read an object, None where it is not there."""
        return self._call("GET", path, accept=accept)

    def items(self, path: str, accept: str = JSON) -> list[dict[str, Any]]:
        """Read a list; empty where its kind is not there. A list of metadata that is empty has null for items."""
        return list((self.get(path, accept) or {}).get("items") or [])

    def post(self, path: str, body: Any) -> Any:
        """Create an object or a subresource; None where what it hangs on is not there."""
        return self._call("POST", path, body)

    def merge(self, path: str, body: Any) -> Any:
        """JSON merge patch, None where the object is not there."""
        return self._call("PATCH", path, body, "application/merge-patch+json")

    def apply(self, path: str, body: Any) -> Any:
        """Server-side apply as the sandbox's own field manager."""
        return self._call(
            "PATCH", f"{path}?fieldManager={FIELD_MANAGER}&force=true", body, "application/apply-patch+yaml"
        )

    def is_ready(self) -> bool:
        """Whether the API server says that it is ready."""
        try:
            return self._session.get(f"{self.server}/readyz", timeout=2).status_code == 200
        except requests.RequestException:
            return False
