# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A management cluster of these tests alone, to install providers on, and a clusterctl that notes each of its calls."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bed import CACHE, Bed, Run, finish, kill, only_sandbox, providers

NEW, OLD = RELEASES = ("v1.14.2", "v1.13.4")
FAR = "v1.10.10"  # more than three minors below NEW, and of the other contract
AGENTS = ("capi.lifecycle", "clusterctl")
MIRROR = "mirror.example.com/cluster-api"
CANARY = "canary-of-a-secret-8d1f"
LABELS = ("bootstrap-kubeadm", "cluster-api", "control-plane-kubeadm", "infrastructure-docker")
_NAME = "installing"
_INSTALLED = "providers.clusterctl,deployments,services,serviceaccounts,issuers,certificates,crds"
_INSTALLED += ",roles,rolebindings,clusterroles,clusterrolebindings,namespaces"
_INSTALLED += ",validatingwebhookconfigurations,mutatingwebhookconfigurations"
# What the API server, the garbage collector and cert-manager fill in, and what counts writes.
_OF_OTHERS = {"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "ownerReferences"}
_OF_OTHERS |= {"status", "caBundle", "clusterIP", "clusterIPs", "sandbox.capi.lifecycle/injected-at"}
_NOTING = """#!/bin/sh
# Notes the call and how its configuration lies there, then becomes the real clusterctl.
before=
for word; do
  if [ "$before" = --config ]; then mode=$(ls -l "$word" | cut -c1-10) secret=$(grep -c {canary} "$word"); fi
  before=$word
done
echo "$mode $secret $*" >>{log}
exec {clusterctl} "$@"
"""


@dataclass(frozen=True)
class Site:
    """A management cluster, where its runs may leave files, and the noting clusterctl."""

    bed: Bed
    files: Path

    @property
    def clusterctl(self) -> Path:
        return self.files / "clusterctl"

    @property
    def calls(self) -> list[str]:
        """All calls of clusterctl so far: mode of its configuration, lines with the secret, arguments."""
        log = self.files / "calls"
        return log.read_text().splitlines() if log.exists() else []

    def wish(self, version: str) -> dict[str, Any]:
        """The variables of init.yml for a release."""
        return {
            "sandbox_capi_versions": list(RELEASES),
            "management_cluster_providers": providers(version),
            "management_cluster_secret_variables": {"AWS_B64ENCODED_CREDENTIALS": CANARY},
            "management_cluster_clusterctl": {"path": str(self.clusterctl)},
            "management_cluster_images": {"infrastructure-docker": {"repository": MIRROR}},
        }

    def init(self, version: str, *arguments: str, **more: Any) -> Run:
        run = self.bed.play("init", *arguments, **{**self.wish(version), **more})
        assert CANARY not in run.output
        assert "Traceback" not in run.output, run.output
        return run

    def init_killed_at(self, version: str, sign: str) -> None:
        """kill -9 of the playbook a moment after a line with the sign."""
        process = self.bed.start("init", **self.wish(version))
        lines: list[str] = []
        assert process.stdout
        for line in process.stdout:
            lines.append(line)
            if re.search(sign, line):
                break
        else:
            raise AssertionError(f"no line with {sign!r} in:\n{''.join(lines)}{finish(process).output}")
        time.sleep(0.3)
        kill(process)
        assert CANARY not in "".join(lines)

    def refused(self, *arguments: str, **options: Any) -> dict[str, Any]:
        """The result of a task that must fail without a traceback and without a write."""
        with self.bed.requests(agents=AGENTS) as requests:
            result = self.bed.task("management_cluster", *arguments, **{**self.access, **options})
        assert result["failed"], result
        assert "exception" not in result, result
        assert "Traceback" not in json.dumps(result)
        assert requests.writes == [], requests.writes
        return result

    @property
    def access(self) -> dict[str, Any]:
        """What a task needs to install on this management cluster."""
        config, binary = str(self.bed.folder / "clusterctl.yaml"), str(self.clusterctl)
        return {"config": config, "clusterctl": {"path": binary}, "providers": providers(NEW)}

    @property
    def versions(self) -> dict[str, str]:
        """Versions by label, as Provider objects tell them; empty before clusterctl was there."""
        try:
            found = self.bed.kubectl("get", "--raw", "/apis/clusterctl.cluster.x-k8s.io/v1alpha3/providers")
        except AssertionError:
            return {}
        return {item["metadata"]["name"]: item["version"] for item in json.loads(found)["items"]}

    def image_of(self, label: str) -> str:
        """The image of a provider's manager."""
        path = "{.items[0].spec.template.spec.containers[0].image}"
        selector = f"cluster.x-k8s.io/provider={label}"
        return self.bed.kubectl("get", "deployments", "-A", "-l", selector, "-o", f"jsonpath={path}")

    def start_again(self) -> None:
        """An empty management cluster."""
        for state in ("absent", "present"):
            run = self.bed.play("sandbox", sandbox_state=state, sandbox_capi_versions=list(RELEASES))
            assert run.code == 0, run.output

    def watch(self) -> Any:
        """Collect the requests of the module and of clusterctl."""
        return self.bed.requests(agents=AGENTS)


def at(version: str) -> dict[str, str]:
    """All providers of the sandbox at one version."""
    return dict.fromkeys(LABELS, version)


def end_state(bed: Bed) -> dict[str, str]:
    """Everything that clusterctl installed, by name, without what differs between any two installations."""
    items = json.loads(bed.kubectl("get", _INSTALLED, "-A", "-l", "clusterctl.cluster.x-k8s.io", "-o", "json"))["items"]
    return {_name(item): json.dumps(_own(item), sort_keys=True) for item in items}


def differences(one: dict[str, str], other: dict[str, str]) -> list[str]:
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


def _name(item: dict[str, Any]) -> str:
    metadata = item["metadata"]
    return f"{item['kind']} {metadata.get('namespace', '')}/{metadata['name']}"


def _own(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _own(entry) for key, entry in value.items() if key not in _OF_OTHERS}
    return [_own(entry) for entry in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A sandbox without any provider, instead of the one that other tests share.

    Runs write their temporary files below ``files``, so that what they leave can be looked for.
    """
    files = tmp_path_factory.mktemp("installing")
    bed = Bed(_NAME, NEW, CACHE / "sandboxes" / _NAME)
    found = Site(bed, files)
    script = {"canary": CANARY, "log": files / "calls", "clusterctl": bed.folder / "bin" / f"clusterctl-{NEW}"}
    found.clusterctl.write_text(_NOTING.format(**script))
    found.clusterctl.chmod(0o755)
    with only_sandbox(_NAME), pytest.MonkeyPatch.context() as environment:
        for name in ("TMPDIR", "XDG_RUNTIME_DIR"):
            environment.setenv(name, str(files))
        try:
            found.start_again()
            yield found
        finally:
            gone = bed.play("sandbox", sandbox_state="absent")
    assert gone.code == 0, gone.output


@pytest.fixture
def empty(site: Site) -> Site:
    if site.versions:
        site.start_again()
    return site


@pytest.fixture
def older(site: Site) -> Site:
    """All providers at the older release."""
    if site.versions != at(OLD):
        site.start_again()
        run = site.init(OLD)
        assert run.code == 0, run.output
    return site


@pytest.fixture
def newest(site: Site) -> Site:
    """All providers at the newest release."""
    if site.versions != at(NEW):
        run = site.init(NEW)
        assert run.code == 0, run.output
    return site
