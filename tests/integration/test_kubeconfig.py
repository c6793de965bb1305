# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module kubeconfig and its playbook: the file works, others' entries stay, nothing leaks."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from bed import CHECKOUT, SOAK, Bed
from reading import RELEASES, Living, living

__all__ = ["living"]
pytestmark = pytest.mark.parametrize("capi_version", RELEASES if SOAK else RELEASES[:1], indirect=True)


def config(bed: Bed, file: Path, *arguments: str) -> str:
    """The real kubectl with a kubeconfig of its own."""
    kubectl = bed.folder / "bin" / "kubectl"
    command = [str(kubectl), f"--kubeconfig={file}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def secrets_of(file: Path) -> list[str]:
    """What must never be printed."""
    users = [entry["user"] for entry in yaml.safe_load(file.read_text())["users"]]
    return [value for user in users for key, value in user.items() if key in ("client-key-data", "token")]


@contextmanager
def reads_of(bed: Bed, namespace: str) -> Iterator[list[str]]:
    found: list[str] = []
    with bed.requests(namespace) as requests:
        yield found
    assert requests.writes == []
    found += requests.reads


def test_a_file_of_its_own_through_its_life(bed: Bed, living: Living, tmp_path: Path) -> None:
    file = tmp_path / "own"
    wish: dict[str, Any] = {**living.place, "path": str(file)}
    planned = bed.task("kubeconfig", "--check", "--diff", **wish)
    assert planned["changed"]
    assert not file.exists()
    with reads_of(bed, living.namespace) as reads:
        made = bed.task("kubeconfig", "--diff", **wish)
    assert reads == [f"get secrets {living.namespace}/{living.name}-kubeconfig"]
    assert made["changed"]
    assert made["diff"] == planned["diff"]
    assert made["expires_days"] in range(360, 367)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(config(bed, file, "get", "nodes", "-o", "name").splitlines()) == 2
    assert not bed.task("kubeconfig", **wish)["changed"]
    file.chmod(0o640)
    assert bed.task("kubeconfig", **wish)["changed"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with reads_of(bed, living.namespace) as reads:
        assert bed.task("kubeconfig", **wish, state="absent")["changed"]
    assert reads == []
    assert not file.exists()
    assert not bed.task("kubeconfig", **wish, state="absent")["changed"]


def test_a_shared_file_keeps_what_kubectl_wrote(bed: Bed, living: Living, tmp_path: Path) -> None:
    file = tmp_path / "config"
    config(bed, file, "config", "set-cluster", "other", "--server=https://other.example:6443")
    config(bed, file, "config", "set-credentials", "other", "--token=not-a-real-token", "--exec-command=x")
    config(bed, file, "config", "set-context", "other", "--cluster=other", "--user=other", "--namespace=n")
    config(bed, file, "config", "use-context", "other")
    before = file.read_text()
    wish = {**living.place, "path": str(file), "context_name": "mine"}
    assert bed.task("kubeconfig", **wish)["changed"]
    assert config(bed, file, "config", "current-context").strip() == "other"
    assert len(config(bed, file, "--context=mine", "get", "nodes", "-o", "name").splitlines()) == 2
    assert not bed.task("kubeconfig", **wish)["changed"]
    assert bed.task("kubeconfig", **wish, state="absent")["changed"]
    assert file.read_text() == before


def test_nothing_secret_is_printed(bed: Bed, living: Living, tmp_path: Path) -> None:
    inventory, file = living.inventory(tmp_path, bed.kubeconfig), tmp_path / "file"
    output = ""
    for arguments in (["--check"], [], ["-e", "kubeconfig_server=https://127.0.0.1:1"]):
        run = bed.play("kubeconfig", "-i", inventory, "-vvv", "--diff", *arguments, kubeconfig_path=str(file))
        assert run.code == 0, run.output
        output += run.output
    assert secrets_of(file)
    assert [s for s in secrets_of(file) if s in output] == []


def test_returned_content_is_hidden_from_the_screen(bed: Bed, living: Living, tmp_path: Path) -> None:
    playbook = tmp_path / "play.yml"
    wish = {**living.place, "path": str(tmp_path / "own"), "kubeconfig": str(bed.kubeconfig), "return_content": True}
    told = {"ansible.builtin.debug": {"msg": "{{ (found.content | from_yaml).kind }}"}}
    tasks = [{"capi.lifecycle.kubeconfig": wish, "register": "found", "no_log": True}, told]
    playbook.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    run = bed.play(os.path.relpath(playbook, CHECKOUT / "playbooks").removesuffix(".yml"), "-vvv")
    assert run.code == 0, run.output
    assert '"msg": "Config"' in run.output
    assert [s for s in secrets_of(tmp_path / "own") if s in run.output] == []


def test_the_playbook_twice_and_back(bed: Bed, living: Living, tmp_path: Path) -> None:
    inventory, file = living.inventory(tmp_path, bed.kubeconfig), tmp_path / "file"
    for state, changed in (("present", 1), ("present", 0), ("absent", 1), ("absent", 0)):
        run = bed.play("kubeconfig", "-i", inventory, kubeconfig_path=str(file), kubeconfig_state=state)
        assert run.code == 0, run.output
        assert run.recap[living.name]["changed"] == changed
        assert file.exists() is (state == "present")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "nope"}, "There is no Cluster reading/nope"),
        ({"namespace": "nowhere"}, "There is no Cluster nowhere/reading"),
        ({"path": "/none/file"}, "The directory /none of path does not exist"),
        ({"path": "/tmp"}, "path /tmp is a directory"),
        ({"kubeconfig": "/none/kubeconfig"}, "kubeconfig /none/kubeconfig does not exist"),
        ({"state": "gone"}, "value of state must be one of: present, absent"),
    ],
)
def test_mistakes_get_one_clear_message(
    bed: Bed, living: Living, tmp_path: Path, changes: dict[str, str], said: str
) -> None:
    result = bed.task("kubeconfig", **{**living.place, "path": str(tmp_path / "file"), **changes})
    assert result["failed"]
    assert said in result["msg"]
    assert "Traceback" not in str(result)
    assert list(tmp_path.iterdir()) == []
