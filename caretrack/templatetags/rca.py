"""A root cause analysis as a document."""

from django import template

from rca.models import SECTIONS

register = template.Library()


@register.filter
def rca_sections(sections: dict[str, str]) -> list[tuple[str, str]]:
    """The written sections in a reader's order, as (heading, words)."""
    return [(str(label), sections[key]) for key, (label, _needed) in SECTIONS.items() if sections.get(key)]
