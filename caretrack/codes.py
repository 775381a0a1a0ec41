"""Case numbers as they stand in an address: `/portal/cases/CT-0004021/`."""

from cases.models import Case


class CaseCode:
    """The path converter `<case:number>`: «CT-0004021» there, the number 4021 here."""

    regex = r"CT-\d{1,18}"

    def to_python(self, value: str) -> int:
        return int(value.removeprefix("CT-"))

    def to_url(self, value: Case | int | str) -> str:
        if isinstance(value, Case):
            return value.code
        return value if isinstance(value, str) else f"CT-{value:07d}"
