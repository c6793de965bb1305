# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From task arguments to a result: outcomes, errors in one message, the pin of the management cluster."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils import _connection, _errors
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import CapiError, Refused
from ansible_collections.capi.lifecycle.plugins.module_utils._module import Operation, execute, native
from ansible_collections.capi.lifecycle.plugins.module_utils._outcome import Outcome
from ansible_collections.capi.lifecycle.plugins.module_utils._session import Session
from fake_server import FakeServer, Reply, discovery, kubeconfig

SYSTEM = "GET /api/v1/namespaces/kube-system"
FOUND = {**discovery(("v1", "Namespace", "namespaces", False)), SYSTEM: Reply(body={"metadata": {"uid": "right"}})}
CHANGED = Outcome({"a": 1}, {"a": 2}, {"name": "prod"})


def test_a_result() -> None:
    assert ran(lambda session, params: CHANGED) == {"outcome": "done", "name": "prod", "changed": True}


@pytest.mark.parametrize(("diff", "writes", "shown"), [(True, True, True), (True, False, False), (False, True, False)])
def test_the_diff_is_shown_when_asked_by_what_writes(diff: bool, writes: bool, shown: bool) -> None:
    found = execute(Operation({}, lambda s, p: CHANGED, connects=False, writes=writes), {}, **how(diff=diff))
    assert ("diff" in found) is shown


@pytest.mark.parametrize(
    "name",
    ["InvalidInput", "Refused", "NotFound", "Conflict", "Forbidden", "Unreachable", "Stalled", "WaitTimeout", "Failed"],
)
def test_our_errors_keep_outcome_and_facts(name: str) -> None:
    error: CapiError = getattr(_errors, name)("said", machines=["a"])
    assert ran(raising(error)) == {"failed": True, "msg": "said", "outcome": error.outcome, "machines": ["a"]}


@pytest.mark.parametrize("error", [KeyError("spec"), RuntimeError("odd\nthing"), AttributeError("x"), RecursionError()])
def test_a_defect_is_one_message_that_asks_to_report_it(error: Exception) -> None:
    found = ran(raising(error))
    assert (
        found["msg"]
        == f"Unexpected {type(error).__name__}: {error}. This is a defect of capi.lifecycle; please report it."
    )
    assert (found["failed"], found["outcome"], "Traceback" in found["msg"]) == (True, "failed", False)
    assert "raising" in found["exception"], "for the report, with -vvv"


def test_the_operation_knows_what_it_may_touch() -> None:
    seen: list[Session] = []
    lines: list[str] = []
    operation = Operation({}, lambda session, params: seen.append(session) or session.report("x") or CHANGED)
    with FakeServer(FOUND) as server:
        execute(operation, {"host": server.url, "api_key": "t"}, dry_run=True, diff=False, report=lines.append)
    assert (seen[0].dry_run, seen[0].kube.dry_run, lines) == (True, True, ["x"])


@pytest.mark.parametrize("uid", ["right", None, ""])
def test_the_pinned_management_cluster(uid: str | None) -> None:
    with FakeServer(FOUND) as server:
        assert against(server, management_cluster_uid=uid)["changed"] is True
    assert (SYSTEM in server.seen) is bool(uid)


def test_another_management_cluster_is_refused() -> None:
    with FakeServer(FOUND) as server:
        found = against(server, management_cluster_uid="wanted")
    assert found["outcome"] == "refused"
    assert found["management_cluster_uid"] == "right"
    for words in (
        "management_cluster_uid is 'wanted'",
        server.url,
        "'right'",
        "another management cluster",
        "check kubeconfig",
    ):
        assert words in found["msg"]


def test_the_identity_is_checked_before_the_operation() -> None:
    with FakeServer(FOUND) as server:
        found = against(server, raising(RuntimeError("ran")), management_cluster_uid="wanted")
    assert found["outcome"] == "refused"


def test_writes_need_a_named_cluster_and_reads_do_not() -> None:
    """Reading by accident does no harm."""
    implicit = execute(Operation({}, lambda s, p: CHANGED), {}, **how())
    assert "No management cluster is named" in implicit["msg"]
    reads = execute(Operation({}, lambda s, p: CHANGED, writes=False), {"kubeconfig": "/nonexistent"}, **how())
    assert "/nonexistent does not exist" in reads["msg"]


@pytest.mark.parametrize(
    "place",
    [
        pytest.param({"kubeconfig": "/nonexistent"}, id="its kubeconfig is gone"),
        pytest.param({"host": "http://127.0.0.1:9", "management_cluster_uid": "u"}, id="it is down, and pinned"),
        pytest.param({}, id="nobody names it"),
    ],
)
def test_a_task_that_needs_no_management_cluster_asks_none(place: dict[str, str]) -> None:
    operation = Operation({}, lambda s, p: CHANGED, offline=lambda params: params["state"] == "absent")
    assert execute(operation, {**place, "state": "absent"}, **how())["changed"] is True
    asking = execute(Operation({}, lambda s, p: CHANGED), {**place, "state": "absent"}, **how())
    assert asking["failed"] is True


def test_missing_libraries_are_named_before_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_connection, "MISSING_LIBRARIES", _connection.MISSING_LIBRARIES)
    _connection.MISSING_LIBRARIES.append("kubernetes")
    try:
        found = execute(Operation({}, raising(RuntimeError("ran"))), {"host": "http://127.0.0.1:9"}, **how())
        alone = execute(Operation({}, lambda s, p: CHANGED, connects=False), {}, **how())
    finally:
        _connection.MISSING_LIBRARIES.clear()
    assert "kubernetes" in found["msg"]
    assert sys.executable in found["msg"]
    assert found["failed"] is True
    assert alone["changed"] is True, "what needs no management cluster needs no library"


def test_options_of_an_operation() -> None:
    assert {"kubeconfig", "management_cluster_uid", "x"} <= Operation(
        {"x": {}}, raising(Refused(""))
    ).argument_spec.keys()
    assert Operation({"x": {}}, raising(Refused("")), connects=False).argument_spec == {"x": {}}


NATIVE = {
    "plain": ({"a": [1, 2.5, True, None, "x"]}, {"a": [1, 2.5, True, None, "x"]}),
    "a date": (datetime.date(2026, 11, 1), "2026-11-01"),
    "a time": (datetime.datetime(2026, 11, 1, 10, tzinfo=datetime.timezone.utc), "2026-11-01T10:00:00+00:00"),
    "a tuple": ((1, 2), [1, 2]),
    "a key that is a number": ({1: "x"}, {"1": "x"}),
    "something else": (Path("/a"), "/a"),
}


@pytest.mark.parametrize(("value", "found"), NATIVE.values(), ids=NATIVE)
def test_native_copies(value: Any, found: Any) -> None:
    assert native(value) == found


def test_native_copies_have_no_tagged_types() -> None:
    """ansible-core 2.19 and newer marks where a text comes from; yaml.safe_dump refuses that type."""

    class Tagged(str):
        pass

    class Marked(dict):  # type: ignore[type-arg]
        pass

    found = native(Marked(a=[Tagged("x")]))
    assert (type(found), type(found["a"][0])) == (dict, str)


MODULES = Path(__file__).resolve().parents[4] / "plugins" / "modules"


class TestAsAModule:
    """The real module in a process of its own, as on a remote host."""

    def test_success_and_secrets(self) -> None:
        with FakeServer(
            discovery(("cluster.x-k8s.io/v1beta2", "Cluster", "clusters", True))
            | {"GET /apis/cluster.x-k8s.io/v1beta2/namespaces/n/clusters/a": Reply(404)}
        ) as server:
            code, found, _errors_said = module(
                "cluster_info", host=server.url, api_key="canary", name="a", namespace="n"
            )
        assert (code, found["changed"], found["clusters"]) == (0, False, [])
        assert "canary" not in json.dumps(found)

    def test_failure(self) -> None:
        code, found, said = module("cluster", name="a", state="absent", kubeconfig="/nonexistent/config")
        assert (code, found["failed"], found["outcome"]) == (1, True, "unknown")
        assert found["msg"].startswith("kubeconfig /nonexistent/config does not exist.")
        assert "Traceback" not in said

    def test_bad_options(self) -> None:
        code, found, said = module("cluster", name="a", nmae="a", state="absent", kubeconfig="/nonexistent/config")
        assert code == 1
        assert "nmae" in found["msg"]
        assert "Traceback" not in said


def how(**changed: Any) -> dict[str, Any]:
    return {"dry_run": False, "diff": False, "report": lambda line: None, **changed}


def ran(ensure: Any) -> dict[str, Any]:
    return execute(Operation({}, ensure, connects=False), {}, **how())


def against(server: FakeServer, ensure: Any = lambda session, params: CHANGED, **params: Any) -> dict[str, Any]:
    config = json.loads(kubeconfig(server.url))
    return execute(Operation({}, ensure), {"kubeconfig": config, **params}, **how())


def raising(error: Exception) -> Any:
    def raising(session: Session, params: Mapping[str, Any]) -> Outcome:
        raise error

    return raising


def module(which: str, /, **options: Any) -> tuple[int, dict[str, Any], str]:
    """Run a module by its arguments on standard input: exit code, result, standard error."""
    collections = next(path for path in sys.path if Path(path, "ansible_collections", "capi").exists())
    name = f"ansible_collections.capi.lifecycle.plugins.modules.{which}"
    code = f"import runpy; runpy.run_module({name!r}, None, '__main__')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": options}),
        env={"PYTHONPATH": collections, "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, json.loads(done.stdout), done.stderr
