# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One small cluster that the reading tests share; made by kubectl, since making it is not what they test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from ansible_collections.capi.lifecycle.plugins.module_utils._template import substitute
from bed import CHECKOUT, Bed, namespace_manifest

RELEASES = ("v1.14.2", "v1.10.10")
VERSION = "v1.35.4"
_TEMPLATE = "roles/sandbox/files/manifests/{}/cluster-template-in-memory-classic.yaml.in"


@dataclass(frozen=True)
class Living:
    """A cluster of one control plane machine and one worker that is available."""

    name: str
    namespace: str

    @property
    def place(self) -> dict[str, str]:
        return {"name": self.name, "namespace": self.namespace}

    def inventory(self, folder: Path, kubeconfig: Path) -> str:
        """An inventory with this cluster alone, as a user of an existing management cluster writes it."""
        shared = {"ansible_connection": "local", "management_cluster_kubeconfig": str(kubeconfig)}
        host = {self.name: {"cluster_namespace": self.namespace}}
        file = folder / "inventory.yml"
        file.write_text(yaml.safe_dump({"all": {"vars": shared, "children": {"clusters": {"hosts": host}}}}))
        return str(file)


@pytest.fixture(scope="session")
def living(bed: Bed) -> Iterator[Living]:
    """Brought up once a sandbox: a second setup finds it there."""
    found = Living("reading", "reading")
    values = {"CLUSTER_NAME": found.name, "NAMESPACE": found.namespace, "KUBERNETES_VERSION": VERSION}
    values |= {"CONTROL_PLANE_MACHINE_COUNT": "1", "WORKER_MACHINE_COUNT": "1"}
    template = (CHECKOUT / _TEMPLATE.format(bed.api_version)).read_text()
    bed.kubectl("apply", "-f", "-", text=namespace_manifest(found.namespace))
    bed.kubectl("apply", "-f", "-", text=substitute(template, values))
    for machines in ("cluster.x-k8s.io/control-plane", "cluster.x-k8s.io/deployment-name"):
        selector = f"cluster.x-k8s.io/cluster-name={found.name},{machines}"
        bed.kubectl("wait", "machine", "-n", found.namespace, "-l", selector, "--for=create", "--timeout=180s")
        ready = ("--for=jsonpath={.status.nodeRef.name}", "--timeout=180s")
        bed.kubectl("wait", "machine", "-n", found.namespace, "-l", selector, *ready)
    yield found
    bed.kubectl("delete", "cluster", found.name, "-n", found.namespace, "--ignore-not-found", "--timeout=180s")
    bed.kubectl("delete", "namespace", found.namespace, "--ignore-not-found", "--wait=false")
