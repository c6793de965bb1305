# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin machines on a real HTTP server: hosts, variables and groups, options, cache, errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from builders import machine
from fake_server import FakeServer, Reply, discovery, kubeconfig, status
from inventory_ground import answers, one_cluster, parse, parsed, plugin_of, refusal

MACHINES = "/apis/cluster.x-k8s.io/v1beta2/machines"


@pytest.mark.parametrize("v", ["v1beta1", "v1beta2"])
def test_hosts_and_groups(v: str, tmp_path: Path) -> None:
    seen = parsed("machines", tmp_path, *one_cluster(v=v), v=v)
    assert sorted(seen.hosts) == ["prod-cp-a", "prod-md-a"]
    assert seen.hosts["prod-md-a"]["ansible_host"] == "10.0.0.7"
    assert seen.hosts["prod-md-a"]["capi_machine"]["pool"] == "prod-md-0"
    assert set(seen.hosts["prod-md-a"]) - {"inventory_file", "inventory_dir"} == {"ansible_host", "capi_machine"}
    assert seen.groups == {
        "machines": ["prod-cp-a", "prod-md-a"],
        "cluster_prod": ["prod-cp-a", "prod-md-a"],
        "control_plane": ["prod-cp-a"],
        "workers": ["prod-md-a"],
        "pool_prod_md_0": ["prod-md-a"],
        "version_v1_34_3": ["prod-cp-a", "prod-md-a"],
        "provider_dev": ["prod-cp-a", "prod-md-a"],
        "ready": ["prod-cp-a", "prod-md-a"],
    }
    assert seen.warnings == []
    assert seen.variable("machines", "capi_unreachable") == []


GROUPS = {
    "none": ({"group_by": []}, {"machines"}),
    "by role": ({"group_by": ["role"]}, {"machines", "control_plane", "workers"}),
    "another top group": ({"group_by": [], "group": "nodes"}, {"nodes"}),
    "as kubespray": ({"group_by": [], "kubespray_groups": True}, {"machines", "kube_control_plane", "kube_node"}),
    "the cluster by its name": ({"group_by": ["cluster"], "cluster_group_format": "{cluster}"}, {"machines", "prod"}),
    "keyed": (
        {"group_by": [], "keyed_groups": [{"key": "capi_machine.role", "prefix": "is"}]},
        {"machines", "is_control_plane", "is_worker"},
    ),
    "keyed, made valid": (
        {"group_by": [], "keyed_groups": [{"key": "capi_machine.provider_id", "prefix": "id"}]},
        {"machines", "id_dev_____prod_cp_a", "id_dev_____prod_md_a"},
    ),
    "by an expression": (
        {"group_by": [], "groups": {"plane": "capi_machine.role[:7] == 'control'"}},
        {"machines", "plane"},
    ),
}


@pytest.mark.parametrize(("options", "groups"), GROUPS.values(), ids=GROUPS)
def test_groups_by_option(options: Any, groups: set[str], tmp_path: Path) -> None:
    assert set(parsed("machines", tmp_path, *one_cluster(), **options).groups) == groups


def test_compose(tmp_path: Path) -> None:
    made = {"node": "capi_machine.node", "upper": "capi_machine.role | upper", "gone": "capi_machine.nothing.at_all"}
    seen = parsed("machines", tmp_path, *one_cluster(), compose=made)
    assert seen.hosts["prod-md-a"]["node"] == "prod-md-a"
    assert seen.hosts["prod-md-a"]["upper"] == "WORKER"
    assert "gone" not in seen.hosts["prod-md-a"]


@pytest.mark.parametrize("path", ["capi_machine.nothing", "capi_machine.nothing ~ 'x'"])
@pytest.mark.parametrize("option", ["compose", "groups", "keyed_groups"])
def test_strict(option: str, path: str, tmp_path: Path) -> None:
    value: Any = [{"key": path}] if option == "keyed_groups" else {"x": path}
    with pytest.raises(AnsibleError, match="prod-cp-a"):
        parsed("machines", tmp_path, *one_cluster(), strict=True, **{option: value})
    parsed("machines", tmp_path, *one_cluster(), **{option: value})


def test_a_jump_host_for_each_cluster(tmp_path: Path) -> None:
    items = [machine("a", cluster="one"), machine("b", cluster="two"), machine("c", cluster="three")]
    arguments = {"one": "-J one.example.com", "default/two": "-J two.example.com", "*": "-J all.example.com"}
    seen = parsed("machines", tmp_path, *items, ssh_common_args=arguments)
    found = {name: variables["ansible_ssh_common_args"] for name, variables in seen.hosts.items()}
    assert found == {"a": "-J one.example.com", "b": "-J two.example.com", "c": "-J all.example.com"}


def test_one_list_and_selectors(tmp_path: Path) -> None:
    chosen = {"label_selector": "x=1", "field_selector": "metadata.name=a"}
    with FakeServer(answers(*one_cluster())) as server:
        parse("machines", tmp_path, host=server.url, api_key="t", **chosen)
    assert server.seen == ["GET /api", "GET /apis", f"GET {MACHINES}"]
    query = {"labelSelector": "x=1", "fieldSelector": "metadata.name=a", "resourceVersion": "0"}
    assert server.requests[-1].query == query


def test_namespaces(tmp_path: Path) -> None:
    place = "GET /apis/cluster.x-k8s.io/v1beta2/namespaces/{}/machines"
    table = {**answers(), **{place.format(n): Reply(body={"items": [machine(n, namespace=n)]}) for n in ("a", "b")}}
    with FakeServer(table) as server:
        seen = parse("machines", tmp_path, host=server.url, api_key="t", namespaces=["a", "b"], group_by=[])
    assert sorted(seen.hosts) == ["a", "b"]


SAME_NAMES = [machine("a", namespace="one"), machine("a", namespace="two")]
TWO_CLUSTERS = [machine("a", namespace="one", cluster="x"), machine("b", namespace="two", cluster="x")]
BAD_OPTIONS = {
    "misspelt option": (
        {"label_selectors": "x"},
        "'label_selectors' is no option of capi.lifecycle.machines; did you mean 'label_selector'",
    ),
    "misspelt in a connection": (
        {"connections": [{"kubeconfg": "x"}]},
        "'kubeconfg' is no option of connections[0]; did you mean 'kubeconfig'",
    ),
    "wrong type in a connection": (
        {"connections": [{"context": "x", "validate_certs": "perhaps"}]},
        "connections[0]: ",
    ),
    "connection is no mapping": ({"connections": ["~/x.yaml"]}, "connections[0] is '~/x.yaml', wanted: a mapping"),
    "two of one name": ({"connections": [{"context": "x"}, {"name": "x", "host": "y"}]}, "2 of them are called 'x'"),
    "unknown group": ({"group_by": ["roles"]}, "roles"),
    "unknown address type": ({"address_types": ["PublicIP"]}, "PublicIP"),
    "unknown field": ({"host_format": "{nmae}"}, "host_format '{nmae}' holds {nmae}, but can hold only {name}"),
    "attribute in a format": ({"host_format": "{name.__class__}"}, "can hold only {name}"),
    "broken format": ({"host_format": "{name"}, "is no format"),
    "on_unreachable": ({"on_unreachable": "ignore"}, "on_unreachable"),
}


@pytest.mark.parametrize(("options", "words"), BAD_OPTIONS.values(), ids=BAD_OPTIONS)
def test_bad_options_are_named_before_anything_is_asked(options: Any, words: str, tmp_path: Path) -> None:
    with FakeServer(answers(*one_cluster())) as server:
        assert words in refusal("machines", tmp_path, **{"host": server.url, "api_key": "t", **options})
        assert server.seen == []


REFUSED = {
    "two hosts of one name": (
        SAME_NAMES,
        "both get the host name 'a' by host_format '{name}'. Set host_format to '{namespace}-{name}'",
    ),
    "two clusters in a group": (TWO_CLUSTERS, "clusters x/one/x and x/two/x would be in one group, 'cluster_x'"),
}


@pytest.mark.parametrize(("items", "words"), REFUSED.values(), ids=REFUSED)
def test_refused_with_the_remedy(items: Any, words: str, tmp_path: Path) -> None:
    with FakeServer(answers(*items)) as server:
        assert words in refusal("machines", tmp_path, connections=[{"name": "x", "host": server.url, "api_key": "t"}])


def test_the_remedies_work(tmp_path: Path) -> None:
    assert set(parsed("machines", tmp_path, *SAME_NAMES, host_format="{namespace}-{name}", group_by=[]).hosts) == {
        "one-a",
        "two-a",
    }
    apart = "cluster_{management_cluster}_{namespace}_{cluster}"
    seen = parsed("machines", tmp_path, *TWO_CLUSTERS, cluster_group_format=apart, group_by=["cluster"])
    assert len(seen.groups) == 3


def test_what_cannot_be_a_host_is_left_out_and_said(tmp_path: Path) -> None:
    seen = parsed("machines", tmp_path, machine("a"), machine("{{ x }}"), machine("-oProxyCommand=x"), machine("a,b"))
    assert sorted(seen.hosts) == ["a"]
    assert len(seen.warnings) == 3
    assert "'{{ x }}' cannot be the name of a host" in "".join(seen.warnings)


ODD = {"metadata": {"name": "m"}, "status": {"addresses": ["x"]}}
ERRORS = {
    "expired token": ({f"GET {MACHINES}": status(401)}, "does not accept the credentials (expired"),
    "no permission": ({f"GET {MACHINES}": status(403, "machines is forbidden")}, "Ask for this rule in the RBAC"),
    "no Cluster API": (discovery(("v1", "Pod", "pods", True)), "has no Cluster API"),
    "odd objects": ({f"GET {MACHINES}": Reply(body={"items": [ODD]})}, "Machine None/m does not have the shape"),
}


class TestErrors:
    """Each has words of its own, and what to do."""

    @pytest.mark.parametrize(("table", "words"), ERRORS.values(), ids=ERRORS)
    def test_of_the_server(self, table: Any, words: str, tmp_path: Path) -> None:
        with FakeServer({**(answers() if "GET /apis" not in table else {}), **table}) as server:
            said = refusal("machines", tmp_path, host=server.url, api_key="t")
        assert words in said
        assert "Management cluster" in said

    def test_nobody_named_a_cluster(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The account of a Pod is not taken by accident."""
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setattr("kubernetes.config.load_incluster_config", lambda **_: pytest.fail("in-cluster account"))
        assert "No management cluster is named" in refusal("machines", tmp_path)

    def test_in_cluster_where_there_is_none(self, tmp_path: Path) -> None:
        assert "'in-cluster'" in refusal("machines", tmp_path, in_cluster=True)

    def test_nothing_there_is_said(self, tmp_path: Path) -> None:
        seen = parsed("machines", tmp_path, label_selector="env=typo")
        assert seen.hosts == {}
        assert "There is no Machine in http" in seen.warnings[0]
        assert "(label_selector env=typo)" in seen.warnings[0]


class TestSeveral:
    """Two management clusters of which one may be down."""

    def test_both(self, tmp_path: Path) -> None:
        with FakeServer(answers(machine("a"))) as one, FakeServer(answers(machine("a"))) as two:
            entries = [{"name": "one", "host": one.url}, {"name": "two", "host": two.url}]
            options = {"host_format": "{management_cluster}-{name}", "group_by": []}
            seen = parse("machines", tmp_path, api_key="t", connections=entries, **options)
        assert sorted(seen.hosts) == ["one-a", "two-a"]
        assert one.requests[-1].headers["authorization"] == two.requests[-1].headers["authorization"] == "Bearer t"

    def test_the_environment_leads_no_entry_elsewhere(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with FakeServer(answers(machine("a"))) as one:
            monkeypatch.setenv("K8S_AUTH_HOST", "http://127.0.0.1:9")
            monkeypatch.setenv("K8S_AUTH_API_KEY", "of-another")
            (tmp_path / "one.yaml").write_text(kubeconfig(one.url))
            parse("machines", tmp_path, connections=[{"kubeconfig": str(tmp_path / "one.yaml")}])
            assert one.requests[-1].headers["authorization"] == "Bearer t"

    def test_by_the_environment(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with FakeServer(answers(machine("a"))) as one:
            monkeypatch.setenv("K8S_AUTH_HOST", one.url)
            monkeypatch.setenv("K8S_AUTH_API_KEY", "secret")
            assert sorted(parse("machines", tmp_path).hosts) == ["a"]
        assert one.requests[-1].headers["authorization"] == "Bearer secret"

    @pytest.mark.parametrize("policy", ["error", "warn"])
    def test_one_is_down(self, policy: str, tmp_path: Path) -> None:
        with FakeServer(answers(machine("a"))) as one:
            entries = [
                {"name": "down", "kubeconfig": str(tmp_path / "nothing")},
                {"name": "up", "host": one.url, "api_key": "t"},
            ]
            if policy == "error":
                said = refusal("machines", tmp_path, connections=entries)
                assert "Management cluster 'down': kubeconfig" in said
                return
            seen = parse("machines", tmp_path, connections=entries, on_unreachable="warn")
        assert sorted(seen.hosts) == ["a"]
        assert seen.variable("machines", "capi_unreachable") == ["down"]
        assert "Management cluster 'down' is missing in the inventory" in seen.warnings[0]

    def test_all_are_down(self, tmp_path: Path) -> None:
        entries = [{"name": n, "kubeconfig": str(tmp_path / "nothing")} for n in ("x", "y")]
        said = refusal("machines", tmp_path, connections=entries, on_unreachable="warn")
        assert "Management cluster 'x'" in said
        assert "(Nor could be read: y.)" in said


class TestCache:
    """Rows are kept, not objects, and only for the same question."""

    def options(self, folder: Path, url: str, **more: Any) -> dict[str, Any]:
        place = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(folder / "cache")}
        return {**place, "host": url, "api_key": "s3cr3t-t0ken", **more}

    def test_hit_miss_and_flush(self, tmp_path: Path) -> None:
        with FakeServer(answers(machine("a"))) as server:
            options = self.options(tmp_path, server.url)
            first = parse("machines", tmp_path, **options)
            asked = len(server.seen)
            again = parse("machines", tmp_path, **options, group_by=["role"])
            assert len(server.seen) == asked, "from the cache"
            assert first.hosts == again.hosts
            assert set(again.groups) == {"machines", "control_plane"}, "other options for the same rows"
            parse("machines", tmp_path, **{**options, "label_selector": "x=1"})
            assert len(server.seen) == 2 * asked, "another question"

    def test_flush_cache(self, tmp_path: Path) -> None:
        """--flush-cache and refresh_inventory ask again."""
        with FakeServer(answers(machine("a"))) as server:
            options = self.options(tmp_path, server.url)
            for _again in range(2):
                parse("machines", tmp_path, fresh=True, **options)
            assert server.seen.count(f"GET {MACHINES}") == 2

    def test_no_secret_and_no_object_in_it(self, tmp_path: Path) -> None:
        with FakeServer(answers(machine("a"))) as server:
            parse("machines", tmp_path, **self.options(tmp_path, server.url))
        kept = "".join(path.read_text() for path in (tmp_path / "cache").iterdir())
        assert "s3cr3t-t0ken" not in kept
        assert "managedFields" not in kept
        assert json.loads(kept)

    def test_an_incomplete_answer_is_not_kept(self, tmp_path: Path) -> None:
        with FakeServer(answers(machine("a"))) as server:
            entries = [{"name": "down", "kubeconfig": "/nonexistent"}, {"name": "up", "host": server.url}]
            options = self.options(tmp_path, "", on_unreachable="warn", connections=entries)
            del options["host"]
            for _again in range(2):
                parse("machines", tmp_path, **options)
            assert server.seen.count(f"GET {MACHINES}") == 2


FILES = {
    "machines.yml": True,
    "prod.machines.yml": True,
    "prod.machines.yaml": True,
    "prod-machines.yml": True,
    "prod.clusters.yml": False,
    "virtualmachines.yml": False,
    "machines.ini": False,
    "hosts.yml": False,
}


@pytest.mark.parametrize(("name", "ours"), FILES.items())
def test_files(name: str, ours: bool, tmp_path: Path) -> None:
    (tmp_path / name).write_text("plugin: capi.lifecycle.machines\n")
    assert plugin_of("machines").verify_file(str(tmp_path / name)) is ours


def test_a_file_of_another_plugin_is_left_to_it(tmp_path: Path) -> None:
    (tmp_path / "machines.yml").write_text("all: {hosts: {a: }}\n")
    plugin = plugin_of("machines")
    with pytest.raises(AnsibleError, match="Incorrect plugin name in file"):
        plugin.parse(InventoryData(), DataLoader(), str(tmp_path / "machines.yml"))
