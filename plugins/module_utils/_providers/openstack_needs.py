# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What clusters on OpenStack need, by their descriptions. Pure.

Facts: cluster-api-provider-openstack, docs/book/src/clusteropenstack; names of what it makes: pkg/cloud/services.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._objects import close_matches
from .description import Described, Group, Reader, read_descriptions, refuse_wrong

API_LOAD_BALANCERS = ("octavia", "none")
OLDEST_MICROVERSION = (2, 60)  # of Nova, that the provider uses


@dataclass(frozen=True)
class Picture:
    """An image by id, or by name and tags; exactly one must fit."""

    id: str = ""
    name: str = ""
    tags: tuple[str, ...] = ()

    def __str__(self) -> str:
        named = f"{self.name!r}" if self.name else ""
        tagged = f"tagged {', '.join(self.tags)}" if self.tags else ""
        return self.id or " ".join(part for part in (named, tagged) if part)


@dataclass(frozen=True)
class OpenStackWish:
    """One cluster, as OpenStack will see it."""

    name: str
    namespace: str
    versions: tuple[str, ...]
    groups: tuple[Group, ...]
    image: Picture
    key: str
    external: str
    octavia: bool
    given_network: bool
    zones: tuple[str, ...]

    @property
    def flavors(self) -> list[str]:
        return sorted({flavor_of(g) for g in self.groups} - {""})

    @property
    def network(self) -> str:
        """The name of the network that the provider makes."""
        return f"k8s-clusterapi-cluster-{self.namespace}-{self.name}"

    def owns(self, server: Mapping[str, Any]) -> bool:
        """By its name: machines are named after their cluster."""
        return str(server.get("name")).startswith(f"{self.name}-")


def flavor_of(group: Group) -> str:
    return str(group.options.get("flavor") or group.options.get("instance_type") or "")


def volume_gib(group: Group) -> int:
    """Size of the root volume; 0 where the disk is the flavor's."""
    return int(group.options.get("root_volume_gib") or 0)


def openstack_wishes(clusters: Sequence[Mapping[str, Any]], cloud: str) -> list[OpenStackWish]:
    """The clusters of a task. Raises InvalidInput with everything that is missing or contradicts itself."""
    wrong: list[str] = []
    found = [_wish(one, cloud, wrong) for one in read_descriptions(clusters, "openstack", wrong)]
    refuse_wrong(wrong)
    return found


def _wish(one: Described, cloud: str, wrong: list[str]) -> OpenStackWish:
    reader, own = Reader(one.name, wrong), one.cloud
    image, balancer = reader.section(own, "image"), reader.text(own, "api_load_balancer", "octavia")
    wish = OpenStackWish(
        name=one.name,
        namespace=one.namespace,
        versions=one.versions,
        groups=one.groups,
        image=Picture(reader.text(image, "id"), reader.text(image, "name"), reader.texts(image, "tags")),
        key=reader.text(own, "ssh_key_name"),
        external=reader.text(own, "external_network_id"),
        octavia=balancer == "octavia",
        given_network=bool(reader.text(own, "network_id")),
        zones=tuple(dict.fromkeys([*reader.texts(own, "zones"), *_zones_of_pools(one)])),
    )
    wrong += _contradictions(wish, reader.text(own, "cloud", cloud), cloud, balancer)
    return wish


def _zones_of_pools(one: Described) -> list[str]:
    named = [g.options.get("zones") for g in one.groups]
    return [str(zone) for zones in named if isinstance(zones, list) for zone in zones]


def _contradictions(wish: OpenStackWish, its_cloud: str, cloud: str, balancer: str) -> Iterable[str]:
    if its_cloud != cloud:
        yield f"{wish.name}: openstack.cloud is {its_cloud!r}, and the task asks {cloud!r}; wanted is one task a cloud"
    if balancer not in API_LOAD_BALANCERS:
        near = close_matches(balancer, API_LOAD_BALANCERS)
        yield f"{wish.name}: openstack.api_load_balancer is {balancer!r}{near} (there are octavia, none)"
    if not str(wish.image):
        yield f"{wish.name}: openstack.image is missing; wanted is a map with id, or with name or tags"
    for group in wish.groups:
        if not flavor_of(group):
            yield f"{wish.name}: {group.title} has no flavor"
