# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each example becomes, object by object, and that the released CRDs of its provider take it.

`WRITE_GOLDEN=1 pytest tests/unit/roles/cluster/test_golden.py` writes the golden files anew: read their diff.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
import yaml
from descriptions import EXAMPLES, example, examples, judged, rendered
from provider_crds import DOCUMENTED, SOURCES, Unavailable, documented, schemas
from strict_schema import Kind, complaints

EVERY = pytest.mark.parametrize("name", examples())


def golden(name: str) -> list[Any]:
    return list(yaml.safe_load((EXAMPLES / f"{name}.golden.yml").read_text()))


class Indented(yaml.SafeDumper):
    """Lists stand in from their key, as yamllint wants them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def write_golden(name: str, objects: list[Any]) -> None:
    head = "---\n# Made by test_golden.py from the example of this name. What changes here changes machines.\n"
    text = yaml.dump(objects, Dumper=Indented, sort_keys=False, width=120)
    (EXAMPLES / f"{name}.golden.yml").write_text(head + text)


def strict(objects: list[Any], known: dict[Kind, Any]) -> list[str]:
    """Complaints of all objects whose kind is of Cluster API; Secrets and ConfigMaps are everybody's."""
    found = []
    for item in (o for o in objects if "/" in o["apiVersion"]):
        schema = known.get((item["apiVersion"], item["kind"]))
        found += complaints(item, schema) if schema else [f"no CRD has {item['apiVersion']} {item['kind']}"]
    return found


def released(source: str) -> dict[Kind, Any]:
    try:
        return schemas(source)
    except Unavailable as error:
        pytest.skip(f"the released CRDs of {source} {SOURCES[source]['version']}: {error}")


@EVERY
def test_an_example_becomes_its_golden_objects(name: str) -> None:
    found = rendered(example(name))
    if os.environ.get("WRITE_GOLDEN"):
        write_golden(name, found)
    assert found == golden(name)


@EVERY
def test_released_crds_take_the_golden_objects(name: str) -> None:
    known = {**released("core"), **released(example(name)["cluster_provider"])}
    assert strict(golden(name), known) == []


@EVERY
def test_a_misspelt_field_would_be_seen(name: str) -> None:
    """The check can fail: every object of Cluster API complains of a field that is one letter short."""
    known = {**released("core"), **released(example(name)["cluster_provider"])}
    for item in (o for o in golden(name) if "/" in o["apiVersion"] and o.get("spec")):
        key = next(iter(item["spec"]))
        item["spec"][key[:-1]] = item["spec"][key]
        assert any(key[:-1] in line for line in strict([item], known)), item["kind"]


@pytest.mark.parametrize("name", [n for n in examples() if example(n)["cluster_provider"] in DOCUMENTED])
def test_documented_fields_take_the_golden_objects(name: str) -> None:
    """For providers whose CRDs cannot be had from everywhere: the fields that our templates write, and no other."""
    known = documented(example(name)["cluster_provider"])
    objects = [item for item in golden(name) if item["kind"] in {kind for _api, kind in known}]
    assert objects
    assert strict(objects, known) == []


@EVERY
def test_an_example_has_no_findings(name: str) -> None:
    assert judged(example(name))["findings"] == []
