# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What an upgrade checks before it writes, one function a check. Pure; the table is in _upgrade_preflight."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ._checks import Unknown
from ._describe import certificates_days
from ._fields import drain_timeout_at, has_machine_template, machine_template_at, value_at, version_at
from ._objects import Object, condition, dig, is_deleting, is_true, name_of
from ._ownership import appliers_of, autoscaled, gitops_owner, held_objects, paused_objects
from ._parts import is_managed
from ._plan import Plan
from ._preflight import MAX_SKEW
from ._progress import machine_trouble
from ._provider_health import deployment_trouble, place_of
from ._releases import knows_range, outside_range, why_bad
from ._topology import DEFER, OURS
from ._upgrade_sight import Sight, version_of
from ._upgrade_wish import UpgradeWish, chosen
from ._versions import Version, is_version, parse_version

_DAYS_LEFT = 1  # certificates that end within a run leave it stuck
MOST_UNHEALTHY = 40  # percent of machines that a health check may replace at once (CAPI book, healthchecking)


@dataclass(frozen=True)
class UpgradeGround:
    """What the checks look at. None: could not be read, for the reason in ``unread``."""

    sight: Sight
    wish: UpgradeWish
    plan: Plan
    now: datetime
    core: str | None = None  # release of Cluster API
    deployments: Sequence[Object] | None = None
    health_checks: Sequence[Object] | None = None
    templates: Mapping[str, Object | None] = field(default_factory=dict)  # machine templates by owner's name
    refused: str = ""  # the server's words against a dry run of the first write
    budgets: Sequence[str] | None = None  # what a drain will run into, in words
    unread: Mapping[str, str] = field(default_factory=dict)

    @property
    def owners(self) -> list[Object]:
        """The control plane and the node pools that the wish means."""
        plane = self.sight.parts.control_plane
        return [*([plane] if plane else []), *chosen(self.sight.parts, self.wish)]

    @property
    def versions(self) -> list[Version]:
        """The versions that machines will come up with."""
        return sorted({parse_version(s.version) for s in self.plan.steps if is_version(s.version)})

    def read(self, name: str) -> Any:
        found = getattr(self, name)
        if found is None:
            raise Unknown(self.unread.get(name, f"{name} were not read"))
        return found


def _named(item: Mapping[str, Any]) -> str:
    return f"{item['kind']} {name_of(item)}"


def check_paused(ground: UpgradeGround) -> Iterator[str]:
    for item in paused_objects([ground.sight.parts.cluster, *ground.owners]):
        yield f"{item['kind']} {item['name']} is paused, so nothing would happen to it."


def check_field_owners(ground: UpgradeGround) -> Iterator[str]:
    for write in ground.plan.writes:
        others = appliers_of(write.owner, [str(step) for step in version_at(write.owner)])
        if others and write.was != write.version:
            words = f"{', '.join(others)} states its version by server-side apply, and would take it back."
            yield f"{_named(write.owner)}: {words}"


def check_deleting(ground: UpgradeGround) -> Iterator[str]:
    yield from (
        f"{_named(o)} is being deleted." for o in (ground.sight.parts.cluster, *ground.owners) if is_deleting(o)
    )


def check_held(ground: UpgradeGround) -> Iterator[str]:
    for item in held_objects(ground.sight.parts.cluster, chosen(ground.sight.parts, ground.wish)):
        if item["annotation"] != DEFER:
            yield f"{item['kind']} {item['name']} has the annotation {item['annotation']}, which holds the upgrade."


def check_deferred(ground: UpgradeGround) -> Iterator[str]:
    pools = chosen(ground.sight.parts, ground.wish)
    ours = {name_of(p) for p in pools if OURS in dig(p, "metadata", "annotations", default={})}
    for item in held_objects(ground.sight.parts.cluster, pools):
        if item["annotation"] == DEFER and item["name"] not in ours:
            yield f"{item['kind']} {item['name']} has the annotation {DEFER}: it will stay behind."


def check_gitops(ground: UpgradeGround) -> Iterator[str]:
    found = gitops_owner([ground.sight.parts.cluster, *ground.owners])
    if found:
        yield f"{found['tool']} writes this cluster ({found['sign']}) and would undo the upgrade."


def check_autoscaled(ground: UpgradeGround) -> Iterator[str]:
    for pool in chosen(ground.sight.parts, ground.wish):
        if autoscaled(pool):
            yield f"{_named(pool)} is sized by an autoscaler, which may remove new machines in mid-rollout."


def check_range(ground: UpgradeGround) -> Iterator[str]:
    core = _core(ground)
    if not knows_range(core, ground.wish.releases):
        raise Unknown(f"nothing is known of the versions that Cluster API {core} supports (releases.supported)")
    found = ((v, outside_range(v, core, ground.wish.releases)) for v in ground.versions)
    yield from (f"{words}; {v} would be installed." for v, words in found if words)


def check_known_bad(ground: UpgradeGround) -> Iterator[str]:
    core = _core(ground)
    yield from (f"{words}." for v in ground.versions if (words := why_bad(v, core, ground.wish.releases)))


def _core(ground: UpgradeGround) -> Version:
    text = str(ground.read("core"))
    if not is_version(text):
        raise Unknown(f"the release of Cluster API is told as {text!r}, which is no version")
    return parse_version(text)


def check_skew(ground: UpgradeGround) -> Iterator[str]:
    plane = ground.sight.parts.control_plane
    for pool in ground.sight.parts.pools if plane else ():
        held, top = version_of(pool), version_of(plane or pool)
        if held > top:
            yield f"{_named(pool)} is at {held}, newer than the control plane ({top})."
        elif top.minor - held.minor > MAX_SKEW:
            yield f"{_named(pool)} is at {held}, more than {MAX_SKEW} minors older than the control plane ({top})."


def _is_moving(ground: UpgradeGround, owner: Object) -> bool:
    """A rollout that runs already: its machines come and go, and the run waits for it."""
    parts = ground.sight.parts
    there = parts.machines_of_owner(owner)
    rolling = any(condition(owner, kind).get("status") == "True" for kind in ("RollingOut", "ScalingUp", "ScalingDown"))
    return rolling or any(is_deleting(m) or dig(m, "spec", "version") != str(version_of(owner)) for m in there)


def check_machines(ground: UpgradeGround) -> Iterator[str]:
    parts = ground.sight.parts
    for owner in ground.owners:
        if not _is_moving(ground, owner):
            for machine in parts.machines_of_owner(owner):
                if not is_true(machine, "Ready"):
                    yield f"Machine {name_of(machine)} is not Ready ({machine_trouble(machine)})."


def check_control_plane(ground: UpgradeGround) -> Iterator[str]:
    plane = ground.sight.parts.control_plane
    if plane is None:
        yield f"Cluster {ground.wish.title} has no control plane object yet."
        return
    for kind in ("EtcdClusterHealthy", "ControlPlaneComponentsHealthy"):
        found = condition(plane, kind)
        if found.get("status") == "False" and not _is_moving(ground, plane):
            yield f"{_named(plane)}: {kind} is False ({' '.join(str(found.get('message', '')).split())})."


def check_etcd(ground: UpgradeGround) -> Iterator[str]:
    plane = ground.sight.parts.control_plane
    if not plane or is_managed(plane) or _is_moving(ground, plane):
        return
    machines = ground.sight.parts.machines_of(None)
    told = [m for m in machines if condition(m, "EtcdMemberHealthy")]
    well = [m for m in told if condition(m, "EtcdMemberHealthy").get("status") == "True"]
    wanted = int(dig(plane, "spec", "replicas"))
    if told and len(well) != wanted:
        sick = [name_of(m) for m in machines if m not in well]
        yield f"{_named(plane)} has {len(well)} healthy etcd members, wanted {wanted} (not: {', '.join(sick)})."


def check_certificates(ground: UpgradeGround) -> Iterator[str]:
    days = certificates_days(ground.sight.parts.machines, ground.now)
    if days is not None and days < _DAYS_LEFT:
        yield f"A certificate of the control plane of {ground.wish.title} ends in {days} days."


def check_health_checks(ground: UpgradeGround) -> Iterator[str]:
    for check in ground.read("health_checks"):
        limit = dig(check, "spec", "remediation", "triggerIf", "unhealthyLessThanOrEqualTo")
        limit = limit or dig(check, "spec", "maxUnhealthy", default="100%")
        ranged = dig(check, "spec", "remediation", "triggerIf", "unhealthyInRange") or dig(
            check, "spec", "unhealthyRange"
        )
        number = int(str(limit).rstrip("%")) if str(limit).rstrip("%").isdigit() else 0
        if not ranged and str(limit).endswith("%") and number > MOST_UNHEALTHY:
            yield f"MachineHealthCheck {name_of(check)} may replace {limit} of its machines at once."


def check_drain(ground: UpgradeGround) -> Iterator[str]:
    owners = [o for o in ground.owners if has_machine_template(o)] if ground.wish.drain_timeout is None else []
    for owner in owners:
        machines = ground.sight.parts.machines_of_owner(owner)
        if machines and str(value_at(owner, drain_timeout_at(owner)) or 0) in ("0", "0s"):
            yield f"{_named(owner)} has no drain timeout: a node that cannot be drained holds the rollout for ever."


def check_templates(ground: UpgradeGround) -> Iterator[str]:
    for owner in ground.owners:
        if name_of(owner) in ground.templates and ground.templates[name_of(owner)] is None:
            reference = value_at(owner, machine_template_at(owner)) or {}
            yield f"{_named(owner)} refers to {reference.get('kind')} {reference.get('name')}, which does not exist."


def check_images(ground: UpgradeGround) -> Iterator[str]:
    """A template that names the version which is left would bring up machines with the old image."""
    for step in ground.plan.writes:
        template = step.template or ground.templates.get(name_of(step.owner))
        if template and step.was != step.version and step.owner["kind"] != "Cluster":
            for text in _texts(template.get("spec")):
                if step.was.lstrip("v") in text and step.version.lstrip("v") not in text:
                    yield (
                        f"{_named(step.owner)} goes to {step.version}, but its {_named(template)} has {text!r}, which "
                        f"names {step.was}."
                    )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
    elif isinstance(value, str):
        yield value


def check_webhooks(ground: UpgradeGround) -> Iterator[str]:
    if ground.refused:
        yield f"{ground.refused.rstrip('.')}."


def check_providers(ground: UpgradeGround) -> Iterator[str]:
    for deployment in ground.read("deployments"):
        trouble = deployment_trouble(deployment)
        if trouble:
            yield f"Deployment {place_of(deployment)}: {trouble.rstrip('.')}."


def check_running(ground: UpgradeGround) -> Iterator[str]:
    if ground.plan.waits_for:
        yield f"Something moves already ({ground.plan.waits_for}); the run waits for it first."


def check_budgets(ground: UpgradeGround) -> Iterable[str]:
    found: Sequence[str] = ground.read("budgets")
    return found


def check_even(ground: UpgradeGround) -> Iterator[str]:
    plane = ground.sight.parts.control_plane
    number = dig(plane, "spec", "replicas", default=0)
    if plane and number and number % 2 == 0:
        yield f"{_named(plane)} has {number} machines; etcd survives no more failures than with {number - 1}."
