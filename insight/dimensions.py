"""The dimensions of figures: the field of a fact that holds each one, and names of its values."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import F, Model, Q, QuerySet, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Concat, NullIf

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
# The value of a fact that has none, such as a miss while nobody had the case. It is a value like
# any other, so that the rows of a breakdown add up to their total.
NO_VALUE = "none"
NO_VALUE_NAMES: Mapping[Dimension, str] = {
    Dimension.SITE: "No site",
    Dimension.REGION: "No region",
    Dimension.AREA: "No area",
    Dimension.TEAM: "Unassigned",
    Dimension.ANALYST: "Unassigned",
    Dimension.OFFERING: "No offering",
    Dimension.POLICY: "No policy",
}
TEXT_FIELDS = ("region", "area", "offering")
HOURS_OF_A_WEEK = 168
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# The model of a dimension's values, the field that holds a value, and the name. Values of other
# dimensions are their own names.
NAMED: Mapping[Dimension, tuple[type[Model], str, Combinable]] = {
    Dimension.ORGANISATION: (Organisation, "pk", F("name")),
    Dimension.SITE: (
        Site,
        "pk",
        Concat("organisation__name", Value(", "), "name", output_field=TextField()),
    ),
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
    """A fact's value of a dimension as text, as `Figure.key` holds it.

    NULL for the hour of a fact without one: only first responses and opened cases have an hour.
    """
    if dimension == Dimension.ALL:
        return _text("")
    key = NullIf(Cast(FACT_FIELDS[dimension], TextField()), _text(""))
    return Coalesce(key, _text(NO_VALUE)) if dimension in NO_VALUE_NAMES else key


def facts_with(dimension: Dimension, key: str) -> Q:
    """The condition of facts with a value of a dimension."""
    field = FACT_FIELDS[dimension]
    if key == NO_VALUE and dimension in NO_VALUE_NAMES:
        return Q(**{field: ""}) if field in TEXT_FIELDS else Q(**{f"{field}__isnull": True})
    return Q(**{field: key})


def _text(text: str) -> Value:
    return Value(text, output_field=TextField())


def names(wanted: Iterable[tuple[Dimension, str]]) -> dict[tuple[Dimension, str], str]:
    """The names of dimension values.

    One statement, or none where the value is its own name.
    """
    labels: dict[tuple[Dimension, str], str] = {}
    keys: dict[Dimension, set[str]] = defaultdict(set)
    for dimension, key in wanted:
        if key == NO_VALUE and dimension in NO_VALUE_NAMES:
            labels[dimension, key] = NO_VALUE_NAMES[dimension]
            continue
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
