# Copyright (c) 2026, capi.lifecycle contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What documents name exists: links, files, playbooks, modules, roles, options, variables, make targets."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from test_collection import CHECKOUT, MODULES, PLAYBOOKS, ROLES, options_of, read_yaml, tasks_in

ON_GITHUB = "https://github.com/capi-lifecycle/capi.lifecycle/blob/main/"  # Galaxy wants absolute links in the README
DOCUMENTS = sorted([*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/**/*.md"), *CHECKOUT.glob("roles/*/README.md")])
BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
# A path that begins with a folder of ours; in `roles/<role>/` and `tests/*` a part stands for something.
FOLDERS = "docs|extensions|inventories|meta|playbooks|plugins|roles|tests"
OUR_PATH = re.compile(rf"(?<![\w./~<>*-])(?:{FOLDERS})/(?:[\w./-]*\w)?(?![\w./-]*[<*])")
OUR_NAME = re.compile(r"(?<![\w/.])capi\.lifecycle\.(\w+)")
OUR_VARIABLE = re.compile(rf"(?<![\w.-])(?:{'|'.join(ROLES)})_[a-z_]*[a-z](?![\w*./<-])")
PRIVATE_FILE = re.compile(r"`(_[a-z_]+)(?:\.py)?[.`]")
OF_ONE_MACHINE = re.compile(r"/root\b|/tmp/|/home/(?!you\b)|127\.0\.0\.1:\d+")


def named(path: Path) -> str:
    return str(path.relative_to(CHECKOUT))


every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=named)


def code_of(text: str) -> str:
    """Code blocks and `words`: what a reader may copy."""
    return "\n".join([*(block["text"] for block in BLOCK.finditer(text)), *re.findall(r"`([^`\n]+)`", text)])


def anchors_of(path: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a document."""
    headings = re.findall(r"^#+ (.+)$", BLOCK.sub("", path.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(path: Path) -> Iterator[str]:
    for link in LINK.finditer(path.read_text()):
        base = CHECKOUT if link["target"].startswith(ON_GITHUB) else path.parent
        target, _hash, anchor = link["target"].removeprefix(ON_GITHUB).partition("#")
        if re.match(r"https?://|mailto:", target):
            continue
        file = base / target if target else path
        if not file.exists() or (anchor and anchor not in anchors_of(file)):
            yield link["target"]


@functools.cache
def known_variables() -> set[str]:
    specs = [read_yaml(f"roles/{role}/meta/argument_specs.yml")["argument_specs"] for role in ROLES]
    of_roles = {name for spec in specs for entry in spec.values() for name in entry.get("options", {})}
    of_plays = {name for file in PLAYBOOKS for name in re.findall(r"(\w+) \| default\(", (CHECKOUT / file).read_text())}
    of_inventories = {
        name
        for path in (CHECKOUT / "plugins/inventory").glob("*.py")
        for name in re.findall(r"^  (\w+):$", path.read_text(), re.MULTILINE)
    }
    return (
        of_roles
        | of_plays
        | of_inventories
        | set(MODULES)
        | {path.stem for path in (CHECKOUT / "plugins/filter").glob("*.py")}  # a part of a role bears its name
        | {option for module in MODULES for option in options_of(module)}
    )


@functools.cache
def known_names() -> set[str]:
    playbooks = {Path(playbook).stem for playbook in PLAYBOOKS}
    inventories = {path.stem for path in (CHECKOUT / "plugins/inventory").glob("*.py")}
    return {*MODULES, *ROLES, *playbooks, *inventories, *read_yaml("meta/runtime.yml")["action_groups"]}


@every_document
def test_links_lead_somewhere(path: Path) -> None:
    assert list(broken_links(path)) == []


@every_document
def test_files_exist(path: Path) -> None:
    assert [name for name in OUR_PATH.findall(code_of(path.read_text())) if not (CHECKOUT / name).exists()] == []


@every_document
def test_modules_roles_and_playbooks_exist(path: Path) -> None:
    assert set(OUR_NAME.findall(path.read_text())) - known_names() == set()


@every_document
def test_variables_exist(path: Path) -> None:
    assert set(OUR_VARIABLE.findall(code_of(path.read_text()))) - known_variables() == set()


@every_document
def test_make_has_the_targets(path: Path) -> None:
    targets = set(re.findall(r"^([a-z.-]+):.*## ", (CHECKOUT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z.-]+)", code_of(path.read_text()))) - targets == set()


@every_document
def test_yaml_parses_and_its_options_exist(path: Path) -> None:
    for block in BLOCK.finditer(path.read_text()):
        if block["language"] != "yaml":
            continue
        found = yaml.safe_load(block["text"])
        for task in tasks_in(found) if isinstance(found, list) else ():
            for action in [key for key in task if key.startswith("capi.lifecycle.")]:
                assert set(task[action] or {}) <= options_of(action.rpartition(".")[2]), task


@every_document
def test_nothing_of_one_machine(path: Path) -> None:
    assert OF_ONE_MACHINE.findall(path.read_text()) == []


def test_the_architecture_is_one_page() -> None:
    assert len((CHECKOUT / "ARCHITECTURE.md").read_text().splitlines()) <= 100


def test_the_architecture_names_every_private_file_and_no_other() -> None:
    there = {path.stem for path in (CHECKOUT / "plugins/module_utils").glob("_[!_]*")}
    assert set(PRIVATE_FILE.findall((CHECKOUT / "ARCHITECTURE.md").read_text())) == there


@pytest.mark.parametrize(
    ("text", "check", "found"),
    [
        ("see `playbooks/creat.yml`", OUR_PATH, ["playbooks/creat.yml"]),
        ("`roles/<role>/defaults/main.yml`, `plugins/modules/<noun>.py`, `tests/*`", OUR_PATH, []),
        ("`-e cluster_confrim=dev`", OUR_VARIABLE, ["cluster_confrim"]),
        ("`management_cluster_*` and `kubeconfig_cluster.yaml`", OUR_VARIABLE, []),
        ("`~/.cache/capi.lifecycle.log`, `capi.lifecycle.clutser`", OUR_NAME, ["clutser"]),
    ],
)
def test_the_patterns_themselves(text: str, check: re.Pattern[str], found: list[str]) -> None:
    assert check.findall(code_of(text)) == found
