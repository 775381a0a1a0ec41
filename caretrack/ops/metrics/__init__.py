"""What operators watch, at `/metrics` in Prometheus' text format: how the installation does, and
nothing of a tenant.

Gauges are read when they are asked for (`state`, `broker`), request times are gathered by the web's
processes (`requests`), task times by the workers, in the broker (`work`).
"""
