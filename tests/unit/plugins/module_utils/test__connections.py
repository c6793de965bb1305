# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which management clusters are meant, what they are called, and what the environment may add."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._connections import Target, read_all, targets
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import (
    CapiError,
    Forbidden,
    InvalidInput,
    Refused,
    Unreachable,
)

NAMES: dict[str, tuple[dict[str, Any], str]] = {
    "by name": ({"name": "x", "context": "c", "kubeconfig": "~/a.yaml"}, "x"),
    "by context": ({"context": "c", "kubeconfig": "~/a.yaml"}, "c"),
    "by host": ({"host": "https://h:6443"}, "https://h:6443"),
    "by file": ({"kubeconfig": "~/clusters/prod.yaml"}, "prod"),
    "by folder": ({"kubeconfig": "~/sandboxes/dev/kubeconfig"}, "dev"),
    "a mapping": ({"kubeconfig": {"clusters": []}}, "in-cluster"),
    "in a Pod": ({"in_cluster": True}, "in-cluster"),
}


@pytest.mark.parametrize(("options", "name"), NAMES.values(), ids=NAMES)
def test_names(options: dict[str, Any], name: str) -> None:
    if isinstance(options.get("kubeconfig"), dict):
        options, name = {**options, "name": "m"}, "m"
    assert [target.name for target in targets({}, [options])] == [name]


def test_what_is_said_for_all_and_by_one() -> None:
    shared = {"kubeconfig": "~/fleet.yaml", "namespaces": ["a"], "label_selector": "", "api_key": None}
    one, two = targets(shared, [{"context": "one"}, {"context": "two", "namespaces": ["b"]}])
    assert one.params == {"kubeconfig": "~/fleet.yaml", "context": "one", "namespaces": ["a"]}
    assert two.params == {"kubeconfig": "~/fleet.yaml", "context": "two", "namespaces": ["b"]}


@pytest.mark.parametrize(
    ("shared", "entries", "environment"),
    [
        ({"kubeconfig": "x"}, [], True),
        ({}, [{"kubeconfig": "x"}], False),
        ({"in_cluster": True}, [], False),
        ({}, [{"in_cluster": True}], False),
        ({}, [{"namespaces": ["a"]}], True),
        ({}, [], True),
    ],
)
def test_what_the_environment_may_add(
    shared: Any, entries: Any, environment: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("K8S_AUTH_HOST", "https://h")
    assert [target.environment for target in targets(shared, entries)] == [environment]


def test_the_default_file_is_taken_and_an_account_of_a_pod_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(Refused, match="No management cluster is named"):
        targets({}, [])
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube/config").write_text("{}")
    assert targets({}, [])[0].params == {"kubeconfig": "~/.kube/config"}


def test_two_of_one_name() -> None:
    with pytest.raises(InvalidInput, match="2 of them are called 'a'"):
        targets({}, [{"name": "a", "host": "x"}, {"name": "a", "host": "y"}])


class TestReading:
    """One error or several, and what is left."""

    WANTED = tuple(Target(name, {"host": "http://127.0.0.1:9", "api_key": "t"}, False) for name in ("a", "b", "c"))

    def read(self, failing: dict[str, CapiError], *, tolerant: bool) -> Any:
        def rows(kube: Any, target: Target) -> list[dict[str, Any]]:
            if target.name in failing:
                raise failing[target.name]
            return [{"name": target.name}]

        return read_all(self.WANTED, rows, tolerant=tolerant, report=lambda line: None)

    def test_all(self) -> None:
        assert [row["name"] for row in self.read({}, tolerant=False).rows] == ["a", "b", "c"]

    def test_an_error_stays_what_it_is(self) -> None:
        with pytest.raises(Forbidden, match="Management cluster 'b': no") as caught:
            self.read({"b": Forbidden("no", status=403)}, tolerant=False)
        assert caught.value.details == {"status": 403}

    def test_some(self) -> None:
        found = self.read({"b": Unreachable("down")}, tolerant=True)
        assert [row["name"] for row in found.rows] == ["a", "c"]
        assert found.failures == {"b": "down"}

    def test_none(self) -> None:
        with pytest.raises(Unreachable, match=r"Management cluster 'a': down \(Nor could be read: b, c\.\)"):
            self.read({name: Unreachable("down") for name in "abc"}, tolerant=True)
