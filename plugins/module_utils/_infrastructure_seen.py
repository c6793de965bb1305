# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Reads the infrastructure objects that a waiting cluster waits for: one LIST a kind, only while it waits."""

from __future__ import annotations

from collections.abc import Iterator

from ._errors import CapiError, Unreachable
from ._infrastructure import Words, explained, waits_for_infrastructure, words_of
from ._kube import Kube
from ._objects import CLUSTER_LABEL, Object, dig, group_of, name_of, namespace_of
from ._parts import Parts
from ._progress import Progress
from ._providers.every import BESIDE


def with_words(kube: Kube, seen: Parts, progress: Progress) -> Progress:
    """The progress with what the provider says, where machines or the cluster wait for it."""
    return progress if progress.done else explained(progress, seen, list(_found(kube, seen)))


def _found(kube: Kube, seen: Parts) -> Iterator[Words]:
    waiting = [item for item in (seen.cluster, *seen.machines) if waits_for_infrastructure(item)]
    kinds = {(_group(item), kind) for item in waiting for kind in _kinds(item)}
    there = {(kind, name_of(o)): o for group, kind in sorted(kinds) for o in _listed(kube, group, kind, seen.cluster)}
    for item in waiting:
        for kind in _kinds(item):
            found = there.get((kind, str(dig(item, "spec", "infrastructureRef", "name"))))
            words = words_of(found, item if item["kind"] == "Machine" else None) if found else None
            if words:
                yield words
                break


def _kinds(item: Object) -> list[str]:
    """The kind that is referred to, after the one that stands beside it and has its words."""
    kind = str(dig(item, "spec", "infrastructureRef", "kind"))
    return [BESIDE[kind], kind] if kind in BESIDE else [kind]


def _group(item: Object) -> str:
    ref = dig(item, "spec", "infrastructureRef", default={})
    return str(ref.get("apiGroup") or group_of(str(ref.get("apiVersion", ""))))


def _listed(kube: Kube, group: str, kind: str, cluster: Object) -> list[Object]:
    """Without the right to read them the wait goes on with the words that it has."""
    try:
        versions = kube.versions(group, kind)
        labels = f"{CLUSTER_LABEL}={name_of(cluster)}"
        return kube.list(versions[0], kind, namespace_of(cluster), labels) if versions else []
    except Unreachable:
        raise
    except CapiError:
        return []
