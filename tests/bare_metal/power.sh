#!/bin/sh
# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A machine is on for as long as this runs. Exit code 133 of systemd-nspawn says that the machine wants to boot again.
# Usage: power.sh <network namespace> <name> <root folder> <cgroup folder>...
set -u
namespace=$1 name=$2 root=$3
shift 3

# What a machine writes to /proc/sys must reach its network namespace. Locks of nspawn would outlive a power failure.
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 SYSTEMD_NSPAWN_API_VFS_WRITABLE=1 SYSTEMD_SECCOMP=0 SYSTEMD_NSPAWN_LOCK=0

boot() {
    for folder; do
        mkdir -p "$folder/machine"
        # Cgroups of containers that a power failure left cost the kubelet 3 s each.
        find "$folder/machine" -mindepth 1 -depth -type d -exec rmdir {} +
    done 2>/dev/null
    # shellcheck disable=SC2016
    sh -c 'for folder; do echo $$ >"$folder/machine/cgroup.procs"; done
        exec systemd-nspawn --quiet --boot --directory="$root" --machine="$namespace" --hostname="$name" --register=no --keep-unit \
            --network-namespace-path="/run/netns/$namespace" --capability=all --resolv-conf=off \
            --kill-signal=SIGRTMIN+3 --bind=/dev/kmsg --bind=/dev/fuse --bind=/dev/net/tun' sh "$@"
}

export namespace name root
while boot "$@"; [ $? -eq 133 ]; do :; done
