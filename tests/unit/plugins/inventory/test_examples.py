# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example of the inventory plugins runs, those of documents and of inventories/ included; options agree."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.capi.lifecycle.plugins.module_utils._connections import CONNECTION
from builders import cluster, machine
from fake_server import FakeServer
from inventory_ground import CHECKOUT, answers, documented, parse
from test_documents import BLOCK

KINDS = ("machines", "clusters")
WHERE = ("kubeconfig", "context", "host", "api_key", "ca_cert")


def examples() -> list[Any]:
    texts = [examples_of(kind) for kind in KINDS]
    for path in sorted(CHECKOUT.glob("docs/*.md")):
        texts += [
            block["text"] for block in BLOCK.finditer(path.read_text()) if "plugin: capi.lifecycle." in block["text"]
        ]
    texts += [path.read_text() for kind in KINDS for path in sorted(CHECKOUT.glob(f"inventories/*/*.{kind}.yml"))]
    return [found for text in texts for found in yaml.safe_load_all(text)]


def examples_of(kind: str) -> str:
    tree = ast.parse((CHECKOUT / f"plugins/inventory/{kind}.py").read_text())
    assigned = {node.targets[0].id: node.value for node in tree.body if isinstance(node, ast.Assign)}  # type: ignore[attr-defined]
    return str(ast.literal_eval(assigned["EXAMPLES"]))


@pytest.mark.parametrize("example", examples(), ids=str)
def test_it_runs(example: dict[str, Any], tmp_path: Path) -> None:
    """Against a server of ours, and without a cache on this machine."""
    kind = example["plugin"].rpartition(".")[2]
    options = {name: value for name, value in example.items() if name not in ("plugin", *WHERE) and "cache" not in name}
    spaces = namespaces_of(example)
    items = [cluster("a", labels={"env": "prod", "tier": "web"}), machine("m", cluster="a", labels=RACK)]
    table = answers(*items)
    for line in [line for line in table if "cluster.x-k8s.io/v1beta2/" in line]:
        table |= {line.replace("v1beta2/", f"v1beta2/namespaces/{space}/"): table[line] for space in spaces}
    with FakeServer(table) as server:
        if "connections" in options:
            options["connections"] = [reached(entry, server.url) for entry in options["connections"]]
        else:
            options |= {"host": server.url, "api_key": "t"}
        seen = parse(kind, tmp_path, **options)
    assert len(seen.hosts) == max(1, len(example.get("connections", [])))
    assert len(seen.groups) > len(KINDS)


RACK = {"node.example.com/rack": "r7"}


def reached(entry: dict[str, Any], url: str) -> dict[str, Any]:
    return {**{name: value for name, value in entry.items() if name not in WHERE}, "host": url, "api_key": "t"}


def namespaces_of(example: dict[str, Any]) -> list[str]:
    return [space for entry in [example, *example.get("connections", [])] for space in entry.get("namespaces", [])]


def test_the_options_of_a_connection_are_documented() -> None:
    for kind in KINDS:
        told = documented(f"capi.lifecycle.{kind}")["connections"]["suboptions"]
        assert set(told) == set(CONNECTION)
        for name, option in told.items():
            assert set(option.get("aliases", [])) == set(CONNECTION[name].get("aliases", [])), name
