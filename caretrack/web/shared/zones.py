"""The zone of a document: the customer's, so that it reads the same for everybody who gets it."""

from cases.models import Case
from sla.models import CaseTerms


def zone_of_case(case: Case) -> str:
    """The zone of the case's site: that of the calendar version by which its targets count."""
    terms = CaseTerms.objects.filter(organisation_id=case.organisation_id, case=case)
    return terms.values_list("calendar_version__zone", flat=True).first() or "UTC"
