# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in for cert-manager: Secrets that serve, bundles that trust them."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography import x509
from sandbox.certificate_standin import injection, secret_of

LONG = "capi-kubeadm-control-plane-webhook-service.capi-kubeadm-control-plane-system.svc"
CERTIFICATE = {
    "metadata": {"name": "serving-cert", "namespace": "capi-system"},
    "spec": {"secretName": "webhook-cert", "dnsNames": ["s.capi-system.svc", LONG]},
}


def test_the_secret_serves_every_name_of_the_certificate() -> None:
    """Services of the kubeadm providers have names longer than the 64 characters of a common name."""
    secret = secret_of(CERTIFICATE)
    assert (secret["metadata"]["name"], secret["metadata"]["namespace"]) == ("webhook-cert", "capi-system")
    certificate = x509.load_pem_x509_certificate(base64.b64decode(secret["data"]["tls.crt"]))
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["s.capi-system.svc", LONG]
    assert base64.b64decode(secret["data"]["tls.key"]).startswith(b"-----BEGIN PRIVATE KEY-----")
    assert secret["data"]["ca.crt"] == secret["data"]["tls.crt"]


def crd(conversion: dict[str, Any] | None) -> dict[str, Any]:
    return {"spec": {} if conversion is None else {"conversion": conversion}}


def webhooks(*bundles: str | None) -> dict[str, Any]:
    service = {"service": {"name": "s"}}
    return {
        "webhooks": [
            {"name": f"w{number}", "clientConfig": {**service, **({"caBundle": bundle} if bundle else {})}}
            for number, bundle in enumerate(bundles)
        ]
    }


@pytest.mark.parametrize(
    ("target", "patch"),
    [
        pytest.param(webhooks(None, None), webhooks("new", "new"), id="no bundle yet"),
        pytest.param(webhooks("new", "old"), webhooks("new", "new"), id="an older one"),
        pytest.param(webhooks("new", "new"), None, id="there already"),
        pytest.param(crd(None), None, id="no conversion"),
        pytest.param(crd({"strategy": "None"}), None, id="conversion without webhook"),
        pytest.param(
            crd({"strategy": "Webhook", "webhook": {"clientConfig": {"service": {}}}}),
            crd({"webhook": {"clientConfig": {"caBundle": "new"}}}),
            id="conversion by webhook",
        ),
        pytest.param(
            crd({"strategy": "Webhook", "webhook": {}}),
            crd({"webhook": {"clientConfig": {"caBundle": "new"}}}),
            id="conversion by webhook, nothing said",
        ),
        pytest.param(
            crd({"strategy": "Webhook", "webhook": {"clientConfig": {"caBundle": "new"}}}), None, id="trusted already"
        ),
    ],
)
def test_injection(target: dict[str, Any], patch: dict[str, Any] | None) -> None:
    assert injection(target, "new") == patch
