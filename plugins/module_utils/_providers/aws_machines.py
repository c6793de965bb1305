# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The checks of AWS for machines: credentials, images, types, keys, profiles; one function a check. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._checks import OK, UNKNOWN, WARN, Noted
from .._objects import listed
from .answers import NoAnswer
from .aws_ground import AwsGround, machines, missing, names
from .aws_needs import AwsWish, Image
from .aws_questions import is_like

_LEAST_CPUS, _LEAST_MIB = 2, 1700  # kubeadm's own preflight of a control plane machine
_ALLOWED = "DryRunOperation"


def check_credentials(ground: AwsGround) -> Iterator[Noted]:
    who = ground.answers["who"]
    if isinstance(who, NoAnswer):
        yield Noted(f"AWS does not accept these credentials: {who}.")
    else:
        account = {"account": str(who.get("Account")), "arn": str(who.get("Arn"))}
        yield Noted(f"account {account['account']} as {account['arn']}", OK, evidence=account)


def check_region(ground: AwsGround) -> Iterator[Noted]:
    found = ground.zones
    if found:
        yield Noted(f"{ground.region} has the zones {listed(found, 8)}", OK, evidence={"zones": found})
    else:
        yield Noted(f"The region {ground.region} has no availability zone that this account may use.")


def check_keys(ground: AwsGround) -> Iterator[Noted]:
    for key, wanted in _by(ground.wishes, lambda w: [w.key] if w.key else []).items():
        there = {str(k["KeyName"]) for k in ground.read("keys")}
        if key not in there:
            yield Noted(
                missing(f"key pair {key!r} in {ground.region}", key, there),
                about=names(wanted),
                evidence={"key": key},
            )


def check_profiles(ground: AwsGround) -> Iterator[Noted]:
    for profile, wanted in _by(ground.wishes, lambda w: w.profiles).items():
        found = ground.answers.get(f"profile {profile}", ground.answers.get("profiles"))
        about, evidence = names(wanted), {"instance_profile": profile}
        if isinstance(found, NoAnswer) and not found.is_absence:
            yield Noted(f"Whether the instance profile {profile} is there is not known: {found}.", UNKNOWN, about)
        elif isinstance(found, NoAnswer) or (isinstance(found, list) and profile not in _profile_names(found)):
            there = _profile_names(found) if isinstance(found, list) else []
            yield Noted(missing(f"instance profile {profile}", profile, there), about=about, evidence=evidence)
        elif isinstance(found, Mapping) and not found.get("Roles"):
            yield Noted(f"The instance profile {profile} has no role.", about=about, evidence=evidence)


def _profile_names(found: Sequence[Mapping[str, Any]]) -> list[str]:
    return [str(p["InstanceProfileName"]) for p in found]


def check_types(ground: AwsGround) -> Iterator[Noted]:
    """A type that is not there, and machines for a control plane that kubeadm refuses."""
    there = ground.types
    for kind, wanted in _by(ground.wishes, lambda w: w.types).items():
        if kind not in there:
            yield Noted(
                missing(f"instance type {kind!r} in {ground.region}", kind, there),
                about=names(wanted),
                evidence={"instance_type": kind},
            )
    small = {kind for kind, found in there.items() if _is_small(found)}
    for kind, wanted in _by(ground.wishes, _control_plane_types).items():
        if kind in small:
            cpus, mib = _size(there[kind])
            yield Noted(
                f"The instance type {kind} has {cpus} vCPUs and {mib} MiB; kubeadm starts no control plane with less "
                f"than {_LEAST_CPUS} and {_LEAST_MIB}.",
                about=names(wanted),
                evidence={"instance_type": kind},
                remedy="choose a larger type for cluster_control_plane.",
            )


def _control_plane_types(wish: AwsWish) -> list[str]:
    return [kind for _wish, group, kind in machines([wish]) if group.is_control_plane]


def _size(found: Mapping[str, Any]) -> tuple[int, int]:
    return int(found["VCpuInfo"]["DefaultVCpus"]), int(found["MemoryInfo"]["SizeInMiB"])


def _is_small(found: Mapping[str, Any]) -> bool:
    cpus, mib = _size(found)
    return cpus < _LEAST_CPUS or mib < _LEAST_MIB


def check_zones(ground: AwsGround) -> Iterator[Noted]:
    """Zones that are named, and whether each type is offered there. One that is nowhere is for `instance-types`."""
    yield from _named_zones(ground)
    offered = {(str(o["InstanceType"]), str(o["Location"])) for o in ground.read("offerings")}
    known = {kind for kind, _zone in offered}
    lacking: dict[tuple[str, str], list[AwsWish]] = {}
    for wish, _group, kind in machines(ground.wishes):
        for zone in ground.zones_of(wish):
            if kind in known and (kind, zone) not in offered:
                lacking.setdefault((kind, zone), []).append(wish)
    for (kind, zone), wanted in lacking.items():
        others = sorted(z for k, z in offered if k == kind)
        yield Noted(
            f"{kind} is not offered in {zone}; it is in {listed(others)}.",
            about=tuple(dict.fromkeys(names(wanted))),
            evidence={"instance_type": kind, "zone": zone, "offered_in": others},
        )


def _named_zones(ground: AwsGround) -> Iterator[Noted]:
    """The provider makes subnets in the first zones by name, as many as are named."""
    for wish in ground.own_network:
        taken = ground.zones_of(wish)
        for zone in [z for z in wish.zones if z not in taken]:
            if zone not in ground.zones:
                yield Noted(missing(f"zone {zone} in {ground.region}", zone, ground.zones), about=(wish.name,))
            else:
                words = f"{wish.name} names the zone {zone}, and the VPC that is made has subnets in {listed(taken)}"
                yield Noted(f"{words}: the first {len(taken)} by name.", about=(wish.name,))


def check_images(ground: AwsGround) -> Iterator[Noted]:
    for (image, arch), wanted in _images_by_arch(ground).items():
        found = _found(ground, image)
        fitting = [f for f in found if _fits(f, arch)]
        if fitting:
            newest = max(fitting, key=lambda f: str(f.get("CreationDate")))
            yield Noted(f"{newest['Name']} ({newest['ImageId']})", OK, names(wanted), {"ami": newest["ImageId"]})
            continue
        yield Noted(
            f"No AMI is {image} for {arch or 'the machines'} in {ground.region}{_instead(ground, image, found)}.",
            about=names(wanted),
            evidence={"ami": image.id, "owner": image.owner, "name": image.name, "architecture": arch},
        )


def _images_by_arch(ground: AwsGround) -> dict[tuple[Image, str], list[AwsWish]]:
    """Each image with the architecture of the types that need it; the provider asks by it, too."""
    there, found = ground.types, dict[tuple[Image, str], list[AwsWish]]()
    for wish in ground.wishes:
        for kind in wish.types:
            arch = str(there[kind]["ProcessorInfo"]["SupportedArchitectures"][0]) if kind in there else ""
            for image in wish.images:
                if wish not in found.setdefault((image, arch), []):
                    found[image, arch].append(wish)
    vague = [key for key in found if not key[1] and any(k[0] == key[0] and k[1] for k in found)]
    return {key: wanted for key, wanted in found.items() if key not in vague}


def _found(ground: AwsGround, image: Image) -> list[Mapping[str, Any]]:
    if image.id:
        return [f for f in ground.read("images_by_id") if f["ImageId"] == image.id]
    asked = ground.read("images")
    return [f for f in asked if f.get("OwnerId") == image.owner and is_like(str(f.get("Name")), image.name)]


def _fits(found: Mapping[str, Any], arch: str) -> bool:
    return found.get("State", "available") == "available" and (not arch or found.get("Architecture") == arch)


def _instead(ground: AwsGround, image: Image, found: Sequence[Mapping[str, Any]]) -> str:
    """What there is: another architecture or state of the same, or the newest of other versions."""
    if found:
        return f"; {found[0]['ImageId']} is {found[0].get('Architecture')} and {found[0].get('State', 'available')}"
    near = ground.answers.get("near_images")
    if not image.name or not isinstance(near, list):
        return ""
    others = [f for f in near if f.get("OwnerId") == image.owner and is_like(str(f.get("Name")), image.any_version)]
    newest = sorted(others, key=lambda f: str(f.get("CreationDate")), reverse=True)
    return (
        f"; there are {listed([str(f['Name']) for f in newest], 4)}" if newest else f"; {image.owner} has none at all"
    )


def check_permission(ground: AwsGround) -> Iterator[Noted]:
    trial = ground.answers.get("trial")
    if trial is None:
        yield Noted("not tried; try_run_instances asks with a dry run", "skipped")
    elif isinstance(trial, NoAnswer) and trial.code == "UnauthorizedOperation":
        yield Noted(f"These credentials may not start machines: {trial}.", WARN)
    elif isinstance(trial, NoAnswer) and trial.code != _ALLOWED:
        yield Noted(f"The trial says nothing: {trial}.", UNKNOWN)


def _by(wishes: Sequence[AwsWish], things: Any) -> dict[str, list[AwsWish]]:
    """The clusters that want each thing, in the order of its first mention."""
    found: dict[str, list[AwsWish]] = {}
    for wish in wishes:
        for thing in dict.fromkeys(things(wish)):
            found.setdefault(thing, []).append(wish)
    return found
