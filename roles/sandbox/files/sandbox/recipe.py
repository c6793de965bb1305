# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pure: which programs a sandbox needs, and how each is built from the Go modules below tools/."""

from __future__ import annotations

import hashlib
import json
import platform
import re
from dataclasses import dataclass
from pathlib import Path

from .layout import FILES
from .versions import Release, Versions, major_minor

FLAGS = {"CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false -trimpath", "GOWORK": "off"}
LINKER = "-s -w"
CLUSTER_API = "sigs.k8s.io/cluster-api"
CONTROL_PLANE_PACKAGES = {
    "etcd": ("go.etcd.io/etcd/server/v3",),
    "kube-apiserver": ("k8s.io/kubernetes/cmd/kube-apiserver",),
    "kube-controller-manager": ("k8s.io/kubernetes/cmd/kube-controller-manager",),
    "kubectl": ("k8s.io/kubernetes/cmd/kubectl",),
}
# Up to v1.13 the core manager is the root package; the tool lines of go.mod say which one a release has.
PROVIDER_PACKAGES = {
    "capi-core": (f"{CLUSTER_API}/core", CLUSTER_API),
    "capi-bootstrap-kubeadm": (f"{CLUSTER_API}/bootstrap/kubeadm",),
    "capi-controlplane-kubeadm": (f"{CLUSTER_API}/controlplane/kubeadm",),
    "capi-infra-docker": (f"{CLUSTER_API}/test/infrastructure/docker",),
    "clusterctl": (f"{CLUSTER_API}/cmd/clusterctl",),
}


@dataclass(frozen=True)
class Program:
    """One program to build: where from, where to, and its version stamps."""

    name: str
    package: str
    module: Path
    target: Path
    linker: str


def tool_packages(module: Path) -> list[str]:
    """The packages in the tool block of a go.mod."""
    block = re.search(r"^tool \((.*?)^\)", (module / "go.mod").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return block[1].split() if block else []


def build_key(tools: str, module: Path) -> str:
    """Folder name of a build: changes with everything that changes its result."""
    recipe = [FLAGS, LINKER, CONTROL_PLANE_PACKAGES, PROVIDER_PACKAGES, platform.system(), platform.machine()]
    content = (module / "go.mod").read_bytes() + (module / "go.sum").read_bytes() + json.dumps(recipe).encode()
    return f"{tools}-{hashlib.sha256(content).hexdigest()[:12]}"


def stamps(versions: Versions, release: Release) -> str:
    """Linker flags with the versions that programs report; clusterctl derives its contract from them."""
    entries = []
    for variable, version in (
        (f"{CLUSTER_API}/version.git", release.version),
        ("k8s.io/component-base/version.git", versions.kubernetes),
    ):
        major, minor = major_minor(version)
        entries += [f"-X {variable}Version={version}", f"-X {variable}Major={major}", f"-X {variable}Minor={minor}"]
    return " ".join([LINKER, *entries, f"-X k8s.io/client-go/pkg/version.gitVersion={versions.kubernetes}"])


def module_of(tools: str) -> Path:
    """Folder of a Go module that only names tools."""
    return FILES / "tools" / tools


def program_folder(cache: Path, tools: str) -> Path:
    """Where the programs of a module are kept."""
    return cache / "bin" / build_key(tools, module_of(tools))


def programs_of(cache: Path, versions: Versions, release: Release) -> list[Program]:
    """The programs of a release, those of the control plane first where its module also holds them."""
    module, folder = module_of(release.tools), program_folder(cache, release.tools)
    known = tool_packages(module)
    linker = stamps(versions, release)
    found = {
        name: next((entry for entry in packages if entry in known), "")
        for name, packages in {**CONTROL_PLANE_PACKAGES, **PROVIDER_PACKAGES}.items()
    }
    return [Program(name, package, module, folder / name, linker) for name, package in found.items() if package]


def needed_programs(cache: Path, versions: Versions, capi_versions: tuple[str, ...]) -> list[Program]:
    """All programs of a sandbox: its control plane, then each Cluster API release."""
    home = next(entry for entry in versions.releases.values() if entry.tools == versions.control_plane_tools)
    control_plane = [
        program for program in programs_of(cache, versions, home) if program.name in CONTROL_PLANE_PACKAGES
    ]
    providers = [
        program
        for version in capi_versions
        for program in programs_of(cache, versions, versions.release(version))
        if program.name in PROVIDER_PACKAGES
    ]
    return control_plane + providers
