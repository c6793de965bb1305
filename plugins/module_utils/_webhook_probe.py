# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. Which webhooks answer: one server-side dry run for each webhook configuration of the providers.

A denial is an answer, "failed calling webhook" is none. The object of the dry run is made from the kind's schema, since
the API server calls validating webhooks only for what its schema allows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ._errors import CapiError, Unreachable
from ._kube import Kube, Resource
from ._objects import Object, Ref, dig, group_of, name_of

_DENIED = re.compile(r'admission webhook "([^"]+)" denied')
_DEAF = re.compile(r"failed calling webhook|failed to call webhook|conversion webhook")
# failed calling webhook "NAME": failed to call webhook: Post "ADDRESS": REASON). Try again when it is well.
_REASON = re.compile(
    r'failed calling webhook "([^"]+)": (?:failed to call webhook: )?(?:Post "[^"]*": )?(.*?)(?:\)\. Try again.*)?$',
    re.DOTALL,
)
ALLOWED, INVALID = "allowed", "invalid"
_UNPROCESSABLE = 422
_NAME = "capi-lifecycle-probe"
_MOST_TRIES = 4  # kinds tried for one configuration
_WORDS = ("probe", "v1.30.0", "10.0.0.1", "10.0.0.0/8", "a", "1", "1h", "example.com/probe", "https://example.com", "")
CONFIGURATIONS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")


@dataclass(frozen=True)
class Probe:
    """A webhook configuration and the kinds that lead to it."""

    name: str
    webhooks: frozenset[str]
    validates: bool
    kinds: Sequence[Resource] = field(default_factory=tuple)


def probes_of(configurations: Sequence[Object], served: Iterable[Resource]) -> list[Probe]:
    """What to try for each configuration: kinds whose creation calls it, those that several share first."""
    by_plural = {(group_of(r.api_version), r.plural): r for r in served}
    reached = [[by_plural[key] for key in _created(c) if key in by_plural] for c in configurations]
    shared = [kind for kinds in reached for kind in kinds]
    return [
        Probe(
            f"{c['kind']} {name_of(c)}",
            frozenset(str(w.get("name")) for w in c.get("webhooks") or []),
            c["kind"].startswith("Validating"),
            sorted(set(kinds), key=lambda k: (-shared.count(k), k.kind)),
        )
        for c, kinds in zip(configurations, reached)
        if kinds
    ]


def unproven(kube: Kube, probes: Sequence[Probe], answers: dict[Resource, str]) -> list[str]:
    """Send the dry runs; configurations that none of them reached. ``answers`` keeps what is known between calls.

    Raises Unreachable as soon as a webhook does not answer.
    """
    validators = frozenset(name for probe in probes if probe.validates for name in probe.webhooks)

    def reaches(probe: Probe, kind: Resource) -> bool:
        if kind not in answers:
            answers[kind] = _ask(kube, kind)
        return proves(probe, answers[kind], validators)

    return [probe.name for probe in probes if not any(reaches(probe, kind) for kind in probe.kinds[:_MOST_TRIES])]


def proves(probe: Probe, answer: str, validators: frozenset[str]) -> bool:
    """Whether an answer shows that the configuration was called: mutating webhooks come first, then the schema."""
    if answer == ALLOWED or answer in probe.webhooks:
        return True
    return not probe.validates and (answer == INVALID or answer in validators)


def _ask(kube: Kube, kind: Resource) -> str:
    """ALLOWED, INVALID (by the schema), the name of the webhook that denied, or an empty text."""
    try:
        kube.apply(sample_of(kind, _schema(kube, kind)), dry_run=True, patient=False)
    except CapiError as error:
        text = str(error)
        if isinstance(error, Unreachable) or _DEAF.search(text):
            raise
        denied = _DENIED.search(text)
        return denied[1] if denied else INVALID if error.details.get("status") == _UNPROCESSABLE else ""
    return ALLOWED


def silence_of(error: Unreachable) -> str:
    """Which webhook does not answer and why, short enough for a line."""
    found = _REASON.search(str(error))
    return f"{found[1]}: {found[2]}" if found else str(error)


def sample_of(kind: Resource, schema: Mapping[str, Any]) -> Object:
    """A small object that the schema allows, as far as that can be seen from it."""
    sample: Object = {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": {"name": _NAME}}
    if kind.namespaced:
        sample["metadata"]["namespace"] = "default"
    spec = dig(schema, "properties", "spec")
    if spec:
        sample["spec"] = _value(spec)
    return sample


def _value(schema: Mapping[str, Any]) -> Any:
    """The least value of a schema."""
    for key in ("default", "enum"):
        if key in schema:
            return schema[key][0] if key == "enum" else schema[key]
    kind = schema.get("type")
    if kind == "object":
        properties = schema.get("properties") or {}
        names = list(schema.get("required") or [])
        if not names and schema.get("minProperties"):
            names = sorted(properties, key=lambda n: properties[n].get("type") == "object")[:1]
        return {name: _value(properties.get(name, {})) for name in names}
    if kind == "array":
        return [_value(schema.get("items") or {})] * int(schema.get("minItems", 0))
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind == "boolean":
        return False
    return _text(schema)


def _text(schema: Mapping[str, Any]) -> str:
    least, pattern = int(schema.get("minLength", 0)), schema.get("pattern", "")
    return next((w for w in _WORDS if len(w) >= least and re.search(pattern, w)), "probe".ljust(least, "x"))


def _schema(kube: Kube, kind: Resource) -> Mapping[str, Any]:
    group, _slash, version = kind.api_version.rpartition("/")
    name = f"{kind.plural}.{group}"
    crd = kube.get(Ref("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", name)) or {}
    found: Mapping[str, Any] = next(
        (v for v in dig(crd, "spec", "versions", default=[]) if v.get("name") == version), {}
    )
    schema: Mapping[str, Any] = dig(found, "schema", "openAPIV3Schema", default={})
    return schema


def _created(configuration: Object) -> Iterator[tuple[str, str]]:
    """(group, plural) of everything whose creation calls a webhook of the configuration."""
    for webhook in configuration.get("webhooks") or []:
        for rule in webhook.get("rules") or []:
            if {"CREATE", "*"} & set(rule.get("operations") or []):
                yield from ((g, r) for g in rule.get("apiGroups") or [] for r in rule.get("resources") or [])
