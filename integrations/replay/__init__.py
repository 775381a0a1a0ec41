"""Replay another system's audit log with the product's own actions at historical instants.

mapping: what the columns of a system mean (a TOML file each). parse: a file becomes histories.
apply: a history becomes actions. runner: all histories, in parallel and resumable. report: the
result of a replay. simulate: the same histories folded under another policy, without a database.
"""
