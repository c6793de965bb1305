# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running clusterctl: shell scripts stand in its place, since what matters is how they are run."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from ansible_collections.capi.lifecycle.plugins.module_utils._clusterctl import (
    clusterctl_output,
    run_clusterctl,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._clusterctl_config import KubeconfigSource
from ansible_collections.capi.lifecycle.plugins.module_utils._clusterctl_place import Place, only_run, private_place
from ansible_collections.capi.lifecycle.plugins.module_utils._clusterctl_program import check_contract, find_clusterctl
from ansible_collections.capi.lifecycle.plugins.module_utils._errors import (
    CapiError,
    InvalidInput,
    NotFound,
    Refused,
    WaitTimeout,
)
from ansible_collections.capi.lifecycle.plugins.module_utils._session import Session
from ansible_collections.capi.lifecycle.plugins.module_utils._wait import Clock
from ansible_collections.capi.lifecycle.tests.unit.fakes import FakeKube, session

CANARY = "canary-value-of-a-secret"
SOURCE = KubeconfigSource(path="/k", context="c")
Program = Callable[[str], str]


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where private places of this test are made."""
    folder = tmp_path / "run"
    folder.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def program(tmp_path: Path) -> Program:
    def write(script: str) -> str:
        path = tmp_path / "clusterctl"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return str(path)

    return write


def real_time(kube: FakeKube) -> Session:
    return session(kube, Clock())


def run(binary: str, config: dict[str, str], timeout: float = 20) -> list[str]:
    kube = FakeKube()
    secrets = {"SECRET": CANARY}
    with private_place({**config, **secrets}, SOURCE, secrets) as place:
        run_clusterctl(real_time(kube), binary, ["init", "--core", "x:v1"], place, timeout)
    return lines_of(kube)


def test_silence_is_told_and_acted_on(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{run_clusterctl.__module__}._HEARTBEAT", 1.0)
    binary, kube, heard = program('echo "Waiting for cert-manager" >&2; sleep 3'), FakeKube(), list[str]()
    with private_place({}, SOURCE, {}) as place:
        run_clusterctl(real_time(kube), binary, ["init"], place, 20, heard.append)
    assert "clusterctl init: still at: Waiting for cert-manager" in lines_of(kube)
    assert set(heard) == {"Waiting for cert-manager"}


def lines_of(kube: FakeKube) -> list[str]:
    return list(kube.lines)  # type: ignore[attr-defined]


def test_lines_are_progress_and_secrets_are_not_in_them(program: Program) -> None:
    lines = run(program(f'echo "Fetching providers" >&2; echo "token {CANARY}" >&2; echo "stdout {CANARY}"'), {})
    assert lines == ["clusterctl init: Fetching providers", "clusterctl init: token ********"]


def test_what_clusterctl_is_given(program: Program, tmp_path: Path) -> None:
    run(program(f'echo "$@" >{tmp_path}/args; cp "$5" {tmp_path}/config; env >{tmp_path}/env'), {"A": "1"})
    words = (tmp_path / "args").read_text()
    assert re.match(r"init --core x:v1 --config \S+clusterctl.yaml --kubeconfig /k --kubeconfig-context c", words)
    config = json.loads((tmp_path / "config").read_text())
    assert (config["A"], config["SECRET"]) == ("1", CANARY)
    assert "CLUSTERCTL_DISABLE_VERSIONCHECK=true" in (tmp_path / "env").read_text()


def test_the_environment_does_not_override_the_task(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXP_A", "environment")
    monkeypatch.setenv("OTHER", "kept")
    run(program(f"env >{tmp_path}/env"), {"EXP_A": "task"})
    environment = (tmp_path / "env").read_text()
    assert "EXP_A" not in environment
    assert "OTHER=kept" in environment


def test_a_failure_is_one_message_without_secrets(program: Program, places: Path) -> None:
    with pytest.raises(InvalidInput) as error:
        run(program(f'echo "Error: value for variables [A] is not set, {CANARY}" >&2; exit 1'), {})
    assert "[A]" in str(error.value)
    assert CANARY not in str(error.value) + str(error.value.details)
    assert list(places.iterdir()) == []


def test_the_place_is_private_and_goes(places: Path) -> None:
    source = KubeconfigSource(document={"users": []})
    with private_place({}, source, {}) as place:
        assert stat.S_IMODE(os.stat(place.folder).st_mode) == 0o700
        for path in (place.config, place.kubeconfig):
            assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        assert json.loads(Path(place.config).read_text())["overridesFolder"].startswith(place.folder)
    assert list(places.iterdir()) == []


def test_leftovers_of_dead_runs_go_and_those_of_live_ones_stay(places: Path) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    gone = places / f"capi.lifecycle-clusterctl-{dead.pid}-x"
    stays = places / f"capi.lifecycle-clusterctl-{os.getpid()}-x"
    foreign = places / "something-else"
    for folder in (gone, stays, foreign):
        folder.mkdir()
    dangling = places / f"capi.lifecycle-clusterctl-{dead.pid}-link"
    dangling.symlink_to(places / "nowhere")
    to_a_foreign_one = places / f"capi.lifecycle-clusterctl-{dead.pid}-other"
    to_a_foreign_one.symlink_to(foreign)
    with private_place({}, SOURCE, {}):
        assert not gone.exists()
    assert stays.exists()
    assert foreign.exists()


def test_a_folder_that_cannot_be_looked_through_is_left(places: Path) -> None:
    """Any name may be gone, or no folder, before it is looked at."""
    (places / "capi.lifecycle-clusterctl-999999999-x").write_text("a file")
    (places / "capi.lifecycle-clusterctl-").mkdir()
    with private_place({}, SOURCE, {}) as found:
        assert Path(found.config).exists()


def test_a_place_that_cannot_be_made_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder whose path is so long that nothing fits below it stands for a full disk, also for root."""
    longest = os.pathconf("/", "PC_PATH_MAX")
    folder = tmp_path
    while len(str(folder)) < longest - 30:
        folder /= "d" * min(200, longest - 25 - len(str(folder)))
    folder.mkdir(parents=True)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    with pytest.raises(Refused, match=r"ddd/.* cannot be written: .*Nothing was changed.*TMPDIR"):
        private_place({}, SOURCE, {}).__enter__()


def test_a_lock_that_cannot_be_made_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked(tmp_path)))
    with pytest.raises(Refused, match=r"blocked.*cannot be written: .*Nothing was changed.*XDG_CACHE_HOME"):
        only_run(session(FakeKube()), "uid", 5).__enter__()


def test_a_program_that_cannot_be_kept_is_refused(
    program: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    content = Path(program("echo fetched"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked(tmp_path)))
    wish = {"url": f"file://{content}", "sha256": sha256(content.read_bytes()).hexdigest()}
    with pytest.raises(Refused, match=r"blocked.*cannot be written: .*Nothing was changed.*XDG_CACHE_HOME"):
        find_clusterctl(wish, fetches=True)


def blocked(folder: Path) -> Path:
    """A place where nothing can be written, also not by root: below a file."""
    (folder / "blocked").write_text("")
    return folder / "blocked" / "below"


def test_a_run_that_takes_too_long_is_ended(program: Program, tmp_path: Path) -> None:
    with pytest.raises(WaitTimeout) as error:
        run(program(f'echo "Fetching providers" >&2; echo $$ >{tmp_path}/pid; exec sleep 60'), {}, timeout=0.5)
    assert "Fetching providers" in str(error.value)
    assert gone(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_clusterctl_ends_with_the_run(program: Program, tmp_path: Path, places: Path, number: int) -> None:
    """kill -9 included: no clusterctl of a dead run works on, no secret stays behind."""
    binary = program(f"echo $$ >{tmp_path}/pid; exec sleep 60")
    script = textwrap.dedent(f"""
        import signal
        from ansible_collections.capi.lifecycle.plugins.module_utils._clusterctl import *
        from ansible_collections.capi.lifecycle.plugins.module_utils._clusterctl_config import KubeconfigSource
        from ansible_collections.capi.lifecycle.plugins.module_utils._clusterctl_place import private_place
        from ansible_collections.capi.lifecycle.plugins.module_utils._wait import Clock
        signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background has it ignored
        session = Session(kube=None, report=print, clock=Clock())
        with private_place({{"S": "{CANARY}"}}, KubeconfigSource(path="/k"), {{}}) as place:
            run_clusterctl(session, "{binary}", ["init"], place, 60)
    """)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen([sys.executable, "-c", script], env=environment, stderr=subprocess.DEVNULL)
    assert soon(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    process.send_signal(number)
    process.wait(timeout=10)
    assert gone(int((tmp_path / "pid").read_text()))
    assert soon(lambda: list(places.iterdir()) == [])


def test_the_lock_waits_for_the_other_run_then_gives_up() -> None:
    kube = FakeKube()
    with (
        only_run(session(kube), "uid", 5),
        pytest.raises(WaitTimeout, match="after 130 s"),
        only_run(session(kube), "uid", 130),
    ):
        pass
    waits = "another run works on this management cluster; waiting for its end"
    assert lines_of(kube) == [waits, f"{waits} (60 s)", f"{waits} (120 s)"]
    with only_run(session(kube), "uid", 5), only_run(session(kube), "another", 5):
        pass


@pytest.mark.parametrize("program_waits", [False, True], ids=["quick", "slow"])
def test_a_call_that_reads_is_told(program: Program, program_waits: bool) -> None:
    kube = FakeKube()
    binary = program(f'[ "$1 $2" = "generate provider" ] && {"sleep 9;" if program_waits else ""} echo "$1 said"')
    arguments = ["generate", "provider", "--core", "x:v1"]
    told = "clusterctl generate provider --core x:v1"
    if program_waits:
        with pytest.raises(WaitTimeout, match=rf"{told} did not end in 0 s\. Nothing was changed"):
            clusterctl_output(real_time(kube), binary, arguments, place(), timeout=0.2)
    else:
        assert clusterctl_output(real_time(kube), binary, arguments, place()) == "generate said\n"
    assert lines_of(kube) == [told]


def place() -> Place:
    return Place(tempfile.gettempdir(), "/dev/null")


@pytest.mark.parametrize(
    ("told", "core", "words"),
    [
        ('{"clusterctl": {"gitVersion": "v1.14.2"}}', "v1.13.4", []),
        ('{"clusterctl": {"gitVersion": "v1.14.2"}}', "v1.10.10", ["contract v1beta2", "v1.0 to v1.10"]),
        ('{"clusterctl": {"gitVersion": "v1.10.10"}}', "v1.14.2", ["contract v1beta1", "v1.11 and newer"]),
        ("hello", "v1.14.2", ["does not tell its version", "hello"]),
    ],
)
def test_contract_of_the_program(program: Program, told: str, core: str, words: list[str]) -> None:
    binary = program(f"echo '{told}'")
    if not words:
        check_contract(session(FakeKube()), binary, place(), core)
        return
    with pytest.raises((Refused, InvalidInput)) as error:
        check_contract(session(FakeKube()), binary, place(), core)
    for word in [*words, binary, "Nothing was changed"]:
        assert word in str(error.value)


def test_a_program_of_another_architecture(tmp_path: Path) -> None:
    path = tmp_path / "clusterctl"
    path.write_bytes(b"\x7fELF\x02\x01\x01" + bytes(100))
    path.chmod(0o755)
    with pytest.raises(InvalidInput, match="architecture"):
        clusterctl_output(session(FakeKube()), str(path), ["version"], place())


def test_finding_the_program(tmp_path: Path, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    binary = program("true")
    assert find_clusterctl({"path": binary}, fetches=True) == binary
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_clusterctl({}, fetches=True) == binary
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(NotFound, match=r"clusterctl\.path.*clusterctl\.url.*PATH"):
        find_clusterctl({}, fetches=True)
    with pytest.raises(NotFound, match="is no file"):
        find_clusterctl({"path": str(tmp_path / "nothing")}, fetches=True)
    os.chmod(binary, 0o644)
    if os.getuid():
        with pytest.raises(InvalidInput, match="chmod"):
            find_clusterctl({"path": binary}, fetches=True)


def test_fetching_the_program(tmp_path: Path, program: Program) -> None:
    content = Path(program("echo fetched"))
    wish = {"url": f"file://{content}", "sha256": sha256(content.read_bytes()).hexdigest().upper()}
    assert find_clusterctl(wish, fetches=False) == ""
    found = find_clusterctl(wish, fetches=True)
    assert os.access(found, os.X_OK)
    content.unlink()
    assert find_clusterctl(wish, fetches=True) == found, "fetched once"
    Path(found).write_text("changed")
    with pytest.raises(CapiError, match=r"clusterctl\.url"):
        find_clusterctl(wish, fetches=True)


def test_a_wrong_checksum(program: Program) -> None:
    with pytest.raises(InvalidInput) as error:
        find_clusterctl({"url": f"file://{program('true')}", "sha256": "0" * 64}, fetches=True)
    for word in ("has the sha256", "0" * 64, "not run"):
        assert word in str(error.value)


def gone(pid: int) -> bool:
    def is_dead() -> bool:
        try:
            os.kill(pid, 0)
            stat_file = Path(f"/proc/{pid}/stat")
            return stat_file.exists() and ") Z " in stat_file.read_text()
        except (ProcessLookupError, FileNotFoundError):  # it may end between two looks
            return True

    return soon(is_dead)


def soon(look: Callable[[], object], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if look():
            return True
        time.sleep(0.05)
    return False
