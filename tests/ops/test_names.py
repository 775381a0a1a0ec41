"""One word for one thing: no class name is used twice, and no name is a word that says nothing."""

import ast
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
# What a variable holds is its name: payload, recipients, results, query, created.
NO_VARIABLE = {"told", "said", "made", "found", "asked"}
NO_FUNCTION = NO_VARIABLE | {"of", "tell", "say", "keep", "stand", "hear", "saw", "what"}
NO_CLASS = {"Act", "Kind", "Line", "Part", "Thing", "What", "Wanted", "Asked", "Told"}
# The fields of stored events keep their names, which are hashed and exported.
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


def test_no_class_has_a_name_that_the_glossary_replaced():
    classes = {
        node.name
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ClassDef)
    }
    assert classes & (NO_CLASS | set(OLD_WORDS)) == set()
