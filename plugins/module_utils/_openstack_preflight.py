# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What OpenStack would say to clusters that are described, before they are created."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ._check_table import listing
from ._checks import Checked, Unknown, run_checks
from ._openstack_seen import ask_openstack
from ._outcome import Outcome
from ._providers.answers import NoAnswer
from ._providers.every import skipped_here
from ._providers.openstack import CHECKS
from ._providers.openstack_checks import OpenStackGround
from ._providers.openstack_needs import openstack_wishes
from ._session import Session


def read_openstack_preflight(session: Session, params: Mapping[str, Any]) -> Outcome:
    """Outcome of openstack_preflight_info. Findings do not fail it. Raises InvalidInput, Unreachable."""
    cloud = params.get("cloud") or ""
    wishes = openstack_wishes(params["clusters"], cloud)
    answers = ask_openstack(params, wishes, session.report)
    who = answers["who"]
    project = "" if isinstance(who, NoAnswer) else str(who["project"])
    results = judged(OpenStackGround(cloud, wishes, answers), params["skip_checks"])
    region = str(params.get("region_name") or "")
    place = ", ".join(["OpenStack", *([cloud] if cloud else []), f"project {project or 'unknown'}"])
    told = listing(f"{place}, {len(wishes)} clusters", results, len(wishes))
    for line in told["table"]:
        session.report(line)
    return Outcome(values={"provider": "openstack", "account": project, "region": region or cloud, **told})


def judged(ground: OpenStackGround, skip: list[str]) -> list[Checked]:
    """Without credentials nothing else was asked, and one line says enough."""
    here = skipped_here(skip, CHECKS)
    if not isinstance(ground.answers["who"], NoAnswer):
        return run_checks(CHECKS, ground, here)
    return run_checks([CHECKS[0], *(replace(check, judge=_not_asked) for check in CHECKS[1:])], ground, here)


def _not_asked(ground: OpenStackGround) -> Iterator[str]:
    raise Unknown("not asked, since the credentials are not accepted")
