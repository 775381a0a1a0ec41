"""Reading `/metrics` as Prometheus does."""

import re

from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

TOKEN = "a-token-of-twenty-letters"


def ask(**headers):
    return Client(headers=headers).get("/metrics")


def families():
    """What is said now, by the name of each metric."""
    answer = ask(authorization=f"Bearer {TOKEN}")
    assert answer.status_code == 200, answer.content
    return {
        family.name: family for family in text_string_to_metric_families(answer.content.decode())
    }


def said(name, *labels):
    """The values of a metric by the values of its labels, in that order."""
    family = families()[re.sub("_(total|count|sum|bucket)$", "", name)]
    found = {
        tuple(s.labels[label] for label in labels): s.value
        for s in family.samples
        if s.name == name
    }
    assert len(found) == sum(sample.name == name for sample in family.samples), (
        "the labels do not tell all apart"
    )
    return found if labels else found[()]


def some(found):
    """Without the zeros."""
    return {key: value for key, value in found.items() if value}
