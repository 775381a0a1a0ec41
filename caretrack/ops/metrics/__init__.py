"""Metrics for operators, at `/metrics` in Prometheus' text format. They hold nothing of a tenant.

Gauges are read on each scrape (`state`, `broker`). Web processes collect request times
(`requests`); workers collect task times in the broker (`work`).
"""
