"""The one way in which the domain says no to a person."""


class Refused(Exception):
    """A verb that the policy does not allow here; the text says why and what to do instead.

    Pages answer 403, the API problem details with status 403, commands exit code 2.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
