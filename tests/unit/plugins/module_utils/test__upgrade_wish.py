# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an upgrade asks for: how it is read and refused, which pools it means, which template it makes."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import InvalidInput
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object, name_of
from ansible_collections.capi.lifecycle.plugins.module_utils._upgrade_wish import (
    PATCH_NOTE,
    Override,
    chosen,
    patched_template,
    short_name,
    title_of_owner,
    unknown_owners,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._versions import parse_version
from builders import cluster, control_plane, machine_deployment
from upgrade_world import TOPOLOGY_LABEL, Pool, objects, parts, template, wish

V = "v1.35.10"


def override(patch: Any, **more: Any) -> dict[str, Any]:
    return {"machine_template": {"patch": patch}, **more}


def test_a_whole_wish() -> None:
    found = wish(
        V,
        path=["v1.34.9", V],
        releases={"kubernetes": ["v1.35.0", "v1.34.9"]},
        node_pools=["b", "a"],
        workers_every_hop=True,
        pause_between=True,
        upgrade_concurrency=2,
        node_drain_timeout=0,
        variables={"image": "x"},
        skip_checks=["paused", "image"],
        workload_access=True,
        overrides=[override({"image": "y"}, owners=["control_plane"], version=V)],
        rollout_after="2026-11-25T08:00:00Z",
    )
    assert (found.title, found.target, found.path) == (
        "default/prod",
        parse_version(V),
        (parse_version("v1.34.9"), parse_version(V)),
    )
    assert [str(v) for v in found.releases.kubernetes] == ["v1.34.9", "v1.35.0"]
    assert (found.pools, found.workers, found.every_hop, found.concurrency) == (("b", "a"), False, True, 2)
    assert (found.drain_timeout, found.variables) == (0, {"image": "x"}), "no end to draining is an answer, too"
    assert (found.skip, found.workload_access) == (("paused", "image"), True)
    assert found.overrides == (Override(("control_plane",), V, {"image": "y"}),)


def test_what_is_not_said() -> None:
    found = wish(V)
    assert (found.pools, found.workers, found.every_hop, found.concurrency) == (None, True, False, None)
    assert (found.overrides, found.variables, found.rollout_after, found.drain_timeout) == ((), None, "", None)
    assert (found.skip, found.workload_access) == ((), False)
    assert wish(variables={}).variables is None
    assert wish(rollout_after="2026-11-25T08:00:00Z").target is None


@pytest.mark.parametrize(("given", "pools"), [(None, None), (["all"], None), (["none"], ()), ([], ()), (["a"], ("a",))])
def test_words_for_node_pools(given: Any, pools: Any) -> None:
    assert wish(V, node_pools=given).pools == pools


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "neither version nor rollout": ({"kubernetes_version": None, "rollout_only": False}, "exactly one of"),
    "both": ({"rollout_only": True}, "default/prod: exactly one of kubernetes_version and rollout_only must be given"),
    "version without v": ({"kubernetes_version": "1.35.10"}, "kubernetes_version '1.35.10' is not a valid version"),
    "version without patch": ({"kubernetes_version": "v1.35"}, "it has no patch number"),
    "path": ({"path": ["latest"]}, "path 'latest' is not a valid version"),
    "versions": ({"releases": {"kubernetes": ["1.34.1"]}}, "releases.kubernetes '1.34.1' is not a valid version"),
    "all among names": ({"node_pools": ["all", "a"]}, "node_pools is ['all', 'a']; wanted is all, none, or names"),
    "none among names": ({"node_pools": ["a", "none"]}, "wanted is all, none, or names of node pools"),
    "no concurrency": ({"upgrade_concurrency": 0}, "upgrade_concurrency is 0; wanted is 1 or more"),
    "negative drain": ({"node_drain_timeout": -1}, "node_drain_timeout is -1; wanted is 0 or more"),
    "override without patch": ({"overrides": [{"machine_template": {}}]}, "machine_template needs a patch"),
    "override with an empty patch": ({"overrides": [override({})]}, "machine_template needs a patch"),
    "version of an override": ({"overrides": [override({"a": 1}, version="v1")]}, "overrides: version 'v1' is not"),
    "time without zone": ({"rollout_after": "2026-11-25T08:00:00"}, "wanted is a time in UTC such as"),
    "time of another zone": ({"rollout_after": "2026-11-25T08:00:00+01:00"}, "wanted is a time in UTC such as"),
    "no time at all": ({"rollout_after": "today"}, "rollout_after is 'today'"),
    "a day that does not exist": ({"rollout_after": "2026-02-30T08:00:00Z"}, "rollout_after is '2026-02-30T08:00:00Z'"),
}  # fmt: skip


@pytest.mark.parametrize(("params", "words"), WRONG.values(), ids=WRONG)
def test_refusals(params: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        wish(**{"target": V, **params})
    assert words in str(caught.value)


def classy() -> list[Object]:
    """Pools of a topology have names with a random end."""
    found = objects(pools=[], class_name="c")
    for name in ("general", "gpu"):
        found.append(machine_deployment(f"prod-{name}-x7k2p", labels={TOPOLOGY_LABEL: name}))
    return found


POOLS: dict[str, tuple[list[Object], Any, list[str]]] = {
    "all": (objects(pools=[Pool("a"), Pool("b")]), None, ["prod-a", "prod-b"]),
    "none": (objects(), ["none"], []),
    "by object": (objects(pools=[Pool("a"), Pool("b")]), ["prod-b"], ["prod-b"]),
    "without the cluster's name": (objects(pools=[Pool("a"), Pool("b")]), ["b"], ["prod-b"]),
    "in the order of the wish": (objects(pools=[Pool("a"), Pool("b")]), ["b", "a"], ["prod-b", "prod-a"]),
    "twice is once": (objects(pools=[Pool("a"), Pool("b")]), ["b", "prod-b"], ["prod-b"]),
    "by topology": (classy(), ["gpu"], ["prod-gpu-x7k2p"]),
    "by object of a topology": (classy(), ["prod-gpu-x7k2p"], ["prod-gpu-x7k2p"]),
    "by the short form of that": (classy(), ["gpu-x7k2p"], ["prod-gpu-x7k2p"]),
}


@pytest.mark.parametrize(("items", "given", "names"), POOLS.values(), ids=POOLS)
def test_chosen(items: list[Object], given: Any, names: list[str]) -> None:
    assert [name_of(p) for p in chosen(parts(items), wish(V, node_pools=given))] == names


def test_a_pool_that_is_not_there() -> None:
    with pytest.raises(InvalidInput) as caught:
        chosen(parts(classy()), wish(V, node_pools=["gpu", "generl"]))
    assert str(caught.value) == (
        "default/prod has no node pool 'generl'; did you mean 'general'? (there are: general, gpu). "
        "Nothing was changed."
    )
    with pytest.raises(InvalidInput, match="there are: none"):
        chosen(parts(objects(pools=[])), wish(V, node_pools=["gpu"]))


def test_short_names() -> None:
    assert [short_name(o, "prod") for o in (cluster(), control_plane())] == ["control plane", "control plane"]
    managed = {**control_plane(), "kind": "AWSManagedControlPlane"}
    assert short_name(managed, "prod") == "control plane"
    assert [short_name(p, "prod") for p in parts(classy()).pools] == ["general", "gpu"]
    assert short_name(machine_deployment("prod-a"), "prod") == "a"
    assert short_name(machine_deployment("other"), "prod") == "other"


def test_titles() -> None:
    assert [title_of_owner(o, "prod") for o in (cluster(), control_plane())] == ["control plane", "control plane"]
    assert title_of_owner(machine_deployment("prod-a"), "prod") == "node pool a"


def test_overrides_that_name_nobody() -> None:
    asked = wish(V, overrides=[override({"a": 1}, owners=["control_plane", "gpu", "gpo"]), override({"a": 1})])
    assert unknown_owners(asked, parts(classy())) == ["gpo"]


HELD: dict[str, Any] = {"image": "kube-v1.34.3", "size": 1, "labels": {"a": 1, "b": 2}}
LIVE = template("prod-cp-1", **HELD)


def patched(*overrides: Any, owner: Object | None = None, live: Object | None = LIVE, version: str = V) -> Any:
    found = patched_template(wish(V, overrides=list(overrides)), owner or control_plane(), live, version)
    return found and found["spec"]["template"]["spec"]


PATCHES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a field": ({"size": 2}, {**HELD, "size": 2}),
    "the version": ({"image": "kube-{kubernetes_version}"}, {**HELD, "image": f"kube-{V}"}),
    "deep": ({"labels": {"b": 3}}, {**HELD, "labels": {"a": 1, "b": 3}}),
    "null removes": ({"labels": {"a": None}, "gone": None}, {**HELD, "labels": {"b": 2}}),
    "in a list": (
        {"size": None, "labels": None, "disks": [{"image": "d-{kubernetes_version}"}, 1]},
        {"image": "kube-v1.34.3", "disks": [{"image": f"d-{V}"}, 1]},
    ),
    "a map in the place of a value": ({"size": {"x": 1}}, {**HELD, "size": {"x": 1}}),
}  # fmt: skip


@pytest.mark.parametrize(("patch", "wanted"), PATCHES.values(), ids=PATCHES)
def test_a_merge_patch(patch: Any, wanted: Any) -> None:
    assert patched(override(patch)) == wanted


NO_TEMPLATE: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "no overrides": ([], {}),
    "the same already": ([override({"size": 1})], {}),
    "for a pool": ([override({"size": 2}, owners=["a"])], {}),
    "for the plane": ([override({"size": 2}, owners=["control_plane"])], {"owner": machine_deployment("prod-a")}),
    "for another version": ([override({"size": 2}, version="v1.34.1")], {}),
    "no live template": ([override({"size": 2})], {"live": None}),
    "no template by its name": (
        [override({"size": 2})], {"live": {**LIVE, "kind": "DevMachinePool"}},
    ),
    "no template by its shape": ([override({"size": 2})], {"live": {**LIVE, "spec": {"size": 1}}}),
    "one takes the other back": ([override({"size": 2}), override({"size": 1})], {}),
}  # fmt: skip


@pytest.mark.parametrize(("overrides", "more"), NO_TEMPLATE.values(), ids=NO_TEMPLATE)
def test_no_new_template(overrides: Any, more: Any) -> None:
    assert patched(*overrides, **more) is None


@pytest.mark.parametrize("word", ["prod-a", "a"])
def test_overrides_find_their_pool(word: str) -> None:
    found = patched(override({"size": 2}, owners=[word], version=V), owner=machine_deployment("prod-a"))
    assert found["size"] == 2


def named(live: str, patch: Any, name: str = "prod") -> str:
    asked = wish(V, name=name, overrides=[override(patch)])
    found = patched_template(asked, control_plane(), {**LIVE, "metadata": {"name": live}}, V)
    assert found is not None
    assert found["kind"] == "DevMachineTemplate"
    assert (found["apiVersion"], found["metadata"]["namespace"]) == (LIVE["apiVersion"], "default")
    return name_of(found)


def test_the_name_comes_from_the_content() -> None:
    name = named("prod-cp-1", {"size": 2})
    assert name.startswith("prod-cp-1-")
    assert len(name) == len("prod-cp-1-") + 8
    assert named("prod-cp-1", {"size": 2}) == name, "the same content has the same name, so a killed run goes on"
    assert named("prod-cp-1", {"size": 3}) != name
    assert named("prod-cp-1", {"size": 2}, name="other") != name, "a template belongs to one cluster"


def test_the_hash_of_the_version_before_is_replaced() -> None:
    assert named("prod-cp-1-0a1b2c3d", {"size": 2}) == named("prod-cp-1", {"size": 2})


def twice(first: Any, second: Any, *, normal: Any = None, versions: tuple[str, str] = (V, V)) -> Object | None:
    """A template by the first patch, of which the server makes ``normal``; then what the second patch makes of that."""
    made = patched_template(wish(V, overrides=[override(first)]), control_plane(), LIVE, versions[0])
    assert made is not None
    if normal is not None:
        made["spec"]["template"]["spec"] = normal
    return patched_template(wish(V, overrides=[override(second)]), control_plane(), made, versions[1])


IMAGE = {"image": "kube-{kubernetes_version}"}
TWICE: dict[str, tuple[Any, Any, dict[str, Any], bool]] = {
    "the same": (IMAGE, IMAGE, {}, False),
    "the same, and a webhook writes the field in another way": (IMAGE, IMAGE, {"normal": {"image": "sha256:1"}}, False),
    "the same, and the server drops an unknown field": ({"odd": 1}, {"odd": 1}, {"normal": HELD}, False),
    "another patch": (IMAGE, {**IMAGE, "size": 2}, {}, True),
    "another patch to what is there": ({"size": 2}, {"size": 3}, {"normal": {**HELD, "size": 3}}, False),
    "the next version": (IMAGE, IMAGE, {"versions": (V, "v1.36.6")}, True),
    "the next version, which the patch does not name": ({"size": 2}, {"size": 2}, {"versions": (V, "v1.36.6")}, False),
}  # fmt: skip


@pytest.mark.parametrize(("first", "second", "more", "new"), TWICE.values(), ids=TWICE)
def test_a_patch_makes_one_template(first: Any, second: Any, more: Any, new: bool) -> None:
    """A server that normalises fields would else get another one at each look, without end."""
    assert bool(twice(first, second, **more)) is new


def test_a_template_tells_by_which_patch_it_was_made() -> None:
    made = [twice({"size": 2}, {"size": size}) for size in (3, 4)]
    notes = [m["metadata"]["annotations"][PATCH_NOTE] for m in made if m]
    assert len(set(notes)) == 2
