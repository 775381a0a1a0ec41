"""Pages as tagged PDF files (PDF/UA). They need Pango; without it `is_possible` is False."""

from functools import lru_cache
from typing import Any, NoReturn

from django.template.loader import render_to_string


@lru_cache(maxsize=1)
def is_possible() -> bool:
    """Whether WeasyPrint finds its libraries."""
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):
        return False
    return True


def render(template: str, context: dict[str, Any]) -> bytes:
    """A template as a PDF file.

    It contains its styles and may reference no file: nothing is ever fetched.
    """
    import weasyprint

    html = weasyprint.HTML(string=render_to_string(template, context), url_fetcher=_fetch_nothing)
    return bytes(html.write_pdf(pdf_variant="pdf/ua-1", optimize_images=True))


def _fetch_nothing(url: str, *args: Any, **kwargs: Any) -> NoReturn:
    raise ValueError(f"A document fetches nothing, and so not {url[:60]}.")
