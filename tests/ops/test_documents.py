"""What the documents claim is what the code does."""

import re
from pathlib import Path

from caretrack.ops.management.commands.state_diagram import drawn

ROOT = Path(__file__).parents[2]


def test_the_diagram_of_states_is_drawn_from_the_code():
    assert (ROOT / "docs" / "states.md").read_text("utf-8") == drawn()


def test_every_file_that_the_documents_name_exists():
    top = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    for document in [*top, *sorted((ROOT / "docs").rglob("*.md"))]:
        text = document.read_text("utf-8")
        for link in re.findall(r"\]\(((?!https?:|#)[^)#]+)\)", text):
            assert (document.parent / link).exists(), f"{document.name} links to {link}"
        for path in re.findall(
            r"`((?:caretrack|integrations|audit|insight|rca|sla|routing|cases|contacts|core|tests|deploy|bench)/[\w./*-]+)`",
            text,
        ):
            assert list(ROOT.glob(path.rstrip("/"))), f"{document.name} names {path}"
