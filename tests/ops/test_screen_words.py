"""The words on screens and in emails are the glossary's; none of those that it replaces is left.

Two places hold them: the catalogue (portal, account pages, emails) and the templates of Care.
"""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from django.apps import apps

from caretrack.ops import i18n_extract

ROOT = Path(__file__).resolve().parents[2]
# What is refused, and what to write instead (docs/glossary.md).
REFUSED = {
    r"first answer|initial response": "first response",
    r"[«»]": "“ ”",
    r"\be-mails?\b": "email",
    r"\blog(ged|s|ging)?[- ](in|out|ins)\b": "sign in, sign out",
    r"\bletter (leads|again|on its way|is)\b|\bin your letter\b|\bthis letter\b": "email",
    r"\bworks? again\b": "restore service",
    r"\bpromis(e|es|ed|ing)\b(?!})": "service target, SLA",
    r"\breads? along\b": "read-only access",
    r"\bkept (views?|as|here)\b|\bkeep (for later|it and|this list)\b|\bnot kept\b": "save",
    r"\bthrow(n|s)? .{0,20}away\b": "delete, discard",
    r"\bnarrow\b": "filter",
    r"\bhears? of\b|\b(is|are|was|were) told\b": "is notified",
    r"around the clock": "24×7",
    r"nine of ten": "90th percentile",
    r"\bways? in\b": "support channel",
    r"by the clock of|there it is": "time zone, local time",
    r"nobody has it": "unassigned",
    r"no word for too long|waiting too long": "update overdue",
    r"cases? spared": "cases deflected",
    r"\bask(ed)? back\b": "request more information",
    r"\btake (it|them) in\b": "create",
    r"\bladder\b|\brungs?\b": "escalation policy, level",
    r"\bfil(e|ed|es|ing) (a|the|as|one|it|another)\b|\bfile for\b": "open a case",
    r"\b(is|are|be|being|was) paged\b|\bpages? (whoever|the)\b": "alert",
    r"\bjournal(led)?\b": "event log",
}


def texts_of_the_catalogue() -> Iterator[tuple[str, str]]:
    for message in i18n_extract.written():
        if isinstance(message, Message) and message.id:
            yield "catalogue", message.id if isinstance(message.id, str) else message.id[0]


def texts_of_care() -> Iterator[tuple[str, str]]:
    """The visible text of the templates that only Care reads, without tags and variables."""
    for folder in ("console", "managers", "jinja2/queue"):
        for path in sorted((ROOT / "templates" / folder).rglob("*.html")):
            text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.S)
            named = re.findall(r'(?:title|aria-label|placeholder|alt|data-is)="([^"]*)"', text)
            text = re.sub(r"\{% block main_class %\}.*?\{% endblock %\}", "", text, flags=re.S)
            text = re.sub(r"<[^>]*>|\{%.*?%\}", "\n", text, flags=re.S)
            text = re.sub(r"\{\{.*?\}\}", "…", text, flags=re.S)
            for line in (*named, *re.split(r"\n\s*\n", text)):
                if words := " ".join(line.split()):
                    yield str(path.relative_to(ROOT)), words


def texts_of_code() -> Iterator[tuple[str, str]]:
    """The sentences in the Python code of Care's pages and of what they show, without
    docstrings.
    """
    web = [f"caretrack/web/{one}" for one in ("console", "managers", "shared/queue", "emergency")]
    for folder in (*web, "sla/policy_diff.py", "sla/fact_texts.py"):
        root = ROOT / folder
        for path in [root] if root.is_file() else sorted(root.rglob("*.py")):
            tree = ast.parse(path.read_text("utf-8"))
            documents = {
                id(node.body[0].value)
                for node in ast.walk(tree)
                if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
                and node.body
                and isinstance(node.body[0], ast.Expr)
            }
            for node in ast.walk(tree):
                if (
                    isinstance(node, ast.Constant)
                    and isinstance(node.value, str)
                    and id(node) not in documents
                    and " " in node.value
                ):
                    yield str(path.relative_to(ROOT)), node.value


def labels_of_choices() -> Iterator[tuple[str, str]]:
    """The label of each value that a column can have."""
    for model in apps.get_models():
        for field in model._meta.get_fields():
            for _value, label in getattr(field, "flatchoices", []):
                yield f"{model.__name__}.{field.name}", str(label)


@functools.cache
def all_texts() -> list[tuple[str, str]]:
    sources = (texts_of_the_catalogue, texts_of_care, texts_of_code, labels_of_choices)
    return [text for source in sources for text in source()]


@pytest.mark.parametrize(("refused", "instead"), REFUSED.items(), ids=REFUSED.values())
def test_no_screen_says_what_the_glossary_replaces(refused, instead):
    pattern = re.compile(refused, re.IGNORECASE)
    refused_texts = [
        f"{where}: {text[:90]} (write: {instead})"
        for where, text in all_texts()
        if pattern.search(text)
    ]
    assert refused_texts == []


def test_no_line_break_of_a_template_stands_before_a_comma():
    """A part that may be left out and begins with a comma belongs into `{% sentence %}`."""
    begins = re.compile(r"\s(?:\{% (?:if|elif|for) [^%]*%\})+[,.;]")
    wrong = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        text = re.sub(
            r"\{% sentence %\}.*?\{% endsentence %\}", "", path.read_text("utf-8"), flags=re.S
        )
        if begins.search(text):
            wrong.append(str(path.relative_to(ROOT)))
    assert wrong == []
