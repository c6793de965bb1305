# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What clusterctl says, in our words: its log lines as progress, its failures as errors. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ._errors import CapiError, Failed, Forbidden, InvalidInput, NotFound, Unreachable

_USELESS = re.compile(
    r"^(Your management cluster has been|You can now create your first|\s*clusterctl generate|.* is deprecated in |$)"
)
_OBJECT = re.compile(r'Provider=\{"name":"([^"]+)"[^}]*\}')
_PAIR = re.compile(r'\b(?:version|provider|Provider|providerVersion)="?([^" ]+)"?')
_NAMESPACE = re.compile(r' targetNamespace="?([^" ]+)"?')


def shown(line: str) -> str:
    """A line of clusterctl's log as a line for the operator; empty for what says nothing."""
    if _USELESS.match(line):
        return ""
    return " ".join(_NAMESPACE.sub(r" into \1", _PAIR.sub(r"\1", _OBJECT.sub(r"\1", line))).split())


def unusable(binary: str, error: OSError) -> CapiError:
    """Why a program cannot be run, in words."""
    reasons = {
        8: "it is not a program for this machine's architecture",
        13: "it is not executable; run chmod +x on it",
        2: "there is no such file, or its interpreter is missing",
    }
    reason = reasons.get(error.errno or 0, str(error.strerror or error))
    return InvalidInput(f"clusterctl {binary} cannot be run: {reason}. Nothing was changed.", clusterctl=binary)


def error_of(arguments: Sequence[str], lines: Sequence[str]) -> CapiError:
    """The error for a failed run: what was attempted, what clusterctl said, what to do."""
    verb = "upgrade apply" if arguments[0] == "upgrade" else arguments[0]
    told = [line.strip() for line in lines if line.strip()]
    errors = [line.removeprefix("Error:").strip() for line in told if line.startswith("Error:")]
    said = (errors or told or ["nothing"])[-1]
    kind: type[CapiError] = Failed
    advice = "Run the same command again once the cause is gone; what is half-done is finished then."
    for sign, found, remedy in _KNOWN:
        if re.search(sign, said):
            kind, advice = found, remedy
            break
    text = said if said.endswith(".") else f"{said}."
    return kind(f"clusterctl {verb} failed: {text} {advice}", clusterctl_said=list(told[-5:]))


# The first that fits. The network comes first: its errors carry addresses, in which any number may be.
_KNOWN: tuple[tuple[str, type[CapiError], str], ...] = (
    (
        r"no such host|connection refused|i/o timeout|TLS handshake|context deadline exceeded",
        Unreachable,
        "Check the network from here to the repository and to the management cluster, then run the same command again.",
    ),
    (r"value for variables? ", InvalidInput, "Set them in variables, or in secret_variables if they are secret."),
    (
        r"Please check the provider name",
        NotFound,
        "clusterctl knows no provider of this name and type: check both, or give the provider's url.",
    ),
    (
        r"from local release|release not found|\b404 Not Found|(got|code:) 404\b|failed to read .* provider's repo",
        NotFound,
        "The repository does not have this version: check version and url of the provider.",
    ),
    (r"[Ff]orbidden", Forbidden, "Installing providers needs cluster-admin on the management cluster."),
)
