# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hundred short descriptions to objects, and these against the released CRDs, beside PyYAML reading as many."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from descriptions import EXAMPLES, example, judged, rendered
from figures import measured, show
from provider_crds import Unavailable, schemas
from strict_schema import complaints

DESCRIPTIONS = 100
PROVIDERS = ("aws", "azure", "openstack", "vsphere", "metal3")


def test_descriptions() -> None:
    """One in five is of each provider; needs no sandbox."""
    wishes = [example(PROVIDERS[number % len(PROVIDERS)]) for number in range(DESCRIPTIONS)]
    names = [f"c{number}" for number in range(DESCRIPTIONS)]
    made: list[list[Any]] = []
    texts = [(EXAMPLES / f"{wish['cluster_provider']}.golden.yml").read_text() for wish in wishes]

    def check() -> None:
        for wish, objects in zip(wishes, made, strict=True):
            known = {**released["core"], **released[wish["cluster_provider"]]}
            for item in (o for o in objects if (o["apiVersion"], o["kind"]) in known):
                assert complaints(item, known[item["apiVersion"], item["kind"]]) == []

    rendered(wishes[0])  # compiles the templates
    try:
        released = {source: crds(source) for source in (*PROVIDERS, "core")}
    except Unavailable as error:
        pytest.skip(str(error))
    show(
        f"{DESCRIPTIONS} descriptions of {len(PROVIDERS)} providers",
        measured("judge them", lambda: [judged(wish, name) for wish, name in zip(wishes, names, strict=True)]),
        measured("judge, make objects", lambda: made.extend(map(rendered, wishes, names))),
        measured("objects against released CRDs", check),
        measured("PyYAML: read as many objects", lambda: [yaml.safe_load(text) for text in texts]),
    )


def crds(source: str) -> dict[Any, Any]:
    """Those of Metal3 cannot be downloaded everywhere."""
    try:
        return schemas(source)
    except Unavailable:
        if source == "metal3":
            return {}
        raise
