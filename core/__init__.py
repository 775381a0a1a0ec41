"""Foundations without business rules: tenancy, database functions and rights, time, redaction."""
