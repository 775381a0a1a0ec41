"""`state_diagram`: the states of cases, contacts and RCAs as Mermaid diagrams, from the code."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Model

from cases.models import Case
from contacts.models import DesignatedContact
from rca.models import Analysis

HEADS = {
    Case: "A case (§5 to §13)",
    DesignatedContact: "A Designated Contact (§1)",
    Analysis: "A root cause analysis (§12)",
}


class Command(BaseCommand):
    help = "Print docs/states.md."

    def handle(self, **options: Any) -> None:
        self.stdout.write(drawn(), ending="")


def drawn() -> str:
    """The whole document."""
    parts = [
        (
            "# States\n\n`bin/manage state_diagram` draws this page from the code, "
            "and a test compares them.\n"
        )
    ]
    for model, head in HEADS.items():
        lines = sorted(set(_moves(model)))
        parts.append(
            "\n".join([f"\n## {head}\n", "```mermaid", "stateDiagram-v2", *lines, "```\n"])
        )
    return "".join(parts)


def _moves(model: type[Model]) -> Iterator[str]:
    field: Any = model._meta.get_field("state")
    for transition in field.get_all_transitions(model):
        targets = getattr(transition.target, "allowed_states", None) or [transition.target]
        yield from (
            f"    {transition.source} --> {target}: {transition.name}" for target in targets
        )
