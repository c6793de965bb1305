# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Short descriptions as the role `cluster` makes objects of them, without Ansible around it; and examples of them."""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
import yaml
from ansible_collections.capi.lifecycle.plugins.module_utils._description import judge_description, whole_schema
from ansible_collections.capi.lifecycle.plugins.module_utils._objects import Object
from ansible_collections.capi.lifecycle.plugins.module_utils._overrides import overridden
from ansible_collections.capi.lifecycle.plugins.module_utils._sources import parse_manifests

CHECKOUT = Path(__file__).resolve().parents[2]
ROLE = CHECKOUT / "roles/cluster"
EXAMPLES = Path(__file__).parent / "roles/cluster/examples"  # <example>.yml: variables of a host; <example>.golden.yml
DEFAULTS = yaml.safe_load((ROLE / "defaults/main.yml").read_text())
COMMON = (
    "cluster_kubernetes_version",
    "cluster_network",
    "cluster_labels",
    "cluster_control_plane",
    "cluster_node_pools",
)


def examples() -> list[str]:
    return sorted(p.stem for p in EXAMPLES.glob("*.yml") if not p.name.endswith(".golden.yml"))


def example(name: str) -> dict[str, Any]:
    return yaml.safe_load((EXAMPLES / f"{name}.yml").read_text())


@functools.cache
def schema(flavored: str) -> Mapping[str, Any]:
    own, shared = (json.loads((ROLE / f"files/schemas/{name}.json").read_text()) for name in (flavored, "shared"))
    return whole_schema(own, shared)


@functools.cache
def environment() -> jinja2.Environment:
    """Jinja as Ansible's lookup `template` sets it up."""
    found = jinja2.Environment(  # noqa: S701 - it makes YAML
        trim_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        loader=jinja2.FileSystemLoader(ROLE / "templates"),
    )
    found.filters.update(to_json=json.dumps, b64encode=lambda text: base64.b64encode(text.encode()).decode())
    return found


def flavored(variables: Mapping[str, Any]) -> str:
    flavor = variables.get("cluster_flavor", "")
    return f"{variables['cluster_provider']}-{flavor}" if flavor else str(variables["cluster_provider"])


def judged(variables: Mapping[str, Any], name: str = "prod") -> Object:
    """What the filter `cluster_description` makes of a host's variables."""
    own = f"cluster_{variables['cluster_provider']}"
    whole = {**DEFAULTS, **variables}
    described = {key: whole[key] for key in (*COMMON, own) if key in whole}
    return judge_description(
        described,
        schema(flavored(variables)),
        name=name,
        addons=whole["cluster_addons"],
        credentials=list(whole["cluster_credentials"]),
    )


def rendered(variables: Mapping[str, Any], name: str = "prod", namespace: str = "clusters") -> list[Object]:
    """The objects, patches included. The description must be right."""
    found = judged(variables, name)
    assert found["findings"] == []
    whole = {**DEFAULTS, **variables, **found["description"], "cluster_name": name, "cluster_namespace": namespace}
    path = f"{variables['cluster_provider']}/{variables.get('cluster_flavor') or 'cluster'}.yaml.j2"
    made = parse_manifests(environment().get_template(path).render(whole), path)
    pools = found["description"]["cluster_node_pools"]
    objects, findings = overridden(made, whole["cluster_overrides"], name, pools)
    assert findings == []
    return objects
