"""Search of everything: what was typed, and the results in groups. Console and portal decide who
may find what.
"""
