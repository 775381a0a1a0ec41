"""Service reports: what an organisation was promised in a period, and what became of it (§8 to
§14), for both sides.
"""
