"""Macros: saved texts with a fixed list of fields.

They have a strict renderer of their own; no template language runs.
"""

import json
import re
from collections.abc import Mapping
from datetime import date, timedelta

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from cases.macro_effects import MacroEffects, refusal_of_effects
from cases.models import Macro, MacroAudience, MacroUse
from contacts.admin_log import record_change
from contacts.models import Team, User
from core.errors import Refused

FIELDS = {
    "contact.name": "the contact's name",
    "contact.first_name": "the first word of it",
    "organisation.name": "the organisation",
    "case.code": "the case's number",
    "case.title": "its title",
    "case.severity": "its severity",
    "analyst.name": "your name",
    "due.response": "when the first response is due, in the contact's time",
    "due.restore": "when it is to work again",
    "due.update": "when the next update is due",
}
USE_DAYS = 30  # of the figures of use
FIELD = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


def macros_for(user: User) -> QuerySet[Macro]:
    """The macros that a person of Care can use: their own, their teams', everyone's."""
    theirs = (
        Q(owner=user)
        | Q(audience=MacroAudience.ALL)
        | Q(audience=MacroAudience.TEAM, team__members=user)
    )
    mine = MacroUse.objects.filter(macro=OuterRef("pk"), by=user, on__gte=_recently())
    uses = mine.order_by().values("macro").annotate(total=Sum("count")).values("total")
    return (
        Macro.objects.filter(pk__in=Macro.objects.filter(theirs).values("pk"))
        .select_related("owner", "team")
        .annotate(own_uses=Coalesce(Subquery(uses), Value(0)))
    )


def _recently() -> date:
    return timezone.localdate() - timedelta(days=USE_DAYS)


def with_uses(macros: QuerySet[Macro]) -> QuerySet[Macro]:
    """The macros with `all_uses`: how often they were sent by anybody in the last 30 days."""
    uses = MacroUse.objects.filter(macro=OuterRef("pk"), on__gte=_recently())
    total = uses.order_by().values("macro").annotate(total=Sum("count")).values("total")
    return macros.annotate(all_uses=Coalesce(Subquery(total), Value(0)))


def may_change(user: User, macro: Macro) -> bool:
    """Whether a person may change a macro: its owner, and managers."""
    return user.is_care and (macro.owner_id == user.pk or user.is_manager)


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with each known field replaced, once: fields inside a value are not replaced.

    A field without a value becomes a visible gap, such as “…”. Unknown fields remain as written.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1]
        return match[0] if name not in FIELDS else " ".join(values.get(name, "").split()) or "…"

    return FIELD.sub(value, text)


@transaction.atomic
def save(
    *,
    by: User,
    name: str,
    text: str,
    audience: str,
    team: Team | None = None,
    macro: Macro | None = None,
    folder: str = "",
    effects: MacroEffects | None = None,
) -> Macro:
    """Save a new or changed macro.

    Refused for an unknown field, which would otherwise appear in a customer's email.
    """
    if macro is not None:
        macro = Macro.objects.select_for_update().get(pk=macro.pk)
        if not may_change(by, macro):
            raise Refused("Only its owner, or a manager, changes a macro.")
    elif not by.is_care:
        raise Refused("Macros are Care's.")
    unknown = sorted({field for field in FIELD.findall(text) if field not in FIELDS})
    if unknown:
        raise Refused(f"There is no field {{{{{unknown[0]}}}}}. Fields are: {', '.join(FIELDS)}.")
    name, text = name.strip(), text.strip()
    if not name or not text:
        raise Refused("A macro needs a name and its words.")
    if audience == MacroAudience.TEAM and team is None:
        raise Refused("Choose the team that shares it.")
    effects = MacroEffects() if effects is None else effects
    if reason := refusal_of_effects(effects):
        raise Refused(reason)
    macro = macro or Macro(owner=by)
    before = _snapshot(macro) if macro.pk else None
    if Macro.objects.filter(owner_id=macro.owner_id, name=name).exclude(pk=macro.pk).exists():
        raise Refused(f"There is a macro “{name}” already: choose another name.")
    macro.name, macro.text, macro.audience, macro.changed_at = name, text, audience, timezone.now()
    macro.team = team if audience == MacroAudience.TEAM else None
    macro.folder, macro.effects = folder.strip()[:60], effects.stored()
    macro.save()
    _record(macro, by, before, _snapshot(macro))
    return macro


@transaction.atomic
def remove(macro: Macro, *, by: User) -> None:
    """Delete a macro; messages sent with it are unchanged."""
    macro = Macro.objects.select_for_update().get(pk=macro.pk)
    if not may_change(by, macro):
        raise Refused("Only its owner, or a manager, removes a macro.")
    _record(macro, by, _snapshot(macro), None)
    macro.delete()


def _snapshot(macro: Macro) -> dict[str, str]:
    return {
        "name": macro.name,
        "text": macro.text,
        "audience": str(MacroAudience(macro.audience).label),
        "team": macro.team.name if macro.team else "",
        "folder": macro.folder,
        "effects": json.dumps(macro.effects, sort_keys=True) if macro.effects else "",
    }


def _record(
    macro: Macro, by: User, before: dict[str, str] | None, after: dict[str, str] | None
) -> None:
    """Record changes of shared macros in the change log (§14); private ones are not recorded."""
    own = str(MacroAudience.OWN.label)
    if any(side is not None and side["audience"] != own for side in (before, after)):
        record_change(
            by=by, kind="macro", key=macro.pk, name=macro.name, before=before, after=after
        )
