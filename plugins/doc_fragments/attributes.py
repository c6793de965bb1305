# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of what every module supports."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Can run in check mode, which predicts the change by dry runs on the server, and writes nothing.
  diff_mode:
    support: full
    description: Returns what changed, or in check mode what would change. Secrets are shown as hashes.
"""

    # For modules that only read.
    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Can run in check mode; this module only reads.
  diff_mode:
    support: N/A
    description: Returns what changed; this module changes nothing.
"""

    # For modules that run on a node and change something there.
    NODE = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Can run in check mode, which looks at the node, predicts the change, and makes none.
  diff_mode:
    support: full
    description: Returns what changed, or in check mode what would change.
"""
