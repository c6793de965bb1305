# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import errno

from ansible_collections.capi.lifecycle.plugins.module_utils._errors import Refused
from ansible_collections.capi.lifecycle.plugins.module_utils._node_module import NodeOperation, execute
from ansible_collections.capi.lifecycle.plugins.module_utils._outcome import Outcome
from fake_host import FakeHost, session


def outcome_of(ensure: object) -> dict:
    return execute(NodeOperation({}, ensure), {}, session(FakeHost()), diff=True)


def refuse(*_args: object) -> Outcome:
    raise Refused("cp1 is the last one. Nothing was changed.", member="cp1")


def test_an_outcome() -> None:
    result = outcome_of(lambda session, params: Outcome({"a": 1}, {"a": 2}, {"x": 1}))
    assert result == {"outcome": "done", "x": 1, "changed": True, "diff": {"before": {"a": 1}, "after": {"a": 2}}}


def test_a_refusal() -> None:
    result = outcome_of(refuse)
    assert (result["failed"], result["outcome"], result["member"]) == (True, "refused", "cp1")


def test_a_defect_is_one_line() -> None:
    result = outcome_of(lambda session, params: {}["nothing"])
    assert result["msg"] == "Unexpected KeyError: 'nothing'. This is a defect of capi.lifecycle; please report it."
    assert "Traceback" in result["exception"]


def test_a_full_disk_is_no_defect() -> None:
    def write(*_args: object) -> Outcome:
        raise OSError(errno.ENOSPC, "No space left on device", "/var/lib/etcd/x")

    result = outcome_of(write)
    assert (
        result["msg"] == "/var/lib/etcd/x: No space left on device. When that is put right, run the same command again."
    )
    assert "exception" not in result
