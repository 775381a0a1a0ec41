"""Proof for an auditor: every check in one audit, and for one case all of it in a pack, checked
offline (§14).
"""
