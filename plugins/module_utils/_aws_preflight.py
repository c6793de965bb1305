# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What AWS would say to clusters that are described, before they are created."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ._aws_seen import ask_aws, aws_region
from ._check_table import listing
from ._checks import Checked, Unknown, run_checks
from ._outcome import Outcome
from ._providers.answers import NoAnswer
from ._providers.aws import CHECKS
from ._providers.aws_ground import AwsGround
from ._providers.aws_needs import wishes_of
from ._providers.every import skipped_here
from ._session import Session


def read_aws_preflight(session: Session, params: Mapping[str, Any]) -> Outcome:
    """Outcome of aws_preflight_info. Findings do not fail it: they are its result. Raises InvalidInput, Unreachable."""
    region = aws_region(params)
    wishes = wishes_of(params["clusters"], region)
    asked = ask_aws(params, region, wishes, tries=params["try_run_instances"], report=session.report)
    results = _judged(AwsGround(region, wishes, asked.answers), params["skip_checks"])
    who = asked.answers["who"]
    account = "" if isinstance(who, NoAnswer) else str(who.get("Account"))
    title = f"AWS account {account or 'unknown'}, {region}, {len(wishes)} clusters, {asked.requests} requests"
    told = listing(title, results, len(wishes))
    for line in told["table"]:
        session.report(line)
    values = {"provider": "aws", "account": account, "region": region, "requests": asked.requests, **told}
    return Outcome(values=values)


def _judged(ground: AwsGround, skip: list[str]) -> list[Checked]:
    """Without credentials nothing else was asked, and one line says enough."""
    here = skipped_here(skip, CHECKS)
    if not isinstance(ground.answers["who"], NoAnswer):
        return run_checks(CHECKS, ground, here)
    return run_checks([CHECKS[0], *(replace(check, judge=_not_asked) for check in CHECKS[1:])], ground, here)


def _not_asked(ground: AwsGround) -> Iterator[str]:
    raise Unknown("not asked, since the credentials are not accepted")
