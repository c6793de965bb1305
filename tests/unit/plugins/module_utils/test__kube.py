# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes over the wire for each verb, what discovery remembers, and how unknown kinds are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import kubernetes.client
import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import (
    CapiError,
    Conflict,
    Failed,
    Forbidden,
    InvalidInput,
    NotFound,
    Unreachable,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._http import Http
from ansible_collections.capi.lifecycle.plugins.module_utils._kube import HttpKube, Resource
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Ref
from fake_server import FakeServer, Reply, discovery, status
from fakes import FakeClock

KINDS = (
    ("v1", "Namespace", "namespaces", False),
    ("v1", "ConfigMap", "configmaps", True),
    ("v1", "Pod", "pods", True),
    ("cluster.x-k8s.io/v1beta1", "Cluster", "clusters", True),
    ("cluster.x-k8s.io/v1beta2", "Cluster", "clusters", True),
    ("cluster.x-k8s.io/v1beta2", "Machine", "machines", True),
    ("cluster.x-k8s.io/v1alpha3", "Relic", "relics", True),
)
FOUND = discovery(*KINDS)
V2 = "cluster.x-k8s.io/v1beta2"
PROD = Ref(V2, "Cluster", "team", "prod")
ITEM = {"apiVersion": V2, "kind": "Cluster", "metadata": {"name": "prod", "namespace": "team"}}
ONE = "/apis/cluster.x-k8s.io/v1beta2/namespaces/team/clusters/prod"
ALL = "/apis/cluster.x-k8s.io/v1beta2/namespaces/team/clusters"
STRICT = {"fieldManager": "capi.lifecycle", "fieldValidation": "Strict"}
DRY = {"dryRun": "All"}
MERGE, APPLY, JSON = "application/merge-patch+json", "application/apply-patch+yaml", "application/json"
DELETE = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"}

PATHS = {
    "core": (Resource("v1", "ConfigMap", "configmaps", True), ("team", "a"), "/api/v1/namespaces/team/configmaps/a"),
    "group": (
        Resource("apps/v1", "Deployment", "deployments", True),
        ("team", "a"),
        "/apis/apps/v1/namespaces/team/deployments/a",
    ),
    "all of a namespace": (Resource("v1", "Pod", "pods", True), ("team",), "/api/v1/namespaces/team/pods"),
    "all namespaces": (Resource("v1", "Pod", "pods", True), (), "/api/v1/pods"),
    "no namespaces": (Resource("v1", "Namespace", "namespaces", False), ("team", "a"), "/api/v1/namespaces/a"),
    "odd letters": (Resource("v1", "Pod", "pods", True), ("a b", "c?d"), "/api/v1/namespaces/a%20b/pods/c%3Fd"),
}


@pytest.mark.parametrize(("resource", "where", "path"), PATHS.values(), ids=PATHS)
def test_paths(resource: Resource, where: tuple[str, ...], path: str) -> None:
    assert resource.path(*where) == path


Verb = Callable[[HttpKube], Any]
WRITES: dict[str, tuple[Verb, str, dict[str, str], Any, str]] = {
    "apply": (lambda k: k.apply(ITEM), f"PATCH {ONE}", {**STRICT, "force": "false"}, ITEM, APPLY),
    "apply with force": (lambda k: k.apply(ITEM, force=True), f"PATCH {ONE}", {**STRICT, "force": "true"}, ITEM, APPLY),
    "create": (lambda k: k.create(ITEM), f"POST {ALL}", STRICT, ITEM, JSON),
    "patch": (lambda k: k.patch(PROD, {"spec": {}}), f"PATCH {ONE}", STRICT, {"spec": {}}, MERGE),
    "patch of a subresource": (
        lambda k: k.patch(PROD, {"a": 1}, subresource="status"),
        f"PATCH {ONE}/status",
        STRICT,
        {"a": 1},
        MERGE,
    ),
    "delete": (lambda k: k.delete(PROD), f"DELETE {ONE}", {}, DELETE, JSON),
    "delete by UID": (
        lambda k: k.delete(PROD, uid="u"),
        f"DELETE {ONE}",
        {},
        {**DELETE, "preconditions": {"uid": "u"}},
        JSON,
    ),
}


@pytest.mark.parametrize("dry_run", [False, True], ids=["run", "check mode"])
@pytest.mark.parametrize(("ask", "line", "query", "body", "content_type"), WRITES.values(), ids=WRITES)
def test_writes(ask: Verb, line: str, query: dict[str, str], body: Any, content_type: str, dry_run: bool) -> None:
    """A DELETE with a body takes its options from there, so that check mode has to say it in both places."""
    with FakeServer({**FOUND, line: Reply(body=ITEM)}) as server:
        ask(opened(server, dry_run=dry_run))
    sent = server.requests[-1]
    if dry_run and line.startswith("DELETE"):
        body = {**body, "dryRun": ["All"]}
    assert (sent.line, sent.body, sent.headers["content-type"]) == (line, body, content_type)
    assert sent.query == {**query, **(DRY if dry_run else {})}


def test_a_dry_run_outside_check_mode() -> None:
    with FakeServer({**FOUND, f"PATCH {ONE}": Reply(body=ITEM)}) as server:
        kube = opened(server)
        kube.apply(ITEM, dry_run=True)
        kube.apply(ITEM)
    assert [r.query.get("dryRun") for r in server.requests[-2:]] == ["All", None]


EVICTIONS = {
    "taken": (Reply(201, {"kind": "Status", "status": "Success"}), ""),
    "refused by a budget": (status(429, "Cannot evict pod as it would violate the pod's disruption budget."), "budget"),
}


@pytest.mark.parametrize(("answer", "words"), EVICTIONS.values(), ids=EVICTIONS)
def test_an_eviction_is_a_dry_run_and_asked_once(answer: Reply, words: str) -> None:
    line = "POST /api/v1/namespaces/team/pods/web/eviction"
    with FakeServer({**FOUND, line: answer}) as server:
        assert words in opened(server).evict(Ref("v1", "Pod", "team", "web"))
    assert server.seen.count(line) == 1
    assert server.requests[-1].body["deleteOptions"] == {"dryRun": ["All"]}


class TestReads:
    def test_get(self) -> None:
        with FakeServer({**FOUND, f"GET {ONE}": [Reply(body=ITEM), status(404)]}) as server:
            kube = opened(server)
            assert [kube.get(PROD), kube.get(PROD)] == [ITEM, None]

    def test_list_is_one_request_and_completes_its_items(self) -> None:
        """Items of a list come without apiVersion and kind."""
        with FakeServer({**FOUND, f"GET {ALL}": Reply(body={"items": [{"metadata": {"name": "prod"}}]})}) as server:
            found = opened(server).list(V2, "Cluster", "team", "a=b,c")
        assert found == [{"apiVersion": V2, "kind": "Cluster", "metadata": {"name": "prod"}}]
        assert server.seen.count(f"GET {ALL}") == 1
        assert server.requests[-1].query == {"labelSelector": "a=b,c"}

    @pytest.mark.parametrize("body", [{"items": None}, {"items": []}], ids=["null", "empty"])
    def test_empty_lists(self, body: Any) -> None:
        with FakeServer({**FOUND, "GET /apis/cluster.x-k8s.io/v1beta2/clusters": Reply(body=body)}) as server:
            assert opened(server).list(V2, "Cluster") == []
        assert server.requests[-1].query == {}

    def test_read(self) -> None:
        with FakeServer({"GET /version": Reply(body={"major": "1"})}) as server:
            assert opened(server).read("/version") == {"major": "1"}

    @pytest.mark.parametrize("there", [True, False])
    def test_identity(self, there: bool) -> None:
        reply = Reply(body={"metadata": {"uid": "u"}}) if there else status(404)
        with FakeServer({**FOUND, "GET /api/v1/namespaces/kube-system": reply}) as server:
            assert opened(server).identity() == ("u" if there else "")


def test_delete_of_what_is_not_there() -> None:
    with FakeServer({**FOUND, f"DELETE {ONE}": status(404)}) as server:
        assert opened(server).delete(PROD) is False


REFUSALS: dict[str, tuple[Verb, int, type[CapiError], str]] = {
    "get": (lambda k: k.get(PROD), 403, Forbidden, "Could not read Cluster team/prod: "),
    "list": (lambda k: k.list(V2, "Cluster", "team"), 403, Forbidden, "Could not list Cluster team/*: "),
    "apply": (lambda k: k.apply(ITEM), 422, InvalidInput, "Could not apply Cluster team/prod: "),
    "patch": (lambda k: k.patch(PROD, {}), 404, NotFound, "Could not apply Cluster team/prod: "),
    "create": (lambda k: k.create(ITEM), 409, Conflict, "Could not create Cluster team/prod: "),
    "delete": (lambda k: k.delete(PROD), 409, Conflict, "Could not delete Cluster team/prod: "),
    "read": (lambda k: k.read("/version"), 500, Failed, "Could not read /version: "),
}


@pytest.mark.parametrize(("ask", "code", "error", "words"), REFUSALS.values(), ids=REFUSALS)
def test_refusals_name_verb_and_object(ask: Verb, code: int, error: type[CapiError], words: str) -> None:
    lines = [f"{verb} {path}" for verb in ("GET", "PATCH", "POST", "DELETE") for path in (ONE, ALL, "/version")]
    with FakeServer({**FOUND, **dict.fromkeys(lines, status(code, "said"))}) as server, pytest.raises(error) as caught:
        ask(opened(server))
    assert str(caught.value).startswith(words)
    assert "said" in str(caught.value)


@pytest.mark.parametrize(
    "ask",
    [
        lambda k: k.list(V2, "Cluster", "team"),
        lambda k: k.get(PROD),
        lambda k: k.patch(PROD, {}),
        lambda k: k.create(ITEM),
    ],
)
def test_a_page_of_a_proxy_is_no_answer(ask: Verb) -> None:
    """A list that is not there must never be taken for an empty one."""
    lines = [f"{verb} {path}" for verb in ("GET", "PATCH", "POST") for path in (ONE, ALL)]
    page = Reply(body={"title": "Sign in"})
    with FakeServer({**FOUND, **dict.fromkeys(lines, page)}) as server, pytest.raises(Unreachable) as caught:
        ask(opened(server))
    assert "answers 200 with something else than Kubernetes does" in str(caught.value)


UNKNOWN = {
    "another version": (
        "cluster.x-k8s.io/v1alpha4",
        "Cluster",
        ": this server has it as cluster.x-k8s.io/v1beta2, cluster.x-k8s.io/v1beta1.",
    ),
    "misspelt kind": (V2, "Clutser", ": the group has Cluster, Machine, Relic; did you mean 'Cluster'?"),
    "misspelt group": (
        "cluster.x-k8s.oi/v1",
        "Cluster",
        ": nothing is installed for the group 'cluster.x-k8s.oi'; did you mean 'cluster.x-k8s.io'?",
    ),
    "provider that is not installed": (
        "infrastructure.example/v1",
        "A",
        ": nothing is installed for the group 'infrastructure.example'",
    ),
}


class TestDiscovery:
    def test_two_requests_for_all_kinds_remembered(self) -> None:
        with FakeServer(FOUND) as server:
            kube = opened(server)
            assert kube.resource(V2, "Machine") == Resource(V2, "Machine", "machines", True)
            assert kube.resource("v1", "Namespace") == Resource("v1", "Namespace", "namespaces", False)
            assert server.seen == ["GET /api", "GET /apis"]
            kube.forget()
            kube.versions("")
        assert server.seen == ["GET /api", "GET /apis"] * 2
        assert "as=APIGroupDiscoveryList" in server.requests[0].headers["accept"]

    def test_versions_and_kinds_come_highest_first(self) -> None:
        with FakeServer(FOUND) as server:
            kube = opened(server)
            assert kube.versions("cluster.x-k8s.io") == (V2, "cluster.x-k8s.io/v1beta1", "cluster.x-k8s.io/v1alpha3")
            assert kube.versions("cluster.x-k8s.io", "Machine") == (V2,)
            assert kube.versions("nonsense") == ()
            found = {(r.kind, r.api_version) for r in kube.kinds("x-k8s.io")}
        assert found == {("Cluster", V2), ("Machine", V2), ("Relic", "cluster.x-k8s.io/v1alpha3")}

    def test_a_kind_that_was_installed_meanwhile_is_found(self) -> None:
        before, after = discovery(*KINDS[:2]), discovery(*KINDS)
        with FakeServer({path: [before[path], after[path]] for path in after}) as server:
            clock = FakeClock()
            kube = opened(server, clock)
            assert kube.versions("") == ("v1",)
            with pytest.raises(NotFound):
                kube.resource(V2, "Cluster")
            assert len(server.seen) == 2, "not at once again"
            clock.sleep(3)
            assert kube.resource(V2, "Cluster").plural == "clusters"

    @pytest.mark.parametrize(("api_version", "kind", "words"), UNKNOWN.values(), ids=UNKNOWN)
    def test_unknown_kinds_say_what_is_installed(self, api_version: str, kind: str, words: str) -> None:
        with FakeServer(FOUND) as server, pytest.raises(NotFound) as caught:
            opened(server).resource(api_version, kind)
        assert str(caught.value) == f"{kind} in {api_version} is not known to {server.url}{words}"
        assert caught.value.details == {"kind": kind}

    def test_no_right_to_discover(self) -> None:
        with (
            FakeServer({"GET /api": status(403, "no")}) as server,
            pytest.raises(Forbidden, match="Could not discover /api"),
        ):
            opened(server).versions("")


def opened(server: FakeServer, clock: FakeClock | None = None, *, dry_run: bool = False) -> HttpKube:
    clock = clock or FakeClock()
    configuration = kubernetes.client.Configuration(host=server.url)
    return HttpKube(Http(lambda: kubernetes.client.ApiClient(configuration), clock=clock), dry_run=dry_run, clock=clock)
