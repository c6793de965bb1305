# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one action plugin: meta/runtime.yml sends every module of the collection here."""

from __future__ import annotations

from ..plugin_utils._live import ActionModule

__all__ = ["ActionModule"]
