# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every sandbox has ports of its own, and none of those that the in-memory provider takes."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from sandbox.errors import SandboxError
from sandbox.ports import BASES, BLOCK, DEBUG_PORT, Ports, choose_base, debug_port_note, is_free, listener_folder

FIXED = {DEBUG_PORT, *range(20000, 30001)}
SLOTS = 24


def test_blocks_are_apart_from_each_other_and_from_the_fixed_ports() -> None:
    ports = [port for base in BASES for port in Ports(base).block]
    assert len(ports) == len(set(ports))
    assert not FIXED & set(ports)
    assert max(ports) < 32768, "ephemeral ports of Linux begin there"
    assert min(ports) > 1023


def test_the_ports_of_one_sandbox_differ() -> None:
    ports = Ports(BASES[0])
    own = [ports.etcd, ports.etcd_peer, ports.api_server]
    slots = [port for slot in range(SLOTS) for port in range(ports.of_slot(slot), ports.of_slot(slot) + 10)]
    assert len({*own, *slots}) == len(own) + len(slots)
    assert {*own, *slots} <= set(ports.block)


@pytest.mark.parametrize("slot", [-1, SLOTS])
def test_more_deployments_than_ports(slot: int) -> None:
    with pytest.raises(SandboxError, match="at most 24 Deployments: delete one first"):
        Ports(BASES[0]).of_slot(slot)


@pytest.mark.parametrize(
    ("taken", "busy", "wanted"),
    [
        pytest.param([], set(), BASES[0], id="the first block"),
        pytest.param([BASES[0], BASES[1]], set(), BASES[2], id="not those that other sandboxes remember"),
        pytest.param([], {BASES[0] + BLOCK - 1}, BASES[1], id="not one with a port in use"),
        pytest.param([BASES[0]], {BASES[1]}, BASES[2], id="neither"),
        pytest.param([4711], set(), BASES[0], id="what is no block does not matter"),
    ],
)
def test_choose_base(taken: list[int], busy: set[int], wanted: int) -> None:
    assert choose_base(taken, lambda port: port not in busy) == wanted


def test_no_block_left() -> None:
    with pytest.raises(SandboxError) as caught:
        choose_base([], lambda port: False)
    assert "remove a sandbox, or stop the programs that listen there" in str(caught.value)


@pytest.mark.parametrize("address", ["127.0.0.1", ""])
def test_a_port_that_is_listened_on_is_not_free(address: str) -> None:
    with socket.socket() as listener:
        listener.bind((address, 0))
        listener.listen()
        port = listener.getsockname()[1]
        assert not is_free(port)
    assert is_free(port)


needs_proc = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux has /proc/net/tcp")


@needs_proc
def test_who_listens_is_found_by_the_folder_of_the_process() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        assert listener_folder(port) == Path(os.getcwd())
    assert listener_folder(port) is None


def test_where_nothing_can_be_found_out(tmp_path: Path) -> None:
    assert listener_folder(80, tmp_path) is None


@needs_proc
@pytest.mark.parametrize(
    ("listening", "said"),
    [
        pytest.param("sandboxes/first/pods/capd-system_capd", "is held by sandbox 'first', and", id="another sandbox"),
        pytest.param("sandboxes/second/pods/capd-system_capd", "", id="its own provider"),
        pytest.param("somewhere", "is held by another process, and", id="something else"),
    ],
)
def test_the_fixed_port_limits_one_of_two_sandboxes(
    listening: str, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Seen from sandbox 'second'; the provider's working directory is its pod's folder."""
    (tmp_path / listening).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / listening)
    with socket.socket() as provider:
        provider.bind(("127.0.0.1", 0))
        provider.listen()
        port = provider.getsockname()[1]
        note = debug_port_note(tmp_path / "sandboxes/second", port)
    assert said in note
    assert bool(note) == bool(said)
    assert debug_port_note(tmp_path / "sandboxes/second", port) == "", "nobody listens any more"
