# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE. What the checks of AWS look at: the wishes, and what AWS answered. Pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._objects import close_matches
from .answers import answer_in
from .aws_needs import MOST_ZONES, AwsWish, type_of
from .aws_questions import instances_in
from .description import Group


@dataclass(frozen=True)
class AwsGround:
    """Clusters of one account and region; an answer is what boto3 gave, or NoAnswer."""

    region: str
    wishes: Sequence[AwsWish]
    answers: Mapping[str, Any]

    def read(self, name: str) -> Any:
        return answer_in(self.answers, name)

    @property
    def zones(self) -> list[str]:
        """The zones that a VPC of the provider spans: the first ones by name (availabilityZoneSelection: Ordered)."""
        open_ones = [z for z in self.read("zones") if z.get("ZoneType", "availability-zone") == "availability-zone"]
        return sorted(str(z["ZoneName"]) for z in open_ones if z.get("State") == "available")

    @property
    def subnets(self) -> dict[str, Mapping[str, Any]]:
        return {str(s["SubnetId"]): s for s in self.read("subnets")}

    @property
    def types(self) -> dict[str, Mapping[str, Any]]:
        return {str(t["InstanceType"]): t for t in self.read("types")}

    def zones_of(self, wish: AwsWish) -> list[str]:
        """Where its machines go; of zones that are named the provider takes the number (availabilityZoneUsageLimit)."""
        if wish.makes_network:
            return self.zones[: len(wish.zones) or MOST_ZONES]
        there = self.subnets
        return sorted({str(there[s]["AvailabilityZone"]) for s in wish.private if s in there})

    def running(self) -> list[Mapping[str, Any]]:
        return instances_in(self.read("instances"))

    @property
    def own_network(self) -> list[AwsWish]:
        return [w for w in self.wishes if w.makes_network]

    @property
    def given_network(self) -> list[AwsWish]:
        return [w for w in self.wishes if not w.makes_network]


def missing(what: str, word: str, there: Collection[str]) -> str:
    """``There is no key pair 'opps' in us-east-1; did you mean 'ops'?``"""
    near = close_matches(word, there)
    return f"There is no {what}{near or '.'}"


def names(wishes: Sequence[AwsWish]) -> tuple[str, ...]:
    return tuple(w.name for w in wishes)


def machines(wishes: Sequence[AwsWish]) -> Iterator[tuple[AwsWish, Group, str]]:
    """Every group of machines, with its cluster and instance type."""
    for wish in wishes:
        for group in wish.groups:
            yield wish, group, type_of(group)


def shares(count: int, places: Sequence[str]) -> dict[str, int]:
    """How many machines each place must have room for, where they are spread evenly."""
    return {place: math.ceil(count / len(places)) for place in places}
