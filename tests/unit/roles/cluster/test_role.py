# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role itself, by ansible-playbook and without a server: the objects of the golden files, all findings at once."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from descriptions import CHECKOUT, EXAMPLES, ROLE, example, examples

PASSWORD = "canary-7d1f"
BAD: dict[str, tuple[str, dict[str, Any], str]] = {
    # name: example, what is put over it, what is said
    "misspelt": (
        "aws",
        {"cluster_aws": {"regoin": "x"}},
        "misspelt: cluster_aws.regoin: unknown; did you mean 'region'?",
    ),
    "sizes": ("development", {"cluster_control_plane": {"replicas": 2}}, "use 3 instead of 2"),
    "flavor": ("development", {"cluster_flavor": "eks"}, "flavor: cluster_flavor: development has no flavor eks"),
    "patch": ("aws", {"cluster_overrides": {"AWSClutser": {"spec": {}}}}, "did you mean 'AWSCluster'"),
    "secret": ("aws", {"cluster_credentials": {"passwrod": PASSWORD}}, "secret: cluster_credentials.passwrod: unknown"),
}
TELL = [
    {"ansible.builtin.import_tasks": "judge.yml"},
    {
        "ansible.builtin.assert": {"that": "not _cluster_findings", "fail_msg": "{{ _cluster_findings }}"},
        "run_once": True,
    },
    {"ansible.builtin.debug": {"msg": "TOLD {{ __cluster_built.objects | to_json | b64encode }} TOLD"}},
]


class Unsafe(str):
    """A text with braces that Ansible shall leave alone."""


yaml.SafeDumper.add_representer(Unsafe, lambda dumper, text: dumper.represent_scalar("!unsafe", str(text), style="'"))


def unsafe(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: unsafe(part) for key, part in value.items()}
    if isinstance(value, list):
        return [unsafe(part) for part in value]
    return Unsafe(value) if isinstance(value, str) and "{{" in value else value


def play(folder: Path, hosts: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """Run the role's own judge.yml, in a copy of the role that tells the objects after it."""
    role = folder / "roles/cluster"
    (role / "tasks").mkdir(parents=True)
    for part in ("files", "templates", "vars", "defaults", "tasks/judge.yml"):
        (role / part).symlink_to(ROLE / part)
    (role / "tasks/main.yml").write_text(yaml.safe_dump(TELL))
    shared = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "cluster_namespace": "clusters",
    }
    (folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"vars": shared, "hosts": unsafe(hosts)}}))
    (folder / "play.yml").write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "roles": ["cluster"]}]))
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    command = [program, "-vvv", "-i", str(folder / "hosts.yml"), str(folder / "play.yml")]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=300, check=False)


OWN = """{% import 'core.j2' as core with context %}
{{ core.cluster(core.api('infrastructure'), 'OurCluster') }}
---
apiVersion: infrastructure.example/v1
kind: OurCluster
metadata: {name: {{ cluster_name }}}
spec: {pools: {{ cluster_node_pools | map(attribute='name') | to_json }}}
"""


def test_the_role_makes_the_golden_objects(tmp_path: Path) -> None:
    """And takes a template of the user, which has the same variables and macros."""
    hosts = {name.replace("_", "-"): {**example(name), "cluster_name": "prod"} for name in examples()}
    (tmp_path / "own.j2").write_text(OWN)
    hosts["own"] = {**example("aws"), "cluster_template_path": str(tmp_path / "own.j2")}
    run = play(tmp_path, hosts)
    assert run.returncode == 0, run.stdout + run.stderr
    told = re.findall(r"ok: \[([\w-]+)\] => \{\s+\"msg\": \"TOLD (\S+) TOLD", run.stdout)
    found = {host: json.loads(base64.b64decode(text)) for host, text in told}
    own = found.pop("own")
    assert [item["kind"] for item in own] == ["Cluster", "OurCluster"]
    assert own[1]["spec"] == {"pools": ["workers-us-east-1a", "workers-us-east-1b"]}
    golden = {n: yaml.safe_load((EXAMPLES / f"{n}.golden.yml").read_text()) for n in examples()}
    assert found == {name.replace("_", "-"): objects for name, objects in golden.items()}


@pytest.fixture(scope="module")
def refusal(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What one run says of hosts that are all wrong, each in its own way."""
    hosts = {name: {**example(base), **over} for name, (base, over, _said) in BAD.items()}
    run = play(tmp_path_factory.mktemp("bad"), hosts)
    assert run.returncode != 0
    assert not re.search(r"TOLD \w", run.stdout)
    return run.stdout + run.stderr


@pytest.mark.parametrize("name", BAD)
def test_all_hosts_are_judged_before_one_is_made(refusal: str, name: str) -> None:
    assert BAD[name][2] in refusal


def test_no_value_of_a_credential_is_told(refusal: str) -> None:
    assert PASSWORD not in refusal


def test_the_examples_of_all_providers_are_right(tmp_path: Path) -> None:
    """In check mode create.yml comes as far as the management cluster, which is not there."""
    found = [path.parent for path in sorted(CHECKOUT.glob("inventories/*/host_vars"))]
    inventories = [word for path in found for word in ("-i", str(path))]
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    run = subprocess.run(
        [program, *inventories, "playbooks/create.yml", "--check"],
        cwd=CHECKOUT,
        env={**os.environ, "HOME": str(tmp_path), "VSPHERE_PASSWORD": PASSWORD},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    hosts = {path.stem for folder in found for path in folder.glob("host_vars/*.yml")}
    assert set(re.findall(r"fatal: \[([\w-]+)\]: .*kubeconfig \S+ does not exist", run.stdout)) == hosts, run.stdout
    assert not re.search(r"nothing is said of|TASK \[.*missed\] \*+\nok", run.stdout)
    assert PASSWORD not in run.stdout
