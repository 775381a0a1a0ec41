"""The shipped areas and articles, loaded from files; changes of administrators remain."""

import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from django.db import transaction

from cases.knowledge import articles
from cases.models import Area, Article, Responsibility
from contacts.models import User
from contacts.models.people import CARE_ROLES
from core.translations import LANGUAGES

SHIPPED = Path(__file__).parent / "content"


class BadHelpFile(ValueError):
    """A file is not a valid area or article; the text names what is wrong and where."""


@dataclass(frozen=True)
class Written:
    """An article as its file contains it."""

    slug: str
    title: str
    summary: str
    area: str
    body: str
    translations: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def parts(self) -> dict[str, str]:
        return {"title": self.title, "summary": self.summary, "body": self.body}

    @property
    def content(self) -> dict[str, Any]:
        """The texts with their translations, as a draft holds them."""
        return {**self.parts, "translations": self.translations}


@transaction.atomic
def load(folder: Path = SHIPPED) -> tuple[int, int]:
    """Add the missing areas, and publish missing or newer articles. Returns the number of each.

    Needs Care's scope.
    """
    area_rows = _areas(folder / "areas.toml")
    new_areas = sum(_add_area(position, row) for position, row in enumerate(area_rows))
    areas = dict(Area.objects.values_list("key", "pk"))
    written = [_with_translations(path) for path in sorted((folder / "articles").glob("*.md"))]
    for article in written:
        if article.area not in areas:
            raise BadHelpFile(f"{article.slug}: there is no area {article.area!r}.")
    new_articles = sum(_publish(article, areas[article.area]) for article in written)
    known = dict(Article.objects.values_list("slug", "pk"))
    for row in area_rows:
        if row.get("helps") in known:
            Area.objects.filter(key=row["key"], helps=None).update(helps=known[row["helps"]])
    return new_areas, new_articles


def read(path: Path) -> Written:
    """An article from its file: a few `name: value` lines, an empty line, the text in Markdown."""
    head, _, body = path.read_text("utf-8").partition("\n\n")
    headers = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line)
    missing = [name for name in ("title", "summary", "area") if not headers.get(name)]
    if missing or not body.strip():
        raise BadHelpFile(f"{path.name}: missing {', '.join(missing) or 'the text'}.")
    return Written(path.stem, headers["title"], headers["summary"], headers["area"], body.strip())


def _with_translations(path: Path) -> Written:
    """An article with its translations: files of the same name in a folder for each language."""
    versions = {
        language: read(path.parent / language / path.name).parts
        for language in LANGUAGES
        if (path.parent / language / path.name).exists()
    }
    return replace(read(path), translations=versions)


def _areas(path: Path) -> list[dict[str, Any]]:
    try:
        rows = tomllib.loads(path.read_text("utf-8")).get("areas", [])
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadHelpFile(f"{path}: {error}") from None
    for row in rows:
        if row.get("responsibility") not in Responsibility.values:
            raise BadHelpFile(f"{path}: {row.get('key')} is neither yours, ours nor shared.")
    return rows


def _add_area(position: int, row: dict[str, Any]) -> bool:
    _, is_new = Area.objects.get_or_create(
        key=row["key"],
        defaults={
            "name": row["name"],
            "responsibility": row["responsibility"],
            "why": _flowing(row["why"]),
            "position": position,
            "translations": {
                language: {"name": row[language]["name"], "why": row[language]["why"].strip()}
                for language in LANGUAGES
                if language in row
            },
        },
    )
    return is_new


def _flowing(text: str) -> str:
    """The text without line breaks inside paragraphs, which only fit the file."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n"))


def _publish(written: Written, area: int) -> bool:
    """Publish a new or changed text, unless a person has changed the article."""
    article, is_new = Article.objects.get_or_create(slug=written.slug, defaults={"area_id": area})
    if not is_new:
        touched = (
            article.draft
            or not article.is_published
            or article.versions.filter(by__role__in=CARE_ROLES).exists()
        )
        current = article.current
        if touched or (current and written.content == articles.content_of(current)):
            return False
    article.draft = written.content
    article.save(update_fields=["draft", "changed_at"])
    articles.publish(article, by=User.objects.system())
    return True
