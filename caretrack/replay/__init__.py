"""Feeding the product with another system's audit log, through the product's own verbs at their
historical instants.

mapping.py: what the columns of a system mean (a TOML file each). reading.py: a file becomes
histories. telling.py: a history becomes verbs. running.py: all histories, in parallel, resumable.
report.py: what it says.
"""
