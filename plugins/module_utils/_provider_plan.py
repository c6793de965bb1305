# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What must be done so that the wanted providers are installed: versions in, steps out. Pure.

clusterctl writes the Provider object last, so it stands for a finished installation. Before an upgrade it scales every
Deployment to 0, then deletes and installs one provider after the other (cmd/clusterctl/client/cluster/upgrader.go).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ._errors import InvalidInput, Refused
from ._objects import Object, close_matches, dig, is_deleting, labels_of, listed, name_of
from ._support import MOST_MINORS_SKIPPED, compatible_contracts, contract_of
from ._versions import is_version, parse_version

PROVIDER_LABEL = "cluster.x-k8s.io/provider"
CLUSTERCTL_LABEL = "clusterctl.cluster.x-k8s.io"
LATEST = "latest"
CORE = "cluster-api"

# Our word: clusterctl's word for the type, prefix of the provider's label, clusterctl's option.
TYPES = {
    "core": ("CoreProvider", "", "--core"),
    "bootstrap": ("BootstrapProvider", "bootstrap-", "--bootstrap"),
    "control_plane": ("ControlPlaneProvider", "control-plane-", "--control-plane"),
    "infrastructure": ("InfrastructureProvider", "infrastructure-", "--infrastructure"),
    "ipam": ("IPAMProvider", "ipam-", "--ipam"),
    "runtime_extension": ("RuntimeExtensionProvider", "runtime-extension-", "--runtime-extension"),
    "addon": ("AddonProvider", "addon-", "--addon"),
}
_KUBEADM = ("bootstrap-kubeadm", "control-plane-kubeadm")
_RELEASED_WITH_CORE = (CORE, *_KUBEADM)


@dataclass(frozen=True)
class Provider:
    """A provider as the play wants it. An empty namespace is the one of the components."""

    name: str
    type: str
    version: str
    namespace: str = ""
    url: str = ""

    @property
    def label(self) -> str:
        """The name under which clusterctl knows it: ``infrastructure-aws``."""
        return TYPES[self.type][1] + self.name

    @property
    def pinned(self) -> str:
        return f"{self.name}:{self.version}"


@dataclass(frozen=True)
class Installed:
    """A Provider object and the Deployments that carry its label."""

    label: str
    version: str
    namespace: str
    written: str = ""  # when the Provider object was last written, RFC 3339
    deployments: Sequence[Object] = ()

    @property
    def half_done(self) -> str:
        """Why the installation did not come to its end, in a few words; empty where it did."""
        there = [d for d in self.deployments if not is_deleting(d)]
        if not there:
            return "its Deployments are missing"
        stopped = [name_of(d) for d in there if dig(d, "spec", "replicas", default=1) == 0]
        if stopped:
            return f"Deployment {listed(stopped)} is scaled to 0"
        foreign = [tag for d in there for tag in self._foreign_tags(d)]
        return f"an image has the tag {foreign[0]}" if foreign else ""

    def _foreign_tags(self, deployment: Object) -> Iterator[str]:
        """Tags of another version on a Deployment that is newer than the Provider object: it was being replaced."""
        if str(dig(deployment, "metadata", "creationTimestamp", default="")) <= self.written:
            return
        for container in dig(deployment, "spec", "template", "spec", "containers", default=[]):
            tag = str(container.get("image", "")).partition("@")[0].rpartition(":")[2]
            if is_version(tag) and tag != self.version:
                yield tag


@dataclass(frozen=True)
class Step:
    """One call of clusterctl: ``init`` or ``upgrade``."""

    verb: str
    providers: Sequence[Provider]
    namespace: str = ""

    @property
    def arguments(self) -> list[str]:
        words = ["init"] if self.verb == "init" else ["upgrade", "apply"]
        for provider in self.providers:
            words += [TYPES[provider.type][2], provider.pinned]
        kinds = {p.type for p in self.providers}
        if self.verb == "init" and "core" in kinds:
            # Else clusterctl adds the newest kubeadm providers by itself.
            words += [word for kind in ("bootstrap", "control_plane") if kind not in kinds for word in _without(kind)]
        return words + (["--target-namespace", self.namespace] if self.namespace else [])

    def __str__(self) -> str:
        return f"{self.verb} {listed([f'{p.label} {p.version}' for p in self.providers], 9)}"


@dataclass(frozen=True)
class Plan:
    """The version table before and after, and the steps between."""

    before: Mapping[str, str]
    after: Mapping[str, str]
    steps: Sequence[Step] = field(default_factory=list)


def wished(entries: Iterable[Mapping[str, Any]]) -> list[Provider]:
    """The providers of the option ``providers``; raises InvalidInput with every mistake in it."""
    found, mistakes = [], []
    for entry in entries:
        version = entry.get("version") or ""
        if version != LATEST:
            mistakes += _version_mistakes(entry, version)
        given = {k: entry.get(k) or "" for k in ("namespace", "url")}
        found.append(Provider(str(entry["name"]), str(entry["type"]), version, **given))
    labels = [p.label for p in found]
    mistakes += [f"providers: {label} is there twice" for label in sorted({x for x in labels if labels.count(x) > 1})]
    if len([p for p in found if p.type == "core"]) > 1:
        mistakes.append("providers: there is only one provider of type core")
    if mistakes:
        raise InvalidInput(". ".join(mistakes) + ". Nothing was changed.")
    return found


def installed(providers: Iterable[Object], deployments: Iterable[Object]) -> list[Installed]:
    """Every Provider object with its Deployments, by label."""
    by_label: dict[str, list[Object]] = {}
    for deployment in deployments:
        by_label.setdefault(labels_of(deployment).get(PROVIDER_LABEL, ""), []).append(deployment)
    found = []
    for item in providers:
        times = [str(entry.get("time", "")) for entry in dig(item, "metadata", "managedFields", default=[])]
        written = max(times, default="") or str(dig(item, "metadata", "creationTimestamp", default=""))
        label = labels_of(item).get(PROVIDER_LABEL) or name_of(item)
        namespace = str(dig(item, "metadata", "namespace", default=""))
        own = [d for d in by_label.get(label, []) if dig(d, "metadata", "namespace") == namespace]
        found.append(Installed(label, str(item.get("version", "")), namespace, written, own))
    return sorted(found, key=lambda p: (p.label, p.namespace))


def make_plan(wish: Sequence[Provider], live: Sequence[Installed], strays: Iterable[str] = ()) -> Plan:
    """The steps from what is installed to the wish; ``strays`` are labels of Deployments without a Provider object.

    Raises Refused with every reason: a downgrade, a jump, a move to another namespace, versions that do not fit.
    """
    by_label = {found.label: found for found in live}
    refusals = list(_refusals(wish, live, by_label))
    if refusals:
        raise Refused("; ".join(refusals) + ". Nothing was changed.", reasons=refusals)
    before = {p.label: f"{p.version} (half-done: {p.half_done})" if p.half_done else p.version for p in live}
    before.update({label: "(half-installed)" for label in strays if label not in by_label})
    absent = [p for p in wish if p.label not in by_label]
    outdated = [p for p in wish if p.label in by_label and _is_outdated(p, by_label[p.label])]
    steps = [Step("upgrade", outdated)] if outdated else []
    # An installation without core is never started: its namespace group goes first.
    for namespace in sorted({p.namespace for p in absent}, key=lambda n: (not _has_core(absent, n), n)):
        steps.append(Step("init", [p for p in absent if p.namespace == namespace], namespace))
    untouched = {p.label: before[p.label] for p in live}
    return Plan(dict(sorted(before.items())), dict(sorted({**untouched, **_versions(wish)}.items())), steps)


def final_core_version(wish: Sequence[Provider], live: Sequence[Installed]) -> str:
    """The version of core when all is done; empty where there is none."""
    versions = {**{p.label: p.version for p in live}, **_versions(wish)}
    return versions.get(CORE, "")


def contract_mismatches(contracts: Mapping[str, str], core: str) -> list[str]:
    """Providers whose contract (by label, as far as it is known) does not go with the version of core."""
    contract = contract_of(parse_version(core)) if is_version(core) else ""
    wanted = compatible_contracts(contract)
    return [
        f"{label} has contract {found}, but core {core} works with {' and '.join(wanted)}"
        for label, found in sorted(contracts.items())
        if contract and found and found not in wanted
    ]


def known_contracts(versions: Mapping[str, str]) -> dict[str, str]:
    """The contracts of the providers that are released with core, whose versions tell it."""
    return {
        label: contract_of(parse_version(version))
        for label, version in versions.items()
        if label in _RELEASED_WITH_CORE and is_version(version)
    }


def type_of(label: str) -> str:
    """Our word for the type of a provider by its label."""
    return next(
        (kind for kind, (_word, prefix, _option) in TYPES.items() if prefix and label.startswith(prefix)), "core"
    )


def _version_mistakes(entry: Mapping[str, Any], version: str) -> list[str]:
    if not version:
        example = f"{{name: {entry['name']}, type: {entry['type']}, version: v1.14.2}}"
        return [f"provider {entry['name']} has no version; pin one, for example {example}, or ask for 'latest'"]
    try:
        parse_version(version, f"version of provider {entry['name']}")
    except InvalidInput as error:
        return [str(error).rstrip(".")]
    return []


def _refusals(wish: Sequence[Provider], live: Sequence[Installed], by_label: Mapping[str, Installed]) -> Iterator[str]:
    for provider in wish:
        places = [found.namespace for found in live if found.label == provider.label]
        if len(places) > 1:
            yield f"{provider.label} is installed {len(places)} times, in {listed(places)}; clusterctl supports one"
        elif places:
            yield from _refusals_of(provider, by_label[provider.label])
    if CORE not in by_label and not any(p.type == "core" for p in wish):
        yield (
            "Cluster API is not installed and providers has none of type core; "
            f"add {{name: {CORE}, type: core, version: …}}{_core_hint(wish)}"
        )
    versions = {**{p.label: p.version for p in live}, **_versions(wish)}
    kubeadm = {label: versions[label] for label in _KUBEADM if label in versions}
    if len(set(kubeadm.values())) > 1:
        yield f"the kubeadm providers must have one version: {listed([f'{k} {v}' for k, v in kubeadm.items()])}"
    yield from contract_mismatches(known_contracts(versions), versions.get(CORE, ""))


def _refusals_of(provider: Provider, found: Installed) -> Iterator[str]:
    if provider.namespace and provider.namespace != found.namespace:
        yield (
            f"{provider.label} is installed in namespace {found.namespace}, wanted {provider.namespace}; "
            "clusterctl cannot move a provider"
        )
    if not is_version(found.version) or not is_version(provider.version):
        return
    have, want = parse_version(found.version), parse_version(provider.version)
    if want < have:
        yield f"{provider.label} is at {have}, wanted {want}: Cluster API has no downgrade; ask for {have} or newer"
    elif provider.label in _RELEASED_WITH_CORE and want.minor - have.minor > MOST_MINORS_SKIPPED:
        yield (
            f"{provider.label} is at {have}, wanted {want}: an upgrade skips at most {MOST_MINORS_SKIPPED} minors; "
            f"go to v{have.major}.{have.minor + MOST_MINORS_SKIPPED}.x first"
        )


def _is_outdated(provider: Provider, found: Installed) -> bool:
    return provider.version != found.version or bool(found.half_done)


def _versions(wish: Iterable[Provider]) -> dict[str, str]:
    return {p.label: p.version for p in wish}


def _has_core(providers: Iterable[Provider], namespace: str) -> bool:
    return any(p.type == "core" and p.namespace == namespace for p in providers)


def _core_hint(wish: Iterable[Provider]) -> str:
    return close_matches(CORE, [p.name for p in wish])


def _without(kind: str) -> list[str]:
    return [TYPES[kind][2], "-"]
