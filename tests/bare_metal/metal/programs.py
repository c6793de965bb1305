# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs of the machines, by `go build` from Go modules, as the sandbox builds its own: only what is missing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sandbox.build import build, go_environment
from sandbox.recipe import FLAGS, LINKER, Program

from .commands import run

TOOLS = Path(__file__).resolve().parent.parent / "tools"
NODE = ("kubeadm", "kubelet", "kubectl")
KUBERNETES = (*NODE, "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy")
ETCD = {"etcd": "server", "etcdctl": "etcdctl", "etcdutl": "etcdutl"}
CRI_TOOLS = "1.36.0"
KUBE_VIP = "1.2.2"
# Programs that are whole modules: they build where Go puts their source, with their own go.sum.
COREDNS, CRICTL, VIP = "github.com/coredns/coredns", "sigs.k8s.io/cri-tools", "github.com/kube-vip/kube-vip"
VERSION_VARIABLE = {COREDNS: "", CRICTL: f"{CRICTL}/pkg/version.Version", VIP: "main.Version"}


@dataclass(frozen=True)
class Release:
    """A Kubernetes release, and the versions that its kubeadm asks for; the go.mod of its minor has the same."""

    version: str
    etcd: str
    coredns: str

    @property
    def minor(self) -> str:
        """'1.36' of 1.36.3."""
        return self.version.rpartition(".")[0]


RELEASES = (Release("1.35.4", etcd="3.6.6", coredns="1.13.1"), Release("1.36.3", etcd="3.6.8", coredns="1.14.2"))


def build_all(cache: Path, report: Callable[[str], None]) -> dict[str, Path]:
    """Build what is missing. Paths by name and version, as 'kubeadm-1.36.3' and 'etcd-3.6.8'; 'pause' and 'web'."""
    programs = programs_of(cache)
    if any(not program.target.is_file() for program in programs.values()):
        build(list(programs.values()), cache, report)
    return {name: program.target for name, program in programs.items()}


def are_built(cache: Path) -> bool:
    """Whether the programs of every minor are there: nearly all of the time that a build takes goes into them."""
    found = [program for release in RELEASES for program in _of_minor(cache, release).values()]
    return all(program.target.is_file() for program in found)


def programs_of(cache: Path) -> dict[str, Program]:
    """Every program of the bed, whether it is built or not."""
    found = {name: _small(cache, name) for name in ("pause", "web")}
    for release in RELEASES:
        found.update(_of_minor(cache, release))
        found[f"coredns-{release.coredns}"] = _whole_module(cache, COREDNS, release.coredns, ".")
    found[f"crictl-{CRI_TOOLS}"] = _whole_module(cache, CRICTL, CRI_TOOLS, "./cmd/crictl")
    found[f"kube-vip-{KUBE_VIP}"] = _whole_module(cache, VIP, KUBE_VIP, ".")
    return found


def _of_minor(cache: Path, release: Release) -> dict[str, Program]:
    """Kubernetes and etcd of one minor: they share a go.mod."""
    module = TOOLS / f"kubernetes-{release.minor}"
    sources = (module / "go.mod").read_bytes() + (module / "go.sum").read_bytes()
    folder = cache / "bin" / f"kubernetes-{release.version}-{_key(sources, release)}"
    linker = stamps(release.version)
    found = {
        f"{name}-{release.version}": Program(name, f"k8s.io/kubernetes/cmd/{name}", module, folder / name, linker)
        for name in KUBERNETES
    }
    for name, package in ETCD.items():
        path = f"go.etcd.io/etcd/{package}/v3"
        found[f"{name}-{release.etcd}"] = Program(name, path, module, folder / name, LINKER)
    return found


def stamps(version: str) -> str:
    """Linker flags with the version that Kubernetes' programs report; kubeadm judges skew by it."""
    major, minor, _patch = version.split(".")
    base = "k8s.io/component-base/version"
    values = {"gitVersion": f"v{version}", "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
    flags = [f"-X {base}.{name}={value}" for name, value in values.items()]
    return " ".join([LINKER, *flags, f"-X k8s.io/client-go/pkg/version.gitVersion=v{version}"])


def _whole_module(cache: Path, module: str, version: str, package: str) -> Program:
    name = "crictl" if module == CRICTL else module.rpartition("/")[2]
    target = cache / "bin" / f"{name}-{version}-{_key(b'', module)}" / name
    variable = VERSION_VARIABLE[module]
    linker = f"{LINKER} -X {variable}={version}" if variable else LINKER
    source = target.parent if target.is_file() else _download(module, version)
    return Program(name, package, source, target, linker)


def _download(module: str, version: str) -> Path:
    """Where Go keeps the source of a module, fetched and checked."""
    found = run("go", "mod", "download", "-json", f"{module}@v{version}", cwd=Path("/"), environment=go_environment())
    return Path(json.loads(found)["Dir"])


def _small(cache: Path, name: str) -> Program:
    """A program of our own, in one file."""
    source = TOOLS / f"{name}.go"
    return Program(name, str(source), TOOLS, cache / "bin" / f"{name}-{_key(source.read_bytes(), name)}" / name, LINKER)


def _key(sources: bytes, *recipe: object) -> str:
    """Changes with everything that changes the result of a build."""
    return hashlib.sha256(sources + json.dumps([FLAGS, LINKER, *map(str, recipe)]).encode()).hexdigest()[:12]
