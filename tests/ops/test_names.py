"""One name for one thing: no class name is used twice, and every name says what it holds."""

import ast
import io
import re
import tokenize
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = [init.parent for init in ROOT.glob("*/__init__.py") if init.parent.name != "tests"]
FILES = [
    file
    for package in PACKAGES
    for file in sorted(package.rglob("*.py"))
    if "migrations" not in file.parts
]
# Django and its libraries look for these by name.
NAMED_BY_OTHERS = {"Meta", "Command", "Migration"}
# Scripts and tests have no package of the product, and the same names are banned there.
SCRIPTS_AND_TESTS = [
    file for folder in ("bin", "bench", "tests") for file in sorted((ROOT / folder).rglob("*.py"))
]
# What a variable holds is its name: payload, recipients, results, query, created.
NO_VARIABLE = {"told", "said", "made", "found", "asked", "kept", "rung", "lane", "door"}
NO_FUNCTION = NO_VARIABLE | {"of", "tell", "say", "keep", "stand", "hear", "saw", "what"}
# Parts of a name that say in private language what a standard word says.
NO_PART = {"whoever", "whatever", "reckon", "anew", "rung", "lane", "door", "narrow", "told"}
# Comments and docstrings use plain words: stores, saves, immediately, again, is notified.
NO_PROSE = re.compile(
    r"\b(whoever|whatever|whomever|for good|reckon\w*|anew|told|lanes?|rungs?|doors?)\b", re.I
)
NO_CLASS = {"Act", "Kind", "Line", "Part", "Thing", "What", "Wanted", "Asked", "Told"}
# Stored events retain the names of their fields, which are hashed and exported.
STORED = "cases/events.py"
OLD_WORDS = ("QueuePlace", "TermsRun", "Edition", "Letter", "Placement", "PageStep", "Wishes")


def names(tree):
    """(name, whether it is a function's, line) of everything that a module names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, True, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, False, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, False, node.lineno


def test_no_class_name_is_used_twice():
    classes = defaultdict(list)
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ClassDef) and node.name not in NAMED_BY_OTHERS:
                classes[node.name].append(str(file.relative_to(ROOT)))
    assert {name: where for name, where in classes.items() if len(where) > 1} == {}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_names_say_what_they_hold(package):
    banned = [
        f"{file.relative_to(ROOT)}:{line} {name}"
        for file in FILES
        if package in file.parents and str(file.relative_to(ROOT)) != STORED
        for name, is_function, line in names(ast.parse(file.read_text()))
        if name.strip("_") in (NO_FUNCTION if is_function else NO_VARIABLE)
    ]
    assert banned == []


@pytest.mark.parametrize("folder", ["bin", "bench", "tests"])
def test_names_of_scripts_and_tests_say_what_they_hold(folder):
    banned = [
        f"{file.relative_to(ROOT)}:{line} {name}"
        for file in SCRIPTS_AND_TESTS
        if ROOT / folder in file.parents
        for name, is_function, line in names(ast.parse(file.read_text()))
        if name.strip("_") in NO_VARIABLE
    ]
    assert banned == []


def test_no_name_has_a_part_of_private_language():
    banned = [
        f"{file.relative_to(ROOT)}:{line} {name}"
        for file in FILES
        if str(file.relative_to(ROOT)) != STORED
        for name, _, line in names(ast.parse(file.read_text()))
        if NO_PART & set(name.lower().split("_"))
    ]
    assert banned == []


def prose(source):
    """(text, line) of every docstring and comment."""
    for node in ast.walk(ast.parse(source)):
        documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        if isinstance(node, documented) and (text := ast.get_docstring(node)):
            yield text, node.body[0].lineno
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string, token.start[0]


def test_docstrings_and_comments_use_plain_words():
    private = [
        f"{file.relative_to(ROOT)}:{line} {match[0]}"
        for file in [*FILES, *SCRIPTS_AND_TESTS]
        if file != Path(__file__)
        for text, line in prose(file.read_text())
        if (match := NO_PROSE.search(text))
    ]
    assert private == []


def test_no_class_has_a_name_that_the_glossary_replaced():
    classes = {
        node.name
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ClassDef)
    }
    assert classes & (NO_CLASS | set(OLD_WORDS)) == set()
