# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. A cluster's short description, as the role capi.lifecycle.cluster takes it, for any cloud. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._errors import InvalidInput
from .._versions import is_version

_SHORT = re.compile(r"v\d+\.\d+")  # what managed control planes take


@dataclass(frozen=True)
class Group:
    """Machines that are alike: the control plane, or a node pool at its greatest size.

    ``parts`` is how many MachineDeployments a node pool becomes: one for each place of its machines.
    """

    title: str
    count: int
    options: Mapping[str, Any]
    is_control_plane: bool = False
    parts: int = 1

    @property
    def most(self) -> int:
        """How many there are at once while they are replaced: maxSurge is 1, of the control plane and of each part."""
        return self.count + min(self.parts, self.count)


@dataclass(frozen=True)
class Described:
    """One cluster; ``cloud`` is its section for the provider, ``versions`` are those that images are needed of."""

    name: str
    namespace: str
    flavor: str
    versions: tuple[str, ...]
    groups: tuple[Group, ...]
    cloud: Mapping[str, Any]


@dataclass
class Reader:
    """Takes values out of a description, and collects what is wrong with them."""

    where: str
    wrong: list[str]

    def text(self, source: Mapping[str, Any], key: str, default: str = "") -> str:
        return str(self._of_type(source, key, str, default))

    def number(self, source: Mapping[str, Any], key: str, default: int = 0) -> int:
        return int(self._of_type(source, key, int, default))

    def section(self, source: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._of_type(source, key, Mapping, {})
        return found

    def texts(self, source: Mapping[str, Any], key: str) -> tuple[str, ...]:
        return tuple(str(part) for part in self._of_type(source, key, list, []))

    def ids(self, source: Mapping[str, Any], key: str) -> tuple[str, ...]:
        """Texts, or maps that have an ``id``."""
        found = self._of_type(source, key, list, [])
        return tuple(str(part.get("id") if isinstance(part, Mapping) else part) for part in found)

    def needed(self, value: Any, key: str) -> None:
        if not value:
            self.wrong.append(f"{self.where}: {key} is missing")

    def _of_type(self, source: Mapping[str, Any], key: str, kind: Any, default: Any) -> Any:
        value = source.get(key)
        if value is None:
            return default
        if not isinstance(value, kind) or isinstance(value, bool):
            words = {str: "a text", int: "a number", list: "a list"}.get(kind, "a map")
            self.wrong.append(f"{self.where}: {key} is {value!r}, wanted is {words}")
            return default
        return value


def read_descriptions(clusters: Sequence[Mapping[str, Any]], section: str, wrong: list[str]) -> list[Described]:
    """The clusters of a task; what cannot be read of them goes into ``wrong``."""
    return [_described(one, number, section, wrong) for number, one in enumerate(clusters, 1)]


def refuse_wrong(wrong: Sequence[str]) -> None:
    """Raise InvalidInput with everything that is wrong."""
    if wrong:
        told = "\n".join(f"- {words}" for words in wrong)
        raise InvalidInput(f"{len(wrong)} findings in clusters, nothing was asked:\n{told}", findings=list(wrong))


def _described(one: Mapping[str, Any], number: int, section: str, wrong: list[str]) -> Described:
    reader = Reader(str(one.get("name") or f"entry {number}"), wrong)
    version = reader.text(one, "kubernetes_version")
    versions = reader.texts(one, "versions") or ((version,) if version else ())
    reader.needed(one.get("name"), "name")
    reader.needed(versions, "kubernetes_version")
    reader.needed(one.get(section), section)
    wrong += [
        f"{reader.where}: {v!r} is no version such as v1.36.3"
        for v in versions
        if not is_version(v) and not _SHORT.fullmatch(v)
    ]
    return Described(
        name=reader.where,
        namespace=reader.text(one, "namespace", "default"),
        flavor=reader.text(one, "flavor"),
        versions=versions,
        groups=_groups(reader, one, reader.section(one, section)),
        cloud=reader.section(one, section),
    )


def _groups(reader: Reader, one: Mapping[str, Any], cloud: Mapping[str, Any]) -> tuple[Group, ...]:
    plane, groups = reader.section(one, "control_plane"), []
    if plane:
        groups.append(Group("control plane", reader.number(plane, "replicas", 1), plane, is_control_plane=True))
    for number, pool in enumerate(one.get("node_pools") or (), 1):
        if not isinstance(pool, Mapping):
            reader.wrong.append(f"{reader.where}: entry {number} of node_pools is {pool!r}, wanted is a map")
            continue
        name = reader.text(pool, "name", str(number))
        inside = Reader(f"{reader.where}, node pool {name}", reader.wrong)
        bounds = inside.section(pool, "autoscaler") or inside.section(
            pool, "autoscale"
        )  # the role scale says the first
        most = inside.number(bounds, "max")
        count = most or inside.number(pool, "replicas", 1)
        places = pool.get("zones") or cloud.get("private_subnets") or cloud.get("zones") or [""]
        groups.append(Group(f"node pool {name}", count, pool, parts=len(places) if isinstance(places, list) else 1))
    return tuple(groups)
