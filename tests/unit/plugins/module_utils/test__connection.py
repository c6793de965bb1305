# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From options, environment and kubeconfigs to a server; which are refused, and in which words."""

from __future__ import annotations

import base64
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._connection import AUTH_SPEC, NoKube, connect, connect_to
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Forbidden, Refused, Unreachable
from fake_server import FakeServer, Reply, kubeconfig, status
from fakes import FakeClock

VERSION = {"GET /version": Reply(body={"major": "1"})}


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home of the test's own: the default file of the user stays out."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_nobody_named_a_cluster(home: Path) -> None:
    with pytest.raises(Refused) as caught:
        connect({}, dry_run=False, writes=True)
    for words in ("No management cluster is named", "'kubeconfig', 'context' or 'host'", "K8S_AUTH_KUBECONFIG"):
        assert words in str(caught.value)


def test_nor_in_check_mode(home: Path) -> None:
    """What check mode says must be what the run does."""
    with pytest.raises(Refused):
        connect({"kubeconfig": "", "context": None}, dry_run=True, writes=True)


@pytest.mark.parametrize("writes", [True, False], ids=["writes", "reads"])
@pytest.mark.parametrize(
    ("option", "variable"),
    [("kubeconfig", ""), ("", "K8S_AUTH_KUBECONFIG"), ("", "KUBECONFIG"), ("host", ""), ("", "K8S_AUTH_HOST")],
)
def test_named_by_option_or_environment(
    option: str, variable: str, writes: bool, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeServer(VERSION) as server:
        file = home / "config"
        file.write_text(kubeconfig(server.url))
        value = server.url if "HOST" in (option + variable).upper() else str(file)
        if variable:
            monkeypatch.setenv(variable, value)
        options = {"api_key": "t", option: value} if option else {"api_key": "t"}
        with connect(options, dry_run=False, writes=writes) as kube:
            assert kube.read("/version") == {"major": "1"}
            assert kube.server == server.url


def test_kubeconfig_by_environment_wins_over_an_in_cluster_account(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWX runs in a cluster of its own: writes must go to the one that was named."""
    monkeypatch.setattr("kubernetes.config.load_incluster_config", lambda: pytest.fail("in-cluster account"))
    with FakeServer(VERSION) as server:
        (home / "config").write_text(kubeconfig(server.url))
        monkeypatch.setenv("KUBECONFIG", str(home / "config"))
        with connect({}, dry_run=False, writes=True) as kube:
            assert kube.server == server.url


def test_named_by_context_of_the_default_file(home: Path) -> None:
    with FakeServer(VERSION) as server:
        (home / ".kube").mkdir()
        file = home / ".kube" / "config"
        file.write_text(kubeconfig(server.url, "mine"))
        with connect({"context": "mine", "kubeconfig": str(file)}, dry_run=False, writes=True) as kube:
            assert kube.read("/version")


def test_the_kubeconfig_as_a_mapping() -> None:
    """As the module returns it, or from a vault."""
    with FakeServer(VERSION) as server:
        config = json.loads(kubeconfig(server.url))
        with connect({"kubeconfig": config}, dry_run=False, writes=True) as kube:
            kube.read("/version")
        assert server.requests[0].headers["authorization"] == "Bearer t"


def test_credentials_by_option() -> None:
    """Those of the connection before, by another kubeconfig in the same process, do not join them."""
    connect({"kubeconfig": json.loads(kubeconfig("http://127.0.0.1:9"))}, dry_run=False, writes=True)
    with FakeServer(VERSION) as server:
        with connect({"host": server.url, "api_key": "secret"}, dry_run=False, writes=True) as kube:
            kube.read("/version")
        assert server.requests[0].headers["authorization"] == "Bearer secret"


@pytest.mark.parametrize("dry_run", [True, False])
def test_check_mode_reaches_the_client(dry_run: bool) -> None:
    with connect({"host": "http://127.0.0.1:9", "api_key": "t"}, dry_run=dry_run, writes=True) as kube:
        assert kube.dry_run is dry_run


BROKEN = {
    "no file": (
        None,
        {},
        "does not exist. Nothing was changed; set 'kubeconfig' to the file of the management cluster",
    ),
    "no YAML": ("a: b: c", {}, "cannot be used: "),
    "empty": ("", {}, "cannot be used: "),
    "a list": ("[]", {}, "cannot be used: "),
    "no such context": (kubeconfig("http://127.0.0.1:9"), {"context": "typo"}, "typo"),
    "no server": ('{"apiVersion": "v1", "kind": "Config"}', {}, "cannot be used: "),
}


@pytest.mark.parametrize(("content", "options", "words"), BROKEN.values(), ids=BROKEN)
def test_unusable_kubeconfigs_are_named(content: str | None, options: Any, words: str, tmp_path: Path) -> None:
    file = tmp_path / "config"
    if content is not None:
        file.write_text(content)
    with pytest.raises(Unreachable) as caught:
        connect({"kubeconfig": str(file), **options}, dry_run=False, writes=True)
    assert str(caught.value).startswith(f"kubeconfig {file} ")
    assert words in str(caught.value)
    assert "Nothing was changed" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_client_certificate_that_is_not_there(tmp_path: Path) -> None:
    config = json.loads(kubeconfig("https://127.0.0.1:9"))
    config["users"][0]["user"] = {"client-certificate": "/nonexistent/crt", "client-key": "/nonexistent/key"}
    file = tmp_path / "config"
    file.write_text(json.dumps(config))
    with pytest.raises(Unreachable, match="/nonexistent/crt"):
        connect({"kubeconfig": str(file)}, dry_run=False, writes=True)


def test_a_server_that_is_down() -> None:
    with connect({"host": "http://127.0.0.1:9", "api_key": "t"}, dry_run=False, writes=True) as kube:
        kube._http._clock = FakeClock()  # else the retries take their twelve seconds
        with pytest.raises(Unreachable, match=r"http://127\.0\.0\.1:9 cannot be reached: connection refused"):
            kube.identity()


def test_long_retries_are_told() -> None:
    lines: list[str] = []
    place = {"host": "http://127.0.0.1:9", "api_key": "t"}
    with connect(place, dry_run=False, writes=True, report=lines.append) as kube:
        kube._http._clock = FakeClock()
        with pytest.raises(Unreachable):
            kube.identity()
    assert len(lines) == 1
    assert lines[0].startswith("http://127.0.0.1:9 cannot be reached: connection refused (is it running")
    assert lines[0].endswith("; trying again, 0s of at most 12s")


def test_expired_credentials_are_read_again_from_the_file(tmp_path: Path) -> None:
    """A sidecar renews the token in the kubeconfig."""
    with FakeServer({"GET /version": [status(401), Reply()]}) as server:
        file = tmp_path / "config"
        file.write_text(kubeconfig(server.url))
        with connect({"kubeconfig": str(file)}, dry_run=False, writes=True) as kube:
            file.write_text(kubeconfig(server.url).replace('"token": "t"', '"token": "new"'))
            kube.read("/version")
        assert [r.headers["authorization"] for r in server.requests] == ["Bearer t", "Bearer new"]


def test_expired_for_good(tmp_path: Path) -> None:
    with FakeServer({"GET /version": status(401)}) as server:
        file = tmp_path / "config"
        file.write_text(kubeconfig(server.url))
        with (
            connect({"kubeconfig": str(file)}, dry_run=False, writes=True) as kube,
            pytest.raises(Forbidden, match="does not accept the credentials"),
        ):
            kube.read("/version")


def test_no_key_is_left_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The official client writes certificates and keys into files of the temporary directory."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    config = json.loads(kubeconfig("https://127.0.0.1:9"))
    config["clusters"][0]["cluster"]["certificate-authority-data"] = "Y2FuYXJ5"
    with connect({"kubeconfig": config}, dry_run=False, writes=True):
        assert list((tmp_path / "tmp").iterdir()) != []
    assert list((tmp_path / "tmp").iterdir()) == []


def test_an_operation_without_a_management_cluster() -> None:
    kube = NoKube(dry_run=True)
    assert (kube.server, kube.dry_run) == ("", True)


def test_the_options_are_those_of_kubernetes_core() -> None:
    assert {"kubeconfig", "context", "host", "api_key", "proxy", "validate_certs"} <= AUTH_SPEC.keys()
    assert all(AUTH_SPEC[name].get("no_log") for name in ("api_key", "password"))


def with_key_files(data: str) -> dict[str, Any]:
    """A kubeconfig whose certificates the official client writes into files."""
    config: dict[str, Any] = json.loads(kubeconfig("https://127.0.0.1:9"))
    text = base64.b64encode(data.encode()).decode()
    config["users"][0]["user"] = {"client-certificate-data": text, "client-key-data": text}
    return config


def test_each_connection_removes_its_own_key_files_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The management cluster's are needed for each new TLS handshake, long after a look into a workload cluster."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with connect({"kubeconfig": with_key_files("management")}, dry_run=False, writes=True):
        mine = {p for p in tmp_path.rglob("*") if p.is_file()}
        assert {p.read_text() for p in mine} == {"management"}
        for _time in range(2):
            with connect_to(with_key_files("workload")):
                folder = next(p for p in tmp_path.iterdir() if p.is_dir())
                assert folder.stat().st_mode & 0o777 == 0o700
                assert "workload" in {p.read_text() for p in folder.iterdir()}
            assert {p for p in tmp_path.rglob("*") if p.is_file()} == mine
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_a_kubeconfig_of_a_workload_cluster_that_cannot_be_used_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(Unreachable, match="The kubeconfig of the workload cluster cannot be used"):
        connect_to({"apiVersion": "v1", "kind": "Config"})
    assert list(tmp_path.iterdir()) == []
