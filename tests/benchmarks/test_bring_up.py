# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From nothing to providers that are Available, programs built: our playbooks against clusterctl alone."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import pytest
from bed import CACHE, Bed, providers
from figures import measured, show

VERSION = "v1.14.2"


@pytest.fixture
def fresh(other_sandboxes: None) -> Iterator[Bed]:
    if os.environ.get("SANDBOX"):
        pytest.skip("SANDBOX is set: the in-memory provider runs in that sandbox, and cannot run twice")
    found = Bed("bring-up", VERSION, CACHE / "sandboxes" / "bring-up")
    yield found
    sandbox(found, "absent")


def sandbox(bed: Bed, state: str) -> None:
    run = bed.play("sandbox", sandbox_state=state, sandbox_capi_versions=[VERSION])
    assert run.code == 0, run.output


def init(bed: Bed) -> None:
    run = bed.play("init", management_cluster_providers=providers(VERSION))
    assert run.code == 0, run.output


def clusterctl_init(bed: Bed) -> None:
    command = [str(bed.folder / "bin/clusterctl"), "init", "--wait-providers", f"--kubeconfig={bed.kubeconfig}"]
    command += [f"--config={bed.folder}/clusterctl.yaml", "--infrastructure=docker"]
    subprocess.run(command, capture_output=True, check=True)


def test_bring_up(fresh: Bed) -> None:
    bed = fresh
    sandbox(bed, "present")  # builds and renders what the cache lacks
    sandbox(bed, "absent")
    both = measured("sandbox.yml and init.yml", lambda: (sandbox(bed, "present"), init(bed)))
    again = measured("sandbox.yml and init.yml, again", lambda: (sandbox(bed, "present"), init(bed)))
    sandbox(bed, "stopped")
    restart = measured("sandbox.yml after a stop: providers Available again", lambda: sandbox(bed, "present"))
    sandbox(bed, "absent")
    peer = measured(
        "sandbox.yml and clusterctl init --wait-providers", lambda: (sandbox(bed, "present"), clusterctl_init(bed))
    )
    show("A management cluster with Cluster API, programs built", both, again, restart, peer)
