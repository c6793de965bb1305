# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The states of a sandbox, and what stop and remove do in each. The processes here sleep, and do nothing else."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox import control_plane, lifecycle, processes
from sandbox.errors import SandboxError
from sandbox.layout import Layout, Settings, layout_of, save_settings

SLEEP = (sys.executable, "-c", "import time; time.sleep(60)")
ALL = control_plane.START_ORDER


@pytest.fixture
def layout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Layout]:
    monkeypatch.setenv("KUBECACHEDIR", str(tmp_path / "kube-cache"))
    found = layout_of("a", tmp_path / "sandboxes", tmp_path / "cache")
    yield found
    processes.stop(sorted(found.home.glob("processes/*")), 0)


def make(layout: Layout, *running: str) -> None:
    """A sandbox in which only these processes run."""
    save_settings(layout, Settings(16384, ("v1.14.2",), sys.executable))
    for name in running:
        processes.spawn(control_plane.record_path(layout, name), SLEEP, layout.logs / f"{name}.log", layout.home)


@pytest.mark.parametrize(
    ("running", "state"),
    [
        pytest.param(None, "absent", id="nothing"),
        pytest.param([], "stopped", id="no process"),
        pytest.param(ALL, "present", id="all"),
        pytest.param(ALL[:2], "partial", id="cut off in the middle"),
        pytest.param(ALL[:3], "partial", id="the pod runner died"),
    ],
)
def test_state(running: list[str] | None, state: str, layout: Layout) -> None:
    if running is not None:
        make(layout, *running)
    assert lifecycle.state_of(layout) == state
    assert lifecycle.describe(layout)["state"] == state


def test_a_record_whose_process_is_gone_is_no_process(layout: Layout) -> None:
    make(layout, *ALL)
    record = control_plane.record_path(layout, "etcd")
    process = processes.read_record(record)
    processes.stop([record], 0)
    assert process
    processes.write_atomically(record, processes.to_json(dataclasses.asdict(process)))
    assert lifecycle.state_of(layout) == "partial"


def test_stop_keeps_the_files(layout: Layout) -> None:
    make(layout, *ALL)
    wanted = ["stopping etcd", "stopping kube-apiserver", "stopping kube-controller-manager", "stopping pod-runner"]
    assert lifecycle.stop(layout, print, dry_run=True) == wanted
    assert lifecycle.state_of(layout) == "present", "a dry run stops nothing"
    assert lifecycle.stop(layout, print) == wanted
    assert lifecycle.state_of(layout) == "stopped"
    assert lifecycle.stop(layout, print) == []


def test_pods_that_outlived_their_runner_are_stopped(layout: Layout) -> None:
    make(layout)
    pod = layout.pods / "capi-system_core"
    processes.spawn(pod / "process.json", SLEEP, pod / "log", layout.home)
    assert lifecycle.stop(layout, print) == ["stopping capi-system_core"]
    assert not (pod / "process.json").exists()


class TestRemove:
    def test_everything(self, layout: Layout, tmp_path: Path) -> None:
        make(layout, *ALL)
        discovery = tmp_path / "kube-cache" / "discovery" / "127.0.0.1_16386"
        discovery.mkdir(parents=True)
        steps = lifecycle.remove(layout, print, dry_run=True)
        assert steps[-1] == f"removing {layout.home}"
        assert layout.home.exists()
        assert lifecycle.remove(layout, print) == steps
        assert list(layout.home.parent.iterdir()) == []
        assert not discovery.exists(), "kubectl's memory of that server"
        assert lifecycle.remove(layout, print) == []

    def test_what_a_removal_left_that_was_cut_off(self, layout: Layout) -> None:
        layout.home.with_name(".a.removed-4711").mkdir(parents=True)
        layout.home.with_name(".ab.removed-1").mkdir()
        assert lifecycle.remove(layout, print) != []
        assert [path.name for path in layout.home.parent.iterdir()] == [".ab.removed-1"]

    def test_what_a_start_left_that_was_cut_off_at_once(self, layout: Layout) -> None:
        layout.home.mkdir(parents=True)
        layout.lock.touch()
        assert lifecycle.remove(layout, print) == [f"removing {layout.home}"]
        assert not layout.home.exists()

    def test_no_folder_of_others(self, layout: Layout) -> None:
        layout.home.mkdir(parents=True)
        (layout.home / "thesis.tex").touch()
        with pytest.raises(SandboxError, match="holds files but no sandbox"):
            lifecycle.remove(layout, print)
        assert (layout.home / "thesis.tex").exists()
