# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""clusterctl.yaml: the providers of the sandbox's repository, as ``clusterctl --config`` takes them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from .errors import SandboxError
from .layout import Layout
from .versions import Versions

PREFIXES = {
    "bootstrap-": "BootstrapProvider",
    "control-plane-": "ControlPlaneProvider",
    "infrastructure-": "InfrastructureProvider",
    "ipam-": "IPAMProvider",
    "addon-": "AddonProvider",
    "runtime-extension-": "RuntimeExtensionProvider",
}


def provider_of(label: str) -> tuple[str, str]:
    """clusterctl's name and type of a provider by the folder it has in a repository."""
    if label == "cluster-api":
        return label, "CoreProvider"
    for prefix, kind in PREFIXES.items():
        if label.startswith(prefix):
            return label.removeprefix(prefix), kind
    raise SandboxError(
        f"Provider repository folder '{label}' is not named like a provider: wanted cluster-api or a "
        f"name that starts with {', '.join(PREFIXES)}."
    )


def config_text(layout: Layout, versions: Versions, capi_versions: Sequence[str]) -> str:
    """clusterctl.yaml: all providers in the repository, each at its first wanted version; JSON, which is YAML."""
    providers = []
    for folder in sorted(path for path in layout.repository.iterdir() if path.name != "cert-manager"):
        name, kind = provider_of(folder.name)
        held = sorted(path.name for path in folder.iterdir())
        version = next((entry for entry in capi_versions if entry in held), held[-1])
        components = next((folder / version).glob("*-components.yaml"))
        providers.append({"name": name, "type": kind, "url": f"file://{components}"})
    cert_manager = layout.repository / "cert-manager" / versions.cert_manager / "cert-manager.yaml"
    return (
        json.dumps(
            {
                "providers": providers,
                "cert-manager": {"url": f"file://{cert_manager}", "version": versions.cert_manager},
                "overridesFolder": str(
                    layout.home / "overrides"
                ),  # never the overrides of the operator's own clusterctl
                "CLUSTER_TOPOLOGY": "true",
                "EXP_RUNTIME_SDK": "true",
            },
            indent=2,
        )
        + "\n"
    )
