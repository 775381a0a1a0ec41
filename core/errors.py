"""The one way in which the domain says no to a person."""

from django.utils.translation import gettext


class Refused(Exception):
    """A verb that the policy does not allow here; the text says why and what to do instead.

    Pages answer 403, the API problem details with status 403, commands exit code 2. The reason is
    said in the language of whoever asked; `values` fill its `{places}`, so that the catalogue knows
    the sentence.
    """

    def __init__(self, reason: str, **values: object) -> None:
        sentence = gettext(reason) if reason else ""
        self.reason = sentence.format(**values) if values else sentence
        super().__init__(self.reason)
