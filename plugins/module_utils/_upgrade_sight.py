# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What an upgrade is judged by, what a step is, and the gate before every step. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Union

from ._errors import Refused
from ._fields import value_at, version_at
from ._objects import Object, condition, dig, name_of
from ._parts import Parts, is_managed
from ._preflight import MAX_SKEW
from ._progress import reason_of
from ._releases import upgrade_path
from ._rollout import control_plane_missing
from ._topology import Marks
from ._upgrade_wish import UpgradeWish, short_name
from ._versions import Version, is_version, parse_version


@dataclass(frozen=True)
class Sight:
    """What the step is judged by: the cluster's parts, and the live machine template of each owner by owner's name."""

    parts: Parts
    templates: Mapping[str, Object] = field(default_factory=dict)
    class_versions: tuple[str, ...] = ()  # spec.kubernetesVersions of the ClusterClass


@dataclass(frozen=True)
class Step:
    """One write (after the template's): what changes on which object, and why its machines are replaced."""

    owner: Object
    title: str  # control plane, node pool x, topology
    was: str
    version: str
    reasons: tuple[str, ...]
    template: Object | None = None
    rollout_after: str = ""
    marks: Marks = field(default_factory=Marks)  # of a topology: which node pools wait
    variables: Mapping[str, Any] = field(default_factory=dict)  # of a topology


@dataclass(frozen=True)
class Waiting:
    """Something moves, or must be well first."""

    why: str


@dataclass(frozen=True)
class Done:
    """Nothing is left to do; ``behind`` are node pools that this run was not to touch, by name."""

    behind: tuple[str, ...] = ()
    paused: bool = False  # the rest is for another run (pause_between)


Decision = Union[Step, Waiting, Done]


def version_of(owner: Object) -> Version:
    """The version that an owner asks for. Raises Refused where it has none: nothing can be judged then."""
    text = value_at(owner, version_at(owner))
    if isinstance(text, str) and not is_version(text) and is_version(f"{text}.0") and is_managed(owner):
        text = f"{text}.0"  # a managed control plane may ask for a minor version alone
    if not isinstance(text, str) or not is_version(text):
        raise Refused(
            f"{owner['kind']} {name_of(owner)} has no version at {'.'.join(version_at(owner))} (found {text!r}), so "
            "its upgrade cannot be judged. Nothing was changed."
        )
    return parse_version(text)


def live_version(parts: Parts) -> Version:
    """The version that the cluster's topology or control plane asks for."""
    if dig(parts.cluster, "spec", "topology"):
        return version_of(parts.cluster)
    if not parts.control_plane:
        raise Refused(f"Cluster {name_of(parts.cluster)} has no control plane object yet: wait until it is created.")
    return version_of(parts.control_plane)


def hops(parts: Parts, wish: UpgradeWish, place: str = "releases.kubernetes") -> tuple[Version, ...]:
    """The versions that the control plane has still to go through; ``place`` is where the known ones come from."""
    live = live_version(parts)
    return upgrade_path(live, wish.target, wish.path, wish.releases, place) if wish.target else ()


def refuse_skew(pools: Iterable[Object], wish: UpgradeWish, after: Version) -> None:
    """Node pools that this run may not touch must bear the control plane's next version."""
    for pool in pools:
        held = version_of(pool)
        if after.minor - held.minor > MAX_SKEW:
            raise Refused(
                f"{wish.title}: node pool {short_name(pool, wish.name)} is at {held} and is left out of this run, but "
                f"nodes may be at most {MAX_SKEW} minors older than the control plane ({after} would be next). "
                "Upgrade it first, or name it in node_pools."
            )


def unwell(parts: Parts) -> Iterator[str]:
    """The gate before every step: the control plane is whole, its etcd too, and the cluster can be reached."""
    yield from control_plane_missing(parts)
    checks = ((parts.cluster, "RemoteConnectionProbe"), (parts.cluster, "ControlPlaneAvailable"))
    plane = parts.control_plane
    own = ((plane, "EtcdClusterHealthy"), (plane, "ControlPlaneComponentsHealthy")) if plane else ()
    for item, kind in (*checks, *own):
        found = condition(item, kind)
        if found and found.get("status") != "True":
            yield f"{kind}: {reason_of(found)}"
