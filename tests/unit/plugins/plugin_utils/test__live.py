# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin: finds the operation, validates like the module, shows lines, hands over where it must."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.connection.local import Connection as Local
from ansible.plugins.loader import become_loader
from ansible.template import Templar
from ansible_collections.capi.lifecycle.plugins.plugin_utils import _live
from fake_server import FakeServer, Reply, discovery, kubeconfig, status

CHECKOUT = Path(__file__).resolve().parents[4]
KINDS = discovery(
    ("cluster.x-k8s.io/v1beta2", "Cluster", "clusters", True),
    ("v1", "Namespace", "namespaces", False),
    ("coordination.k8s.io/v1", "Lease", "leases", True),
)
FOUND = {**KINDS, "GET /apis/cluster.x-k8s.io/v1beta2/clusters": Reply(body={"items": []})}
ONE = "/apis/cluster.x-k8s.io/v1beta2/namespaces/default/clusters/prod"
PROD = {
    "apiVersion": "cluster.x-k8s.io/v1beta2",
    "kind": "Cluster",
    "metadata": {"name": "prod", "namespace": "default", "uid": "u"},
}
LEASES = "/apis/coordination.k8s.io/v1/namespaces/default/leases"
HELD = {"metadata": {"name": "capi-lifecycle-prod", "namespace": "default", "resourceVersion": "1"}, "spec": {}}
DELETABLE = {
    **KINDS,
    f"GET {ONE}": Reply(body=PROD),
    f"DELETE {ONE}": Reply(),
    f"GET {LEASES}/capi-lifecycle-prod": status(404),
    f"POST {LEASES}": Reply(201, HELD),
    f"PATCH {LEASES}/capi-lifecycle-prod": Reply(body=HELD),
}
ABSENT = {"api_key": "t0k3n", "name": "prod", "state": "absent", "wait": False}


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """The plugin may change it: a task has a process of its own."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.parametrize("name", ["capi.lifecycle.cluster_info", "cluster_info"])
def test_finds_the_module_by_the_task(name: str) -> None:
    with FakeServer(FOUND) as server:
        found = run("", task={"action": name}, host=server.url, api_key="t0k3n")
    assert (found["outcome"], found["clusters"], found["changed"]) == ("done", [], False)


BAD = {
    "misspelt option": ({"name": "a", "state": "absent", "nmae": "x"}, ["nmae"]),
    "wrong choice": ({"name": "a", "state": "gone"}, ["state", "present", "absent", "gone"]),
    "required option": ({"state": "absent"}, ["name"]),
    "neither of several": ({"name": "a"}, ["topology", "template", "manifests"]),
    "two of several": ({"name": "a", "manifests": "", "template": {"path": "x"}}, ["mutually exclusive", "template"]),
    "two mistakes at once": ({"name": "a", "state": "gone", "wait": "perhaps"}, ["state", "wait"]),
}


@pytest.mark.parametrize(("options", "words"), BAD.values(), ids=BAD)
def test_validates_like_the_module(options: Any, words: list[str]) -> None:
    found = run("cluster", host="http://127.0.0.1:9", **options)
    assert (found["failed"], found["outcome"]) == (True, "refused")
    assert all(word in found["msg"] for word in words), found["msg"]


@pytest.mark.parametrize(("check_mode", "deletes"), [(True, ["All"]), (False, [None])], ids=["check mode", "run"])
def test_check_mode_and_diff_reach_the_operation(check_mode: bool, deletes: list[str | None]) -> None:
    with FakeServer(DELETABLE) as server:
        found = run("cluster", task={"check_mode": check_mode, "diff": True}, host=server.url, **ABSENT)
    assert found["changed"] is True
    assert [(d["before_header"], d["after"]) for d in found["diff"]] == [("Cluster default/prod", None)]
    assert [r.query.get("dryRun") for r in server.requests if r.line.startswith("DELETE")] == deletes


def test_lines_carry_the_host(capsys: pytest.CaptureFixture[str]) -> None:
    with FakeServer(DELETABLE) as server:
        run("cluster", task_vars={"inventory_hostname": "west"}, host=server.url, **ABSENT)
    assert "west: default/prod: delete Cluster default/prod" in capsys.readouterr().out


@pytest.mark.parametrize(("text", "shown"), [("x" * 197, "h: " + "x" * 197), ("x" * 198, "h: " + "x" * 194 + "...")])
def test_long_lines_are_cut(text: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    _live._show("h", text)
    assert "".join(capsys.readouterr().out.split("\n")) == shown


class TestHandingOver:
    """Another host runs the module, since the management cluster may be reachable from there only; so does become."""

    @pytest.mark.parametrize(
        ("transport", "task", "wrapped"),
        [("ssh", {}, False), ("kubectl", {}, False), ("local", {"async_val": 60}, True)],
        ids=["ssh", "another connection", "async"],
    )
    def test_to_the_module(self, transport: str, task: Any, wrapped: bool) -> None:
        plugin = action("cluster", task, transport=transport, name="a")
        found = plugin.run(task_vars={})
        assert plugin.handed_over == [("capi.lifecycle.cluster", wrapped)]
        assert found["from"] == "the module"

    def test_another_user_runs_the_module(self) -> None:
        """As ansible-core sets become, from the task, the play, ansible_become or the command line."""
        plugin = action("cluster", {}, name="a")
        plugin._connection.set_become_plugin(become_loader.get("sudo"))
        plugin.run(task_vars={})
        assert plugin.handed_over == [("capi.lifecycle.cluster", False)]

    def test_not_on_a_local_connection(self) -> None:
        plugin = action("cluster", {}, name="a", nmae="x")
        plugin.run(task_vars={})
        assert plugin.handed_over == []


SHOWN = {
    "2.16, the result is shown": ("2.16.14", 0, True),
    "2.18 and a release candidate": ("2.18.0rc1", 0, True),
    "2.19 honours the mark": ("2.19.0b7", 0, False),
    "2.21": ("2.21.5", 0, False),
    "3.0": ("3.0.0", 0, False),
    "2.21, and async_status shows it": ("2.21.5", 60, True),
}


@pytest.mark.parametrize(("version", "later", "shown"), SHOWN.values(), ids=SHOWN)
def test_a_result_that_asks_not_to_be_shown(version: str, later: int, shown: bool) -> None:
    assert _live.shown_anyway(version, later) is shown


class TestASecretResult:
    """With async, and before ansible-core 2.19, only no_log on the task keeps it off the screen."""

    @pytest.mark.parametrize("asked", [True, "yes"])
    def test_is_refused_without_no_log(self, asked: Any) -> None:
        plugin = action("kubeconfig", {"async_val": 60}, name="a", path="/tmp/a", return_content=asked)
        found = plugin.run(task_vars={})
        assert (found["failed"], found["outcome"], plugin.handed_over) == (True, "refused", [])
        assert found["msg"].startswith("return_content is true")
        assert "Nothing was changed; set 'no_log: true' on the task." in found["msg"]

    @pytest.mark.parametrize(
        ("task", "options", "hidden"),
        [
            pytest.param({"async_val": 60, "no_log": True}, {"return_content": True}, True, id="with no_log"),
            pytest.param({"async_val": 60}, {"return_content": "no"}, None, id="not asked for"),
            pytest.param({"async_val": 60}, {}, None, id="not said"),
        ],
    )
    def test_is_returned(self, task: Any, options: Any, hidden: bool | None) -> None:
        plugin = action("kubeconfig", task, name="a", path="/tmp/a", **options)
        found = plugin.run(task_vars={})
        assert plugin.handed_over == [("capi.lifecycle.kubeconfig", True)]
        assert found.get("_ansible_no_log") is hidden

    def test_an_option_of_that_name_elsewhere_is_none(self) -> None:
        plugin = action("cluster", {"async_val": 60}, name="a", return_content=True)
        plugin.run(task_vars={})
        assert plugin.handed_over == [("capi.lifecycle.cluster", True)]


def test_secrets_are_removed_from_messages() -> None:
    found = run("cluster", name="a", state="absent", kubeconfig="/nonexistent/canary", api_key="canary")
    assert "canary" not in json.dumps(found)
    assert "does not exist" in found["msg"]


def test_the_environment_of_the_task_counts(tmp_path: Path) -> None:
    """A module would get it, so does the operation in process."""
    with FakeServer(FOUND) as server:
        (tmp_path / "config").write_text(kubeconfig(server.url))
        task = {"environment": [{"K8S_AUTH_KUBECONFIG": str(tmp_path / "config")}]}
        assert run("cluster_info", task=task)["clusters"] == []


def test_a_kubeconfig_is_taken_out_without_any_management_cluster(tmp_path: Path) -> None:
    (tmp_path / "file").write_text(kubeconfig("https://gone:6443", "prod"))
    place = {"kubeconfig": "/nonexistent", "management_cluster_uid": "gone"}
    found = run("kubeconfig", name="prod", path=str(tmp_path / "file"), state="absent", **place)
    assert (found["outcome"], found["changed"]) == ("done", True)
    assert not (tmp_path / "file").exists()


def test_a_defect_is_one_message() -> None:
    with FakeServer({**FOUND, "GET /api": Reply(body={"items": ["odd"]})}) as server:
        found = run("cluster_info", host=server.url, api_key="t0k3n")
    assert found["msg"].startswith("Unexpected AttributeError: ")
    assert found["msg"].endswith("This is a defect of capi.lifecycle; please report it.")
    assert "Traceback" not in found["msg"]


PLAY = """
- hosts: west
  connection: local
  gather_facts: false
  module_defaults:
    group/capi.lifecycle.capi: {host: "{{ url }}", api_key: t0k3n}
  tasks:
    - capi.lifecycle.cluster_info:
      register: seen
    - ansible.builtin.assert:
        that: seen.clusters == [] and seen.outcome == 'done'
    - capi.lifecycle.cluster: {name: prod, state: absent, wait: false}
      check_mode: true
    - capi.lifecycle.cluster:
        name: prod
        manifests:
          - {apiVersion: v1, kind: Odd, metadata: {name: a, annotations: {day: 2026-11-01}}}
      ignore_errors: true
    - capi.lifecycle.cluster_info: {host: "{{ broken }}"}
"""


def test_in_a_real_play(tmp_path: Path) -> None:
    """Routing, defaults of the action group, live lines, tagged values and a defect, as an operator meets them."""
    (tmp_path / "play.yml").write_text(PLAY)
    answers = {
        **FOUND,
        **DELETABLE,
        "GET /api/v1/namespaces/default": Reply(body={"kind": "Namespace", "metadata": {"name": "default"}}),
    }
    with FakeServer(answers) as server, FakeServer({"GET /api": Reply(body={"items": ["odd"]})}) as broken:
        done = subprocess.run(
            [
                str(Path(sys.executable).parent / "ansible-playbook"),
                *("-i", "west,", "-e", json.dumps({"url": server.url, "broken": broken.url})),
                str(tmp_path / "play.yml"),
            ],
            cwd=CHECKOUT,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    said = done.stdout + done.stderr
    assert "west: default/prod: would delete Cluster default/prod" in said
    assert "Odd in v1 is not known" in said, said
    assert "Unexpected AttributeError" in said
    assert "Traceback" not in said
    assert "t0k3n" not in said
    assert "ok=4    changed=1" in said
    assert done.returncode == 2


class Recorded(_live.ActionModule):
    """Keeps what is handed over instead of sending it."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.handed_over: list[tuple[str, bool]] = []

    def _execute_module(self, module_name: str = "", wrap_async: bool = False, **more: Any) -> dict[str, Any]:
        self.handed_over.append((module_name, wrap_async))
        return {"from": "the module"}


def action(module: str, task: Any = (), *, transport: str = "local", **options: Any) -> Recorded:
    made = Task()
    made.action, made.args = f"capi.lifecycle.{module}", options
    for key, value in dict(task).items():
        setattr(made, key, value)
    loader, context = DataLoader(), PlayContext()
    connection = Local(context, None)
    connection.transport = transport
    return Recorded(made, connection, context, loader, Templar(loader), None)


def run(module: str, *, task: Any = (), task_vars: Any = None, **options: Any) -> dict[str, Any]:
    return action(module, task, **options).run(task_vars=task_vars)
