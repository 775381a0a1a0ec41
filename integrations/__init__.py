"""Data of other systems: replay and simulation of their logs."""
