# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The local provider repository of clusterctl: rendered once per release from the Go modules, then copied."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from .build import go_environment
from .errors import SandboxError
from .layout import FILES
from .recipe import CLUSTER_API, build_key, module_of
from .versions import Release, Versions

MANIFESTS = FILES / "manifests"  # several documents a file, which ansible-test refuses under the name .yaml
# Label of a provider, file that clusterctl looks for, folder in the module, program, flags that keep it calm.
PROVIDERS = (
    (
        "cluster-api",
        "core-components.yaml",
        ("core/config", "config"),
        "capi-core",
        ("--machine-concurrency=${SANDBOX_MACHINE_CONCURRENCY:=10}",),
    ),
    ("bootstrap-kubeadm", "bootstrap-components.yaml", ("bootstrap/kubeadm/config",), "capi-bootstrap-kubeadm", ()),
    (
        "control-plane-kubeadm",
        "control-plane-components.yaml",
        ("controlplane/kubeadm/config",),
        "capi-controlplane-kubeadm",
        (),
    ),
    (
        "infrastructure-docker",
        "infrastructure-components.yaml",
        ("infrastructure/docker/config",),
        "capi-infra-docker",
        (),
    ),
)
# Unthrottled managers saturate the API server of a small machine: late watches, conflicts, retries, more load.
THROTTLE = ("--kube-api-qps=${SANDBOX_API_QPS:=20}", "--kube-api-burst=${SANDBOX_API_BURST:=30}")
STAGING_IMAGE = re.compile(r"gcr\.io/k8s-staging-cluster-api/([a-z-]+):[\w.-]+")


def rendered_folder(cache: Path, release: Release) -> Path:
    """Where the rendered components of a release are kept."""
    inputs = [Path(__file__).read_bytes(), *(path.read_bytes() for path in sorted(MANIFESTS.rglob("*.yaml.in")))]
    digest = hashlib.sha256(b"\0".join([build_key(release.tools, module_of(release.tools)).encode(), *inputs]))
    return cache / "components" / f"{release.version}-{digest.hexdigest()[:12]}"


def needs_rendering(cache: Path, release: Release) -> bool:
    """Whether the components of a release are not in the cache yet."""
    return not rendered_folder(cache, release).is_dir()


def throttled(text: str, flags: Sequence[str]) -> str:
    """Components with flags added where a manager elects a leader."""
    added = "".join(rf"\n\1- {flag}" for flag in flags)
    return re.sub(r'^( *)- "?--leader-elect"?$', rf"\g<0>{added}", text, flags=re.MULTILINE)


def released_images(text: str, version: str) -> str:
    """Components with the images of a release instead of the staging registry's."""
    return STAGING_IMAGE.sub(rf"registry.k8s.io/cluster-api/\1:{version}", text)


def images_in(components: str) -> list[str]:
    """Images of the Deployments in components."""
    return [
        container["image"]
        for entry in yaml.safe_load_all(components)
        if entry and entry["kind"] == "Deployment"
        for container in entry["spec"]["template"]["spec"]["containers"]
    ]


def render(cache: Path, versions: Versions, release: Release, kubectl: Path) -> None:
    """Render a release into the cache, where it appears at once and whole."""
    target = rendered_folder(cache, release)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".draft-") as scratch:
        draft, images = Path(scratch) / "whole", {}
        for label, file, configs, program, flags in PROVIDERS:
            text = _kustomize(kubectl, _config(release, label, configs), Path(scratch) / f"{label}.config")
            text = throttled(released_images(text, release.version), (*THROTTLE, *flags))
            folder = draft / label / release.version
            folder.mkdir(parents=True)
            (folder / file).write_text(text, encoding="utf-8")
            shutil.copyfile(_module_folder(release, CLUSTER_API) / "metadata.yaml", folder / "metadata.yaml")
            images.update({image.rsplit("/", 1)[-1]: program for image in images_in(text)})
        _add_templates(draft / "infrastructure-docker" / release.version, release)
        _add_cert_manager(draft / "cert-manager" / versions.cert_manager, versions.cert_manager)
        (draft / "images.json").write_text(json.dumps(images), encoding="utf-8")
        draft.rename(target)


def _config(release: Release, label: str, names: Sequence[str]) -> Path:
    module = CLUSTER_API if label != "infrastructure-docker" else f"{CLUSTER_API}/test"
    folder = _module_folder(release, module)
    return next(folder / name for name in names if (folder / name / "default").is_dir())


def _module_folder(release: Release, module: str) -> Path:
    return Path(_go(["go", "list", "-m", "-f", "{{.Dir}}", module], module_of(release.tools)).strip())


def _go(command: Sequence[str], cwd: Path) -> str:
    return _output(command, cwd, go_environment())


def _output(command: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> str:
    found = subprocess.run(list(command), cwd=cwd, env=dict(environment), capture_output=True, text=True, check=False)
    if found.returncode != 0:
        lines = [line for line in found.stderr.splitlines() if line.strip()] or ["no output"]
        raise SandboxError(
            f"'{' '.join(command)}' failed in {cwd}: {lines[-1]}. Run the same command again once that is repaired."
        )
    return found.stdout


def _kustomize(kubectl: Path, config: Path, scratch: Path) -> str:
    shutil.copytree(config, scratch, copy_function=shutil.copyfile)  # the module cache is read-only
    for path in [scratch, *scratch.rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)
    return _output([str(kubectl), "kustomize", str(scratch / "default")], scratch, os.environ)


def _add_templates(folder: Path, release: Release) -> None:
    upstream = _module_folder(release, f"{CLUSTER_API}/test") / "infrastructure/docker/templates"
    for path in [*upstream.glob("*in-memory*.yaml"), *(MANIFESTS / release.contract).glob("*.yaml.in")]:
        shutil.copyfile(path, folder / path.name.removesuffix(".in"))


def _add_cert_manager(folder: Path, version: str) -> None:
    """cert-manager's own CRDs, and one Deployment whose image stands for the stand-in."""
    answer = _go(
        ["go", "mod", "download", "-json", f"github.com/cert-manager/cert-manager@{version}"], module_of("cert-manager")
    )
    standin = (MANIFESTS / "cert-manager-standin.yaml.in").read_text(encoding="utf-8").replace("@VERSION@", version)
    crds = sorted((Path(json.loads(answer)["Dir"]) / "deploy" / "crds").glob("*.yaml"))
    folder.mkdir(parents=True)
    text = "\n---\n".join([standin, *(path.read_text(encoding="utf-8") for path in crds)])
    (folder / "cert-manager.yaml").write_text(text, encoding="utf-8")


def publish(source: Path, repository: Path) -> None:
    """Copy ``<label>/<version>/`` folders into a repository; versions that it has already stay beside them."""
    for folder in sorted(source.glob("*/*/")):
        shutil.copytree(
            folder, repository / folder.parent.name / folder.name, dirs_exist_ok=True, copy_function=shutil.copyfile
        )


def is_published(source: Path, repository: Path) -> bool:
    """Whether the repository holds every file of the source."""

    def has(path: Path) -> bool:
        copy = repository / path.relative_to(source)
        return copy.is_file() and copy.read_bytes() == path.read_bytes()

    return all(has(path) for path in source.glob("*/*/*") if path.is_file())
