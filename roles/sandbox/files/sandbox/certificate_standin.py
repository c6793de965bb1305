# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-in for cert-manager, in the sandbox only: Certificates become self-signed Secrets, caBundles are injected."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from .addresses import LOOPBACK
from .pki import issue
from .rest import METADATA_LIST, Rest, RestError

ROUND_SECONDS = 0.5
CERTIFICATES = "/apis/cert-manager.io/v1"
INJECT = "cert-manager.io/inject-ca-from"
SETTLED = "sandbox.capi.lifecycle/injected-at"
SETTLING_SECONDS = 3.0
TARGETS = (
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
)


def secret_of(certificate: Mapping[str, Any]) -> dict[str, Any]:
    """A new Secret for a Certificate."""
    meta, spec = certificate["metadata"], certificate["spec"]
    identity = issue(meta["name"], names=[*spec.get("dnsNames", []), LOOPBACK])
    own = base64.b64encode(identity.certificate_pem()).decode()
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/tls",
        "metadata": {
            "name": spec["secretName"],
            "namespace": meta["namespace"],
            "annotations": {"cert-manager.io/certificate-name": meta["name"]},
        },
        "data": {"tls.crt": own, "tls.key": base64.b64encode(identity.key_pem()).decode(), "ca.crt": own},
    }


def injection(target: Mapping[str, Any], bundle: str) -> dict[str, Any] | None:
    """The merge patch that injects a bundle into a webhook configuration or a CRD; None where nothing is to be done."""
    if "webhooks" in target:
        hooks = [{**hook, "clientConfig": {**hook["clientConfig"], "caBundle": bundle}} for hook in target["webhooks"]]
        return None if hooks == target["webhooks"] else {"webhooks": hooks}
    conversion = target.get("spec", {}).get("conversion", {})
    if conversion.get("strategy") != "Webhook":
        return None
    if conversion["webhook"].get("clientConfig", {}).get("caBundle") == bundle:
        return None
    return {"spec": {"conversion": {"webhook": {"clientConfig": {"caBundle": bundle}}}}}


class CertificateStandin:
    """Remembers what it handled, so that a quiet round costs only lists."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._bundles: dict[str, str] = {}
        self._handled: dict[tuple[str, str], tuple[str, str]] = {}
        self._settling: dict[str, tuple[float, str]] = {}  # path: when it is due, resourceVersion of the injection

    def round(self) -> None:
        """Look once at all Certificates and all injection targets. A new Secret comes last: with it a provider starts,
        and nobody should meet webhooks that run but are not trusted yet."""
        certificates = [entry for entry in self._rest.items(f"{CERTIFICATES}/certificates") if not _is_going(entry)]
        fresh = [(entry, self._fresh_secret(entry)) for entry in certificates]
        for path in TARGETS:
            for entry in self._rest.items(path, METADATA_LIST):
                self._inject(path, entry["metadata"])
        for certificate, secret in fresh:
            if secret:
                self._rest.post(f"/api/v1/namespaces/{secret['metadata']['namespace']}/secrets", secret)
            self._show_ready(certificate)
        self._settle()

    def _settle(self) -> None:
        """Write injected webhook configurations once more. kube-apiserver keeps what it made of a configuration until
        the next change, and when a request comes at the moment of the injection, that may be without the bundle."""
        for path in [path for path, (due, _version) in self._settling.items() if due <= time.monotonic()]:
            _due, version = self._settling.pop(path)
            self._rest.merge(path, {"metadata": {"annotations": {SETTLED: version}}})

    def _fresh_secret(self, certificate: dict[str, Any]) -> dict[str, Any] | None:
        """The Secret to create for a Certificate, None where it has one; either way its bundle is known then."""
        meta = certificate["metadata"]
        path = f"/api/v1/namespaces/{meta['namespace']}/secrets/{certificate['spec']['secretName']}"
        found = self._rest.get(path)
        secret = found or secret_of(certificate)
        self._bundles[f"{meta['namespace']}/{meta['name']}"] = secret["data"]["ca.crt"]
        return None if found else secret

    def _show_ready(self, certificate: dict[str, Any]) -> None:
        meta, conditions = certificate["metadata"], certificate.get("status", {}).get("conditions", [])
        if not any(entry["type"] == "Ready" and entry["status"] == "True" for entry in conditions):
            path = f"{CERTIFICATES}/namespaces/{meta['namespace']}/certificates/{meta['name']}/status"
            self._rest.merge(path, {"status": {"conditions": [_ready(meta.get("generation", 1))]}})

    def _inject(self, path: str, meta: Mapping[str, Any]) -> None:
        bundle = self._bundles.get(meta.get("annotations", {}).get(INJECT, ""))
        if bundle is None or self._handled.get((path, meta["name"])) == (meta["resourceVersion"], bundle):
            return
        target = self._rest.get(f"{path}/{meta['name']}")
        patch = injection(target, bundle) if target else None
        if patch:
            target = self._rest.merge(f"{path}/{meta['name']}", patch)
            if target and "webhooks" in target:
                version = target["metadata"]["resourceVersion"]
                self._settling[f"{path}/{meta['name']}"] = (time.monotonic() + SETTLING_SECONDS, version)
            print("injected", path.rsplit("/", 1)[1], meta["name"], flush=True)
        if target:
            self._handled[(path, meta["name"])] = (target["metadata"]["resourceVersion"], bundle)


def _is_going(certificate: Mapping[str, Any]) -> bool:
    return bool(certificate["metadata"].get("deletionTimestamp"))


def _ready(generation: int) -> dict[str, Any]:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {
        "type": "Ready",
        "status": "True",
        "reason": "Ready",
        "message": "issued by the sandbox's stand-in",
        "lastTransitionTime": now,
        "observedGeneration": generation,
    }


def main() -> None:
    """Run as the program of the image cert-manager-controller."""
    standin = CertificateStandin(Rest(Path(os.environ["KUBECONFIG"])))
    while True:
        try:
            standin.round()
        except (RestError, requests.RequestException) as error:
            print("will try again:", error, flush=True)
        time.sleep(ROUND_SECONDS)


if __name__ == "__main__":
    main()
