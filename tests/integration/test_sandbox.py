# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox itself: its states, its pods, and what becomes of it when something is killed.

These sandboxes are small (no Cluster API in them) and lie in a folder of the test's own, so that they run beside the
test bed and beside the user's.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from bed import CHECKOUT, Bed, Run

PROGRAMS = CHECKOUT / "roles/sandbox/files"
LIMIT = 120  # seconds
CONTROL_PLANE = ["etcd", "kube-apiserver", "kube-controller-manager", "pod-runner"]
# A step, the state that is asked for, whether it changes anything, and the state afterwards.
STEPS = (
    ("check present", "present", True, "absent"),
    ("present", "present", True, "present"),
    ("present again", "present", False, "present"),
    ("check stopped", "stopped", True, "present"),
    ("stopped", "stopped", True, "stopped"),
    ("stopped again", "stopped", False, "stopped"),
    ("present once more", "present", True, "present"),
    ("check absent", "absent", True, "present"),
    ("absent", "absent", True, "absent"),
    ("absent again", "absent", False, "absent"),
)


def launcher_command(folder: Path, *arguments: str) -> list[str]:
    place = [f"--directory={folder.parent}", f"--name={folder.name}"]
    return [sys.executable, "-m", "sandbox", arguments[0], *place, *arguments[1:]]


def start_launcher(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """The launcher, as the module starts it."""
    environment = {**os.environ, "PYTHONPATH": str(PROGRAMS)}
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(launcher_command(folder, *arguments), env=environment, **pipes)


def launch(folder: Path, *arguments: str) -> dict[str, Any]:
    """What the launcher answers."""
    process = start_launcher(folder, *arguments)
    output, trouble = process.communicate(timeout=120)
    assert process.returncode == 0, trouble
    answer: dict[str, Any] = json.loads(output.splitlines()[-1])
    return answer


def pids(folder: Path) -> dict[str, int]:
    """Every recorded process by its name."""
    records = [*folder.glob("processes/*.json"), *folder.glob("pods/*/process.json")]
    named = {path.stem if path.parent.name == "processes" else path.parent.name: path for path in records}
    return {name: json.loads(path.read_text())["pid"] for name, path in named.items()}


def processes_of(folder: Path) -> list[str]:
    """Command lines in which the sandbox's folder occurs; the pod runner has its name and the folder above."""
    table = subprocess.run(["ps", "-axww", "-o", "args"], capture_output=True, text=True, check=True).stdout
    runner = f"--name={folder.name} --directory={folder.parent} "
    return [line for line in table.splitlines() if f"{folder}/" in line or runner in line]


def eventually(look: Callable[[], Any], what: str) -> Any:
    """The first answer that is not false; the limit is far above what an idle machine takes."""
    limit = time.monotonic() + LIMIT
    while time.monotonic() < limit:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {LIMIT} s: {what}")


@dataclass
class Life:
    """A sandbox's way through all states by the playbook."""

    folder: Path
    runs: dict[str, Run] = field(default_factory=dict)
    told: dict[str, dict[str, Any]] = field(default_factory=dict)
    pids: dict[str, dict[str, int]] = field(default_factory=dict)
    files: dict[str, list[str]] = field(default_factory=dict)
    object_survived: bool = False

    def changed(self, step: str) -> bool:
        return bool(self.runs[step].recap["localhost"]["changed"])


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    folder = tmp_path_factory.mktemp("sandboxes") / "life"
    sandbox, life = Bed("life", "", folder), Life(folder)
    try:
        for step, state, _changed, _after in STEPS:
            check = ["--check"] if step.startswith("check") else []
            place = {"sandbox_directory": str(folder.parent), "sandbox_state": state}
            life.runs[step] = sandbox.play("sandbox", "--diff", *check, **place)
            life.told[step], life.pids[step] = launch(folder, "status"), pids(folder)
            life.files[step] = [path.name for path in folder.parent.iterdir()]
            if step == "present":
                sandbox.kubectl("create", "configmap", "memory")
            if step == "present once more":
                life.object_survived = sandbox.kubectl("get", "configmap", "memory", "-o", "name") != ""
        yield life
    finally:
        launch(folder, "remove")


class TestStates:
    @pytest.mark.parametrize(("step", "state", "changed", "after"), STEPS, ids=[step[0] for step in STEPS])
    def test_each_step(self, life: Life, step: str, state: str, changed: bool, after: str) -> None:
        run = life.runs[step]
        assert run.code == 0, run.output
        assert life.changed(step) is changed, run.output
        assert life.told[step]["state"] == after

    def test_check_mode_says_what_the_run_then_does(self, life: Life) -> None:
        """The lines of the diff; those of a start are known before anything is there."""
        for step in ("present", "stopped", "absent"):
            lines = [line for line in life.runs[step].output.splitlines() if line.startswith("+")]
            assert lines
            assert [line for line in life.runs[f"check {step}"].output.splitlines() if line.startswith("+")] == lines

    def test_check_mode_leaves_no_trace(self, life: Life) -> None:
        assert life.files["check present"] == []
        assert life.pids["check stopped"] == life.pids["check absent"] | life.pids["present again"]

    def test_a_second_run_restarts_nothing(self, life: Life) -> None:
        assert sorted(life.pids["present"]) == CONTROL_PLANE
        assert life.pids["present again"] == life.pids["present"]

    def test_stopped_is_stopped_and_goes_on_where_it_was(self, life: Life) -> None:
        assert life.pids["stopped"] == {}
        assert life.told["stopped"]["running"] == []
        assert life.object_survived
        assert life.told["present once more"]["server"] == life.told["present"]["server"]

    def test_absent_leaves_nothing(self, life: Life) -> None:
        assert life.files["absent"] == []
        assert processes_of(life.folder) == []
        port = life.told["present"]["server"].rpartition(":")[2]
        assert not (Path.home() / ".kube/cache/discovery" / f"127.0.0.1_{port}").exists()

    def test_the_kubeconfig_is_shown_and_private(self, life: Life, pods: Bed) -> None:
        assert f"export KUBECONFIG={life.folder}/kubeconfig" in life.runs["present"].output
        secrets = [pods.kubeconfig, *pods.folder.glob("*.kubeconfig"), *pods.folder.glob("pki/*.key")]
        assert {oct(path.stat().st_mode & 0o777) for path in secrets} == {"0o600"}
        assert oct(pods.folder.stat().st_mode & 0o777) == "0o700"


@pytest.fixture(scope="module")
def pods(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """A sandbox in which the image sleep:v1 stands for a program that sleeps as long as its argument says."""
    folder = tmp_path_factory.mktemp("sandboxes") / "pods"
    try:
        launch(folder, "up", "--image=example.com/any/sleep:v1=/bin/sleep")
        yield Bed("pods", "", folder)
    finally:
        launch(folder, "remove")


@pytest.fixture
def sleeper(pods: Bed, request: pytest.FixtureRequest) -> Iterator[Sleeper]:
    """A Deployment of that image that runs."""
    found = Sleeper(pods, f"t{abs(hash(request.node.nodeid)) % 10**8}")
    found.apply()
    eventually(lambda: found.available == "True", found.message)
    yield found
    pods.kubectl("delete", "deployment", found.name)
    eventually(lambda: not found.folder.exists(), "its files are gone")


@dataclass(frozen=True)
class Sleeper:
    sandbox: Bed
    name: str

    @property
    def folder(self) -> Path:
        return self.sandbox.folder / "pods" / f"default_{self.name}"

    @property
    def pid(self) -> int:
        return pids(self.sandbox.folder).get(self.folder.name, 0)

    def apply(self, image: str = "sleep:v1", **pod: Any) -> None:
        container = {"name": "c", "image": image, "args": ["3600"]} | pod.pop("container", {})
        labels = {"app": self.name}
        manifest = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": self.name},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [container], **pod}},
            },
        }
        self.sandbox.kubectl("apply", "-f", "-", text=json.dumps(manifest))

    def _condition(self, part: str) -> str:
        path = f"jsonpath={{.status.conditions[?(@.type=='Available')].{part}}}"
        return self.sandbox.kubectl("get", "deployment", self.name, "-o", path)

    @property
    def available(self) -> str:
        return self._condition("status")

    @property
    def message(self) -> str:
        return self._condition("message")


class TestPods:
    def test_a_killed_process_comes_back(self, sleeper: Sleeper) -> None:
        before = sleeper.pid
        os.kill(before, signal.SIGKILL)
        eventually(lambda: sleeper.pid not in (0, before), "another process")
        eventually(lambda: sleeper.available == "True", "available again")

    def test_scaled_to_none_and_back(self, sleeper: Sleeper) -> None:
        before = sleeper.pid
        sleeper.sandbox.kubectl("scale", "deployment", sleeper.name, "--replicas=0")
        eventually(lambda: sleeper.pid == 0, "no process")
        sleeper.sandbox.kubectl("scale", "deployment", sleeper.name, "--replicas=1")
        assert eventually(lambda: sleeper.pid, "a process") != before

    def test_changed_arguments_replace_it(self, sleeper: Sleeper) -> None:
        before = sleeper.pid
        sleeper.apply(container={"args": ["3601"]})
        eventually(lambda: sleeper.pid not in (0, before), "another process")
        assert json.loads((sleeper.folder / "process.json").read_text())["command"] == ["/bin/sleep", "3601"]

    def test_it_has_the_rights_of_its_service_account(self, sleeper: Sleeper) -> None:
        access = str(sleeper.folder / "kubeconfig")
        who = sleeper.sandbox.kubectl("auth", "whoami", "-o", "json", f"--kubeconfig={access}")
        assert json.loads(who)["status"]["userInfo"]["username"] == "system:serviceaccount:default:default"

    def test_it_waits_for_its_secret(self, sleeper: Sleeper) -> None:
        mount = [{"name": "v", "mountPath": "/etc/secret"}]
        volumes = [{"name": "v", "secret": {"secretName": sleeper.name}}]
        sleeper.apply(container={"volumeMounts": mount}, volumes=volumes)
        eventually(lambda: f"waiting for Secret {sleeper.name}" in sleeper.message, "the reason is shown")
        assert sleeper.available == "False"
        sleeper.sandbox.kubectl("create", "secret", "generic", sleeper.name, "--from-literal=key=value")
        eventually(lambda: sleeper.available == "True", "available with the Secret")
        file = sleeper.folder / "v" / "key"
        assert (file.read_text(), oct(file.stat().st_mode & 0o777)) == ("value", "0o600")

    def test_an_unknown_image_is_named(self, sleeper: Sleeper) -> None:
        sleeper.apply(image="registry.example/nobody:v7")
        eventually(lambda: "ImagePullBackOff: image nobody:v7 is not in the image store" in sleeper.message, "named")
        told = launch(sleeper.sandbox.folder, "up")
        assert told["changed"] is False, "and nobody waits for it"
        sleeper.apply()


class TestKilled:
    """kill -9, then the same command."""

    @pytest.mark.parametrize("name", CONTROL_PLANE)
    def test_a_process_of_the_control_plane(self, pods: Bed, sleeper: Sleeper, name: str) -> None:
        before = pids(pods.folder)
        os.kill(before[name], signal.SIGKILL)
        eventually(lambda: name not in launch(pods.folder, "status")["running"], "it is seen as gone")
        assert launch(pods.folder, "status")["state"] == "partial"
        assert launch(pods.folder, "up")["steps"] == [f"starting {name}"], "and nothing else is started again"
        assert launch(pods.folder, "status")["state"] == "present"
        assert launch(pods.folder, "up")["steps"] == []
        eventually(lambda: sleeper.available == "True" and sleeper.pid, "its pods run")
        assert len([line for line in processes_of(pods.folder) if "run-pods" in line]) == 1

    def test_the_launcher_at_many_points(self, pods: Bed, tmp_path: Path) -> None:
        """Beside another sandbox, whose ports it does not take."""
        folder = tmp_path / "half"
        signs = ["lock", "sandbox.json", "pki", "repository", "processes/etcd.json", "processes/kube-apiserver.json"]
        try:
            for sign in [*signs, "processes/pod-runner.json"]:
                process = start_launcher(folder, "up")
                eventually(lambda run=process, path=folder / sign: path.exists() or run.poll() is not None, sign)
                process.kill()
                assert process.communicate()[1] == "", sign
            assert launch(folder, "up")["state"] == "present"
            assert launch(folder, "up")["steps"] == []
            assert launch(folder, "status")["ports"] != launch(pods.folder, "status")["ports"]
            running = pids(folder)
            assert sorted(running) == CONTROL_PLANE
            assert len(processes_of(folder)) == len(CONTROL_PLANE), "none is there twice"
        finally:
            launch(folder, "remove")
        assert list(tmp_path.iterdir()) == []
        assert processes_of(folder) == []


class TestRefused:
    @pytest.mark.parametrize(
        ("variables", "message"),
        [
            pytest.param(
                {"sandbox_name": "Not_good"}, "Sandbox name 'Not_good' is not usable: wanted up to 40", id="name"
            ),
            pytest.param(
                {"sandbox_capi_versions": ["v1.9.9"]},
                "Cluster API v1.9.9 cannot be run in the sandbox: supported are v1.14.2, v1.13.4, v1.10.10.",
                id="version",
            ),
        ],
    )
    def test_before_anything_is_there(self, variables: dict[str, Any], message: str, tmp_path: Path) -> None:
        run = Bed("refused", "", tmp_path / "refused").play("sandbox", sandbox_directory=str(tmp_path), **variables)
        assert run.code != 0
        assert message in " ".join(run.output.split())
        assert "Traceback" not in run.output
        assert list(tmp_path.iterdir()) == []
