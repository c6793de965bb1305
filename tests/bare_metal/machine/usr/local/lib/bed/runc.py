# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands before the real runc, so that a production configuration of containerd runs unchanged in a machine of the bed.

The machines have no cgroup controllers and not the right to lower an oom_score_adj: of what a container asks for, only
rules for devices stay, and cgroups are folders, not scopes of systemd.
"""

import json
import os
import sys

RUNC = "/usr/sbin/runc"


def option(arguments, *names):
    """The value of an option, as '--name value' or '--name=value'; empty where it is not given."""
    for place, word in enumerate(arguments):
        name, equals, value = word.partition("=")
        if name in names:
            return value if equals else arguments[place + 1]
    return ""


def edit(path, change):
    with open(path) as stream:
        content = json.load(stream)
    change(content)
    with open(path, "w") as stream:
        json.dump(content, stream)


def without_limits(process):
    process.pop("oomScoreAdj", None)
    process.pop("rlimits", None)


def portable(spec):
    linux = spec.setdefault("linux", {})
    resources = linux.get("resources") or {}
    linux["resources"] = {name: value for name, value in resources.items() if name == "devices"}
    parts = (linux.get("cgroupsPath") or "").split(":")
    if len(parts) == 3:  # slice:prefix:name
        parent, prefix, name = parts
        linux["cgroupsPath"] = f"/{parent or 'system.slice'}/{prefix}-{name}"
    without_limits(spec.get("process") or {})


def main():
    arguments = [word for word in sys.argv[1:] if word != "--systemd-cgroup"]
    if "update" in arguments:
        return
    process = option(arguments, "--process", "-p")
    if "create" in arguments or "run" in arguments:
        edit(os.path.join(option(arguments, "--bundle", "-b") or ".", "config.json"), portable)
    elif "exec" in arguments and process:
        edit(process, without_limits)
    os.execv(RUNC, [RUNC, *arguments])  # noqa: S606


main()
