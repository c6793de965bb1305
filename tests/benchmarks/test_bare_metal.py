# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runbooks for kubeadm hosts beside the commands that they stand for, on machines. Each takes minutes."""

from __future__ import annotations

import by_hand
import pytest
from bed import Run
from clusters import serve_web
from driving import Metal
from figures import measured, show
from metal.place import ENDPOINT
from metal.programs import RELEASES
from probing import asking, readyz

OLD, NEW = (release.version for release in RELEASES)


def test_upgrade(metal: Metal) -> None:
    """One minor version of three control planes and a worker, from the same start."""
    names = _cluster(metal, workers=1)
    with asking(metal, "w1", readyz(f"{ENDPOINT}:6443"), serve_web(metal)) as [api, web]:
        ours = measured(
            "upgrade.yml, with snapshot, gates and verification",
            lambda: _play(metal, "upgrade", version=NEW, bare_metal_confirm="bed"),
        )
    print(f"\n\nmeanwhile, the API by the endpoint: {api}\na pod through its Service: {web}")
    _cluster(metal, workers=1)
    serve_web(metal)
    hand = measured(
        "the same commands by hand, without a look between them", lambda: by_hand.upgrade(metal, names, NEW)
    )
    show("One minor version, 3 control planes and 1 worker", ours, hand)


@pytest.mark.parametrize("workers", [0, 9], ids=["3 nodes", "12 nodes"])
def test_a_worker_more(metal: Metal, workers: int) -> None:
    """The hosts that are touched are the new one and one that is asked, whatever the size."""
    names = _cluster(metal, workers)
    new = f"w{workers + 1}"
    metal.add(new)
    runs: list[Run] = []
    figure = measured("create.yml --limit", lambda: runs.append(_play(metal, "create", "--limit", new)))
    asked = {name for name in names if f"-> {name}" in runs[0].output}
    print(f"\n\nA worker more beside {len(names)} nodes: {figure.seconds:.1f} s, besides it touched: {sorted(asked)}")


def _cluster(metal: Metal, workers: int) -> list[str]:
    metal.fresh(control_planes=3, workers=workers)
    _play(metal, "create")
    return metal.names


def _play(metal: Metal, playbook: str, *arguments: str, version: str = OLD, **more: str) -> Run:
    wish = {"bare_metal_kubernetes_version": f"v{version}", **more}
    run = metal.play(f"playbooks/bare_metal/{playbook}.yml", *arguments, **wish)
    assert run.code == 0, run.output
    return run
