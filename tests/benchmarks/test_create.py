# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""create.yml against kubectl: a cluster from nothing to Available, and the same command once more."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from bed import BIN, Bed
from figures import inventory, manifests, measured, show


def test_create_and_again(bed: Bed, namespace: str, tmp_path: Path) -> None:
    ours, theirs = write(tmp_path, "ours", namespace), write(tmp_path, "theirs", namespace)
    show(
        "A cluster of 1 control plane machine and 1 worker, from nothing to Available",
        measured("create.yml", create(bed, tmp_path, namespace, ours), bed),
        measured("kubectl apply, kubectl wait", kubectl_create(bed, namespace, theirs), bed),
    )
    show(
        "The same once more: nothing to do",
        measured("create.yml", create(bed, tmp_path, namespace, ours), bed),
        measured("kubernetes.core.k8s: apply", module_apply(bed, theirs), bed),
        measured("kubectl diff, kubectl apply", kubectl_again(bed, theirs), bed),
    )


def write(folder: Path, name: str, namespace: str) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(manifests(name, namespace))
    return path


def create(bed: Bed, folder: Path, namespace: str, file: Path) -> Callable[[], None]:
    host = {
        "cluster_namespace": namespace,
        "cluster_manifest_files": [str(file)],
        "management_cluster_kubeconfig": str(bed.kubeconfig),
    }
    hosts = inventory(folder, {file.stem: host})

    def act() -> None:
        run = bed.play("create", "-i", hosts)
        assert run.code == 0, run.output

    return act


def kubectl_create(bed: Bed, namespace: str, file: Path) -> Callable[[], None]:
    def act() -> None:
        bed.kubectl("apply", "--server-side", "-f", str(file))
        available = ("--for=condition=Available", "--timeout=600s")
        bed.kubectl("wait", "cluster", file.stem, "-n", namespace, *available)

    return act


def kubectl_again(bed: Bed, file: Path) -> Callable[[], None]:
    def act() -> None:
        bed.kubectl("diff", "--server-side", "-f", str(file))
        bed.kubectl("apply", "--server-side", "-f", str(file))

    return act


def module_apply(bed: Bed, file: Path) -> Callable[[], None]:
    options = {
        "src": str(file),
        "kubeconfig": str(bed.kubeconfig),
        "apply": True,
        "server_side_apply": {"field_manager": "kubectl"},
    }
    command = [str(BIN / "ansible"), "-i", "localhost,", "-c", "local", "localhost", "-m", "kubernetes.core.k8s"]
    command += ["-e", f"ansible_python_interpreter={sys.executable}"]

    def act() -> None:
        done = subprocess.run([*command, "-a", json.dumps(options)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout

    return act
