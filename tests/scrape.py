"""Reading `/metrics` as Prometheus does."""

import re

from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

TOKEN = "a-token-of-twenty-letters"


def ask(**headers):
    return Client(headers=headers).get("/metrics")


def families():
    """The current values, by the name of each metric."""
    answer = ask(authorization=f"Bearer {TOKEN}")
    assert answer.status_code == 200, answer.content
    return {
        family.name: family for family in text_string_to_metric_families(answer.content.decode())
    }


def metric(name, *labels):
    """The values of a metric by the values of its labels, in that order."""
    family = families()[re.sub("_(total|count|sum|bucket)$", "", name)]
    results = {
        tuple(s.labels[label] for label in labels): s.value
        for s in family.samples
        if s.name == name
    }
    assert len(results) == sum(sample.name == name for sample in family.samples), (
        "the labels do not tell all apart"
    )
    return results if labels else results[()]


def some(values):
    """Without the zeros."""
    return {key: value for key, value in values.items() if value}
