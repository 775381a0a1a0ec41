"""The exception for everything that a rule forbids a person."""

from django.utils.translation import gettext


class Refused(Exception):
    """An action that the policy does not allow here; the text says why and what to do instead.

    Pages answer 403, the API answers problem details with status 403, and commands exit with code
    2. The reason is in the language of the user; `values` fill its `{placeholders}`, so that one
    translation covers all values.
    """

    def __init__(self, reason: str, **values: object) -> None:
        sentence = gettext(reason) if reason else ""
        self.reason = sentence.format(**values) if values else sentence
        super().__init__(self.reason)
