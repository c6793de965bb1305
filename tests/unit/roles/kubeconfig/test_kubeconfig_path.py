# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of a cluster, by default: two clusters never share one."""

from __future__ import annotations

from pathlib import Path

import jinja2
import pytest
import yaml

CHECKOUT = Path(__file__).resolve().parents[4]
DEFAULTS = yaml.safe_load((CHECKOUT / "roles/kubeconfig/defaults/main.yml").read_text())


@pytest.mark.parametrize(
    ("namespace", "cluster", "path"),
    [
        pytest.param("default", "prod", "/here/prod.kubeconfig", id="the namespace default is left out"),
        pytest.param("team-a", "prod", "/here/team-a.prod.kubeconfig", id="one team"),
        pytest.param("team-b", "prod", "/here/team-b.prod.kubeconfig", id="another team"),
        pytest.param("team", "a-prod", "/here/team.a-prod.kubeconfig", id="a name that begins like a namespace"),
        pytest.param("default", "team-a-prod", "/here/team-a-prod.kubeconfig", id="a name with a namespace in it"),
    ],
)
def test_the_file_of_a_cluster(namespace: str, cluster: str, path: str) -> None:
    where = jinja2.Template(DEFAULTS["kubeconfig_path"])
    names = {"kubeconfig_cluster_namespace": namespace, "kubeconfig_cluster_name": cluster}
    assert where.render(lookup=lambda plugin, name: "/here", **names) == path
