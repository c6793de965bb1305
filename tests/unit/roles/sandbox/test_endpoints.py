# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services find the process of the Deployment that they select, at its port for webhooks or metrics."""

from __future__ import annotations

from typing import Any

import pytest
from deployments import deployment
from sandbox.endpoints import port_of, selects, slice_of
from sandbox.pod_spec import PodPorts

PORTS = PodPorts(16394)


def service(selector: dict[str, str] | None, namespace: str = "capi-system") -> dict[str, Any]:
    ports = [{"port": 443, "targetPort": "webhook-server"}, {"name": "https", "port": 8443, "targetPort": "metrics"}]
    return {
        "metadata": {"name": "capi-webhook-service", "namespace": namespace, "uid": "s-1"},
        "spec": {"ports": ports, **({} if selector is None else {"selector": selector})},
    }


@pytest.mark.parametrize(
    ("selector", "namespace", "selected"),
    [
        pytest.param({"app": "capi"}, "capi-system", True, id="a part of the labels"),
        pytest.param({"app": "capi", "tier": "core"}, "capi-system", True, id="all labels"),
        pytest.param({"app": "other"}, "capi-system", False, id="another value"),
        pytest.param({"app": "capi", "x": "y"}, "capi-system", False, id="a label that is not there"),
        pytest.param({"app": "capi"}, "other", False, id="another namespace"),
        pytest.param({}, "capi-system", False, id="an empty selector selects nothing"),
        pytest.param(None, "capi-system", False, id="nor does none"),
    ],
)
def test_selects(selector: dict[str, str] | None, namespace: str, selected: bool) -> None:
    assert selects(service(selector, namespace), deployment()) is selected


@pytest.mark.parametrize(
    ("port", "local"),
    [
        ({"port": 443, "targetPort": "webhook-server"}, PORTS.webhook),
        ({"port": 443, "targetPort": 9443}, PORTS.webhook),
        ({"port": 8443, "targetPort": "metrics"}, PORTS.metrics),
        ({"port": 8443}, PORTS.metrics),
        ({"port": 443}, PORTS.webhook),
    ],
)
def test_port_of(port: dict[str, Any], local: int) -> None:
    assert port_of(port, PORTS) == local


@pytest.mark.parametrize("ready", [True, False])
def test_slice(ready: bool) -> None:
    found = slice_of(service({"app": "capi"}), PORTS, ready)
    assert found["metadata"]["labels"]["kubernetes.io/service-name"] == "capi-webhook-service"
    assert found["metadata"]["ownerReferences"][0]["uid"] == "s-1", "it goes with its Service"
    assert found["endpoints"] == [{"addresses": ["192.0.2.1"], "conditions": {"ready": ready}}]
    assert [entry["port"] for entry in found["ports"]] == [PORTS.webhook, PORTS.metrics]
