# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What a cluster is, from the ways to say it (topology, template, manifests) to one list of objects."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from typing import Any

from ._errors import InvalidInput, NotFound
from ._fetch import fetch
from ._kube import Kube
from ._objects import CORE_GROUP, Object, Ref, dig
from ._template import substitute

with contextlib.suppress(ImportError):  # said by _connection.MISSING_LIBRARIES; the kubernetes client brings it
    import yaml


def objects_of(kube: Kube, params: Mapping[str, Any]) -> list[Object]:
    """The objects that the task describes. Raises InvalidInput or NotFound that names the source."""
    name, namespace = params["name"], params["namespace"]
    if params.get("topology"):
        found = [topology_cluster(name, namespace, params["topology"], kube.versions(CORE_GROUP, "Cluster"))]
    elif params.get("template"):
        found = _from_template(kube, name, namespace, params["template"])
    else:
        found = _from_manifests(params.get("manifests") or [], params.get("manifest_files") or [])
    return [_placed(kube, item, namespace) for item in found]


def topology_cluster(name: str, namespace: str, topology: Mapping[str, Any], served: tuple[str, ...]) -> Object:
    """A Cluster made from a ClusterClass, in the newest served API version."""
    api_version = served[0] if served else f"{CORE_GROUP}/v1beta2"
    spec: Object = {"topology": _topology_spec(topology, api_version)}
    network = _network(topology)
    if network:
        spec["clusterNetwork"] = network
    meta: Object = {"name": name, "namespace": namespace}
    for key in ("labels", "annotations"):
        if topology.get(key):
            meta[key] = dict(topology[key])
    return {"apiVersion": api_version, "kind": "Cluster", "metadata": meta, "spec": spec}


def parse_manifests(text: str, source: str) -> list[Object]:
    """Objects of a YAML text with one or many documents; Lists are unfolded."""
    try:
        documents = list(yaml.load_all(text, Loader=_loader()))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        raise InvalidInput(f"{source} is not valid YAML{where}: {getattr(error, 'problem', error)}.") from error
    found: list[Object] = []
    for number, document in enumerate(documents, 1):
        if document is None:
            continue
        is_list = isinstance(document, dict) and document.get("kind") == "List"
        items = (document.get("items") or []) if is_list else [document]
        found += [_checked_shape(item, f"{source}, document {number}") for item in items]
    return found


def _loader() -> Any:
    """The safe loader, in C where there is one, without dates: in Kubernetes they are text, and JSON has none."""
    loader: Any = type("Loader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {})
    loader.yaml_implicit_resolvers = {
        first: [r for r in resolvers if r[0] != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return loader


def _topology_spec(topology: Mapping[str, Any], api_version: str) -> Object:
    spec: Object = {"version": topology["kubernetes_version"]}
    if api_version.endswith("/v1beta1"):
        spec["class"] = topology["class"]
        spec.update({"classNamespace": topology["class_namespace"]} if topology.get("class_namespace") else {})
    else:
        reference = {"name": topology["class"]}
        reference.update({"namespace": topology["class_namespace"]} if topology.get("class_namespace") else {})
        spec["classRef"] = reference
    if topology.get("control_plane_replicas") is not None:
        spec["controlPlane"] = {"replicas": topology["control_plane_replicas"]}
    if topology.get("node_pools"):
        spec["workers"] = {"machineDeployments": [_pool(pool) for pool in topology["node_pools"]]}
    if topology.get("variables"):
        spec["variables"] = _variables(topology["variables"])
    return spec


def _pool(pool: Mapping[str, Any]) -> Object:
    item: Object = {"name": pool["name"], "class": pool["class"]}
    if pool.get("replicas") is not None:
        item["replicas"] = pool["replicas"]
    if pool.get("failure_domain"):
        item["failureDomain"] = pool["failure_domain"]
    meta = {key: dict(pool[key]) for key in ("labels", "annotations") if pool.get(key)}
    if meta:
        item["metadata"] = meta
    if pool.get("variables"):
        item["variables"] = {"overrides": _variables(pool["variables"])}
    return item


def _variables(variables: Mapping[str, Any]) -> list[Object]:
    return [{"name": name, "value": value} for name, value in sorted(variables.items())]


def _network(topology: Mapping[str, Any]) -> Object:
    network: Object = {}
    for key, option in (("pods", "pod_cidrs"), ("services", "service_cidrs")):
        if topology.get(option):
            network[key] = {"cidrBlocks": list(topology[option])}
    if topology.get("service_domain"):
        network["serviceDomain"] = topology["service_domain"]
    return network


def _from_template(kube: Kube, name: str, namespace: str, template: Mapping[str, Any]) -> list[Object]:
    text, source = _template_text(kube, namespace, template)
    variables = {"CLUSTER_NAME": name, "NAMESPACE": namespace}
    variables.update({k: _as_text(v) for k, v in (template.get("variables") or {}).items() if v is not None})
    return parse_manifests(substitute(text, variables, keep_unknown=template.get("keep_unknown", False)), source)


def _template_text(kube: Kube, namespace: str, template: Mapping[str, Any]) -> tuple[str, str]:
    if template.get("path"):
        return _read_file(template["path"]), f"template {template['path']}"
    if template.get("url"):
        return _decoded(fetch(template["url"], "template.url"), template["url"]), f"template {template['url']}"
    wanted = template["config_map"]
    ref = Ref("v1", "ConfigMap", wanted.get("namespace") or namespace, wanted["name"])
    found, key = kube.get(ref), wanted.get("key") or "template"
    if not found:
        raise NotFound(f"template.config_map: {ref} does not exist. Nothing was changed.")
    if key not in (found.get("data") or {}):
        held = ", ".join(sorted(found.get("data") or {})) or "nothing"
        raise NotFound(f"template.config_map: {ref} has no key {key!r}; it holds {held}. Nothing was changed.")
    return str(found["data"][key]), f"template {ref} key {key}"


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)  # true, 3, ["a"]: as YAML reads them


def _from_manifests(manifests: Any, files: list[str]) -> list[Object]:
    found: list[Object] = []
    for number, entry in enumerate(manifests if isinstance(manifests, list) else [manifests], 1):
        source = f"manifests[{number}]"
        found += parse_manifests(entry, source) if isinstance(entry, str) else [_checked_shape(entry, source)]
    for path in files:
        found += parse_manifests(_read_file(path), f"manifest file {path}")
    return found


def _checked_shape(item: Any, source: str) -> Object:
    if not isinstance(item, dict):
        raise InvalidInput(f"{source} is not a Kubernetes object but {type(item).__name__}: {str(item)[:60]!r}.")
    for key in ("apiVersion", "kind"):
        if not isinstance(item.get(key), str) or not item[key]:
            raise InvalidInput(f"{source} has no {key}.")
    name = dig(item, "metadata", "name")
    if not isinstance(name, str) or not name:
        raise InvalidInput(f"{source} ({item['kind']}) has no metadata.name; quote it if it looks like a number.")
    return item


def _placed(kube: Kube, item: Object, namespace: str) -> Object:
    """A copy without status, in the cluster's namespace where the manifest names none."""
    placed = {k: v for k, v in item.items() if k != "status"}
    try:
        namespaced = kube.resource(item["apiVersion"], item["kind"]).namespaced
    except NotFound:
        namespaced = True
    if namespaced:
        placed["metadata"] = {**item["metadata"], "namespace": item["metadata"].get("namespace") or namespace}
    return placed


def _read_file(path: str) -> str:
    try:
        with open(os.path.expanduser(path), "rb") as file:
            return _decoded(file.read(), path)
    except OSError as error:
        raise NotFound(f"{path} cannot be read: {error.strerror}. Nothing was changed.") from error


def _decoded(content: bytes, source: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{source} is not UTF-8 text. Nothing was changed.") from error
