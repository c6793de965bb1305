# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `playbooks/init.yml` needs to make a cluster on machines a management cluster: the providers of the sandbox, as
clusterctl's repository and as images that machines pull."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sandbox import build, recipe, repository
from sandbox.kubeconfig import document
from sandbox.layout import FILES, Layout, Settings
from sandbox.publication import Publication
from sandbox.versions import Versions, load_versions

from . import hub, registry
from .images import Image
from .place import Place
from .programs import programs_of

# Repositories of the images. The stand-in for cert-manager runs in the hub; its pod only sleeps.
PROVIDERS, CERTIFICATES = "cluster-api", "jetstack"


def publish(place: Place, stored: Path, report: Callable[[str], None]) -> dict[str, Any]:
    """Fill clusterctl's repository, and the registry that ``stored`` is; the variables of a host for init.yml."""
    versions = load_versions()
    release = versions.release(versions.default)
    cache = place.cache.parent
    build.build(recipe.needed_programs(cache, versions, (release.version,)), cache, report)
    if repository.needs_rendering(cache, release):
        kubectl = recipe.program_folder(cache, versions.control_plane_tools) / "kubectl"
        repository.render(cache, versions, release, kubectl)
    layout = Layout("cluster-api", place.folder / "cluster-api", cache)
    layout.home.mkdir(exist_ok=True)
    Publication(layout, versions, Settings(0, (release.version,), sys.executable)).write()
    commands = json.loads(layout.images.read_text())
    sleeper = programs_of(place.cache)["pause"].target
    found = [_image(name, sleeper if _is_standin(name) else Path(command[0])) for name, command in commands.items()]
    registry.add(place.cache, stored, found)
    return _variables(layout, versions)


def _is_standin(image: str) -> bool:
    return image.partition(":")[0] == "cert-manager-controller"


def _image(name: str, program: Path) -> Image:
    return Image(f"{CERTIFICATES if _is_standin(name) else PROVIDERS}/{name}", {"/manager": program}, ["/manager"])


def _variables(layout: Layout, versions: Versions) -> dict[str, Any]:
    names = {"cluster-api": "core", "kubeadm": "bootstrap", "docker": "infrastructure"}
    kinds = [*names.items(), ("kubeadm", "control_plane")]
    return {
        "management_cluster_source": "existing",
        "management_cluster_providers": [
            {"name": name, "type": kind, "version": versions.default} for name, kind in kinds
        ],
        "management_cluster_config": str(layout.clusterctl_config),
        "management_cluster_clusterctl": {"path": str(layout.programs / "clusterctl")},
        "management_cluster_images": {"cert-manager": {"repository": f"{registry.PREFIX}/{CERTIFICATES}"}},
    }


def start_certificates(place: Place, administrator: Mapping[str, Any]) -> None:
    """The sandbox's stand-in for cert-manager, as a program in the hub."""
    folder = place.folder / "certificates"
    folder.mkdir(exist_ok=True, mode=0o700)
    cluster, user = administrator["clusters"][0]["cluster"], administrator["users"][0]["user"]
    paths = {}
    for name, content in (*cluster.items(), *user.items()):
        if name.endswith("-data"):
            paths[name.removesuffix("-data")] = path = folder / name.removesuffix("-data")
            path.write_bytes(base64.b64decode(content))
    authority = {"certificate-authority": str(paths.pop("certificate-authority"))}
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(document(cluster["server"], authority, {name: str(path) for name, path in paths.items()}))
    environment = {"KUBECONFIG": str(kubeconfig), "PYTHONPATH": str(FILES)}
    hub.spawn(place, "certificates", [sys.executable, "-m", "sandbox.certificate_standin"], environment)
