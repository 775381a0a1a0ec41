"""The dimensions of figures: the field of a fact that holds each one, and names of its values."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import F, Model, QuerySet, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat, NullIf

from contacts.models import Offering, Organisation, Site, Team, User
from insight.models import Dimension
from sla.models import PolicyVersion

FACT_FIELDS: Mapping[Dimension, str] = {
    Dimension.ORGANISATION: "organisation_id",
    Dimension.SITE: "site_key",
    Dimension.REGION: "region",
    Dimension.AREA: "area",
    Dimension.TEAM: "team_key",
    Dimension.ANALYST: "analyst_key",
    Dimension.OFFERING: "offering",
    Dimension.POLICY: "policy_key",
    Dimension.HOUR: "hour",
}
HOURS_OF_A_WEEK = 168
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# The model of a dimension's values, the field that holds a value, and the name. Values of other
# dimensions are their own names.
NAMED: Mapping[Dimension, tuple[type[Model], str, Combinable]] = {
    Dimension.ORGANISATION: (Organisation, "pk", F("name")),
    Dimension.SITE: (Site, "pk", Concat("organisation__name", Value(", "), "name")),
    Dimension.TEAM: (Team, "pk", F("name")),
    Dimension.ANALYST: (User, "pk", F("name")),
    Dimension.OFFERING: (Offering, "key", F("name")),
    Dimension.POLICY: (
        PolicyVersion,
        "pk",
        Concat("policy__name", Value(", version "), "number", output_field=TextField()),
    ),
}


def fact_key(dimension: Dimension) -> Combinable:
    """A fact's value of a dimension as text, as `Figure.key` holds it. NULL if it has none."""
    if dimension == Dimension.ALL:
        return Value("", output_field=TextField())
    return NullIf(Cast(FACT_FIELDS[dimension], TextField()), Value("", output_field=TextField()))


def names(wanted: Iterable[tuple[Dimension, str]]) -> dict[tuple[Dimension, str], str]:
    """The names of dimension values.

    One statement, or none where the value is its own name.
    """
    labels: dict[tuple[Dimension, str], str] = {}
    keys: dict[Dimension, set[str]] = defaultdict(set)
    for dimension, key in wanted:
        labels[dimension, key] = _hour(int(key)) if dimension == Dimension.HOUR else key
        if dimension in NAMED:
            keys[dimension].add(key)
    if keys:
        first, *others = [_named(dimension, values) for dimension, values in keys.items()]
        for named, key, name in first.union(*others, all=True):
            labels[Dimension(named), key] = name
    return labels


def _named(dimension: Dimension, values: set[str]) -> QuerySet[Any, tuple[str, str, str]]:
    """Rows of dimension, value and name."""
    model, field, name = NAMED[dimension]
    queryset = model._default_manager.filter(**{f"{field}__in": values}).order_by()
    return queryset.values_list(
        Value(str(dimension), output_field=TextField()),
        Cast(field, TextField()),
        Cast(name, TextField()),
    )


def _hour(hour: int) -> str:
    """An hour of the week, such as “Monday 08:00”."""
    return f"{WEEKDAYS[hour // 24]} {hour % 24:02d}:00"
