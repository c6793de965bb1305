# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. The checks of OpenStack, one function a check. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._checks import OK, UNKNOWN, WARN, Noted
from .._objects import close_matches, listed
from .answers import NoAnswer, answer_in
from .openstack_needs import OLDEST_MICROVERSION, OpenStackWish, Picture, flavor_of, volume_gib

_LEAST_CPUS, _LEAST_MIB = 2, 1700  # kubeadm's own preflight of a control plane machine
_NEEDED = ("compute", "image", "network")


@dataclass(frozen=True)
class OpenStackGround:
    """Clusters of one project; an answer is plain data, or NoAnswer."""

    cloud: str
    wishes: Sequence[OpenStackWish]
    answers: Mapping[str, Any]

    def read(self, name: str) -> Any:
        return answer_in(self.answers, name)

    def flavor(self, word: str) -> Mapping[str, Any] | None:
        """By name or id."""
        return next((f for f in self.read("flavors") if word in (f["name"], f["id"])), None)

    def pictures(self, image: Picture) -> list[Mapping[str, Any]]:
        return [
            i for i in self.read(f"images {image}") if not image.tags or set(image.tags) <= set(i.get("tags") or ())
        ]


def check_login(ground: OpenStackGround) -> Iterator[Noted]:
    who = ground.answers["who"]
    if isinstance(who, NoAnswer):
        yield Noted(f"OpenStack does not accept these credentials: {who}.")
    else:
        yield Noted(f"project {who['project']} as user {who['user']}", OK, evidence=who)


def check_services(ground: OpenStackGround) -> Iterator[Noted]:
    """A region that is misspelt has no services."""
    there = ground.read("services")
    needed = [*_NEEDED, *(["load-balancer"] if any(w.octavia for w in ground.wishes) else [])]
    needed += ["block-storage"] if _volumes(ground.wishes) else []
    for word in needed:
        if word not in there:
            yield Noted(f"The catalogue has no {word} service in this region; it has {listed(sorted(there), 8)}.")


def check_microversion(ground: OpenStackGround) -> Iterator[Noted]:
    told = str(ground.read("microversion"))
    found = tuple(int(part) for part in told.split(".")) if told.replace(".", "").isdigit() else (0, 0)
    if found < OLDEST_MICROVERSION:
        yield Noted(f"Nova has the microversion {told}, and the provider needs 2.60.")


def check_flavors(ground: OpenStackGround) -> Iterator[Noted]:
    there = [str(f["name"]) for f in ground.read("flavors")]
    for word, wanted in _by(ground.wishes, lambda w: w.flavors).items():
        if ground.flavor(word) is None:
            near = close_matches(word, there)
            yield Noted(f"There is no flavor {word!r}{near or '.'}", about=_names(wanted), evidence={"flavor": word})
    for word, wanted in _by(ground.wishes, _control_plane_flavors).items():
        found = ground.flavor(word)
        if found and (found["vcpus"] < _LEAST_CPUS or found["ram"] < _LEAST_MIB):
            yield Noted(
                f"The flavor {word} has {found['vcpus']} vCPUs and {found['ram']} MiB; kubeadm starts no control plane "
                f"with less than {_LEAST_CPUS} and {_LEAST_MIB}.",
                about=_names(wanted),
                remedy="choose a larger flavor for cluster_control_plane.",
            )


def _control_plane_flavors(wish: OpenStackWish) -> list[str]:
    return [flavor_of(g) for g in wish.groups if g.is_control_plane]


def check_images(ground: OpenStackGround) -> Iterator[Noted]:
    for image in dict.fromkeys(w.image for w in ground.wishes):
        wanted = [w for w in ground.wishes if w.image == image]
        found, about = ground.pictures(image), _names(wanted)
        if len(found) != 1:
            ids = f" ({listed([str(f['id']) for f in found], 3)})" if found else ""
            yield Noted(f"{len(found)} images are {image}{ids}; there must be exactly one.", about=about)
            continue
        the_one = found[0]
        told = f"{the_one['name']} ({the_one['id']})"
        if the_one["status"] != "active":
            yield Noted(f"The image {told} is {the_one['status']}, and not active.", about=about)
        small = [f"{w.name}: {words}" for w in wanted for words in _too_small(ground, w, the_one)]
        yield from (Noted(f"{words}.", about=about, remedy="take a larger flavor.") for words in small)
        if the_one["status"] == "active" and not small:
            yield Noted(told, OK, about, {"image": the_one["id"]})


def _too_small(ground: OpenStackGround, wish: OpenStackWish, image: Mapping[str, Any]) -> Iterator[str]:
    for group in wish.groups:
        flavor = ground.flavor(flavor_of(group))
        if flavor is None:
            continue
        disk = volume_gib(group) or int(flavor["disk"] or 0)
        if disk and disk < int(image.get("min_disk") or 0):
            yield f"{group.title} has {disk} GiB of disk, and the image {image['name']} needs {image['min_disk']}"
        if int(flavor["ram"]) < int(image.get("min_ram") or 0):
            yield f"{group.title} has {flavor['ram']} MiB, and the image {image['name']} needs {image['min_ram']}"


def check_image_version(ground: OpenStackGround) -> Iterator[Noted]:
    """The provider takes the image that is named, whatever version is asked for."""
    for wish in ground.wishes:
        for version in wish.versions:
            number = version.removeprefix("v")
            minor = ".".join(number.split(".")[:2])
            if wish.image.name and number not in wish.image.name and "1." in wish.image.name:
                yield Noted(
                    f"{wish.name} shall have {version}, and its image is {wish.image.name!r}, which does not say "
                    f"{minor if minor not in wish.image.name else number}.",
                    about=(wish.name,),
                )


def check_keys(ground: OpenStackGround) -> Iterator[Noted]:
    for key, wanted in _by(ground.wishes, lambda w: [w.key] if w.key else []).items():
        there = [str(k["name"]) for k in ground.read("keys")]
        if key not in there:
            near = close_matches(key, there)
            yield Noted(f"The user of these credentials has no key pair {key!r}{near or '.'}", about=_names(wanted))


def check_external(ground: OpenStackGround) -> Iterator[Noted]:
    there = {str(n["id"]): n for n in ground.read("external")}
    for network, wanted in _by(ground.wishes, lambda w: [w.external]).items():
        if network and network not in there:
            words = f"There is no external network {network}; there are {listed(sorted(there)) or 'none'}."
            yield Noted(words, about=_names(wanted))
        elif not network and len(there) > 1:
            names = listed([f"{n['name']} ({i})" for i, n in sorted(there.items())])
            yield Noted(f"There are {len(there)} external networks ({names}), and none is named.", about=_names(wanted))
        elif not there:
            words = "There is no external network: the clusters are reached from inside alone."
            yield Noted(words, WARN, _names(wanted))


def check_floating(ground: OpenStackGround) -> Iterator[Noted]:
    """Free addresses of the external network; few clouds tell them."""
    new = [w for w in ground.wishes if not _is_there(ground, w)]
    there = [str(n["id"]) for n in ground.read("external")]
    for network in dict.fromkeys(w.external or next(iter(there), "") for w in new):
        if network not in there:
            continue
        wanted = [w for w in new if (w.external or there[0]) == network]
        found = ground.answers.get("availability")
        if isinstance(found, NoAnswer):
            yield Noted(f"How many addresses of {network} are free is not known: {found}.", UNKNOWN, _names(wanted))
        for told in found if isinstance(found, list) else ():
            free = int(told["total_ips"]) - int(told["used_ips"])
            if told["network_id"] == network and free < len(wanted):
                words = f"The external network {network} has {free} free addresses, {len(wanted)} are needed."
                yield Noted(words, about=_names(wanted), evidence={"free": free, "needed": len(wanted)})


def check_zones(ground: OpenStackGround) -> Iterator[Noted]:
    for zone, wanted in _by(ground.wishes, lambda w: w.zones).items():
        there = [str(z["name"]) for z in ground.read("zones")]
        if zone not in there:
            near = close_matches(zone, there)
            words = f"There is no availability zone {zone!r}{near} (there are {listed(there) or 'none'})."
            yield Noted(words, about=_names(wanted))


def check_groups(ground: OpenStackGround) -> Iterator[Noted]:
    for group, wanted in _by(ground.wishes, lambda w: _options(w, "server_group_id")).items():
        if not any(group == g["id"] for g in ground.read("server_groups")):
            yield Noted(f"There is no server group {group!r}.", about=_names(wanted))


def _options(wish: OpenStackWish, key: str) -> list[str]:
    return [str(g.options[key]) for g in wish.groups if g.options.get(key)]


def _is_there(ground: OpenStackGround, wish: OpenStackWish) -> bool:
    """Whether the provider has made its network already."""
    return any(n["name"] == wish.network for n in ground.read("networks"))


def _volumes(wishes: Collection[OpenStackWish]) -> bool:
    return any(volume_gib(g) for w in wishes for g in w.groups)


def _names(wishes: Sequence[OpenStackWish]) -> tuple[str, ...]:
    return tuple(w.name for w in wishes)


def _by(
    wishes: Sequence[OpenStackWish], things: Callable[[OpenStackWish], Sequence[str]]
) -> dict[str, list[OpenStackWish]]:
    found: dict[str, list[OpenStackWish]] = {}
    for wish in wishes:
        for thing in dict.fromkeys(things(wish)):
            found.setdefault(thing, []).append(wish)
    return found
