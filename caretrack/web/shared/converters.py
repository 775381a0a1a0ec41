"""Case numbers in URLs: `/portal/cases/CT-0004021/`."""

from cases.models import Case
from cases.models.case import CODE, case_code, number_of


class CaseCode:
    """The path converter `<case:number>`: “CT-0004021” in the URL, the number 4021 in Python."""

    regex = CODE

    def to_python(self, value: str) -> int:
        return number_of(value)

    def to_url(self, value: Case | int | str) -> str:
        if isinstance(value, int):
            return case_code(value)
        return value if isinstance(value, str) else value.code
