# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployments as providers ship them, for the tests of the pod runner."""

from __future__ import annotations

from typing import Any


def deployment(replicas: int | None = 1, *, deleted: bool = False, **container: Any) -> dict[str, Any]:
    """A provider's Deployment; keywords are fields of its container ``manager``."""
    manager = {
        "name": "manager",
        "image": "registry.k8s.io/cluster-api/core:v1.14.2",
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": "healthz"}},
        "volumeMounts": [{"name": "cert", "mountPath": "/tmp/k8s-webhook-server/serving-certs"}],
        **container,
    }
    return {
        "metadata": {
            "name": "capi-core",
            "namespace": "capi-system",
            "uid": "u-1",
            "generation": 2,
            **({"deletionTimestamp": "2026-11-01T00:00:00Z"} if deleted else {}),
        },
        "spec": {
            **({} if replicas is None else {"replicas": replicas}),
            "template": {
                "metadata": {"labels": {"app": "capi", "tier": "core"}},
                "spec": {
                    "serviceAccountName": "capi-manager",
                    "containers": [{key: value for key, value in manager.items() if value is not None}],
                    "volumes": [
                        {"name": "cert", "secret": {"secretName": "capi-webhook-cert"}},
                        {"name": "more", "secret": {"secretName": "capi-more", "optional": True}},
                        {"name": "scratch", "emptyDir": {}},
                    ],
                },
            },
        },
    }
