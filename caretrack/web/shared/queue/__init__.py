"""Rows, filters and pages of Care's queue (§8)."""
