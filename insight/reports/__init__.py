"""Service reports: what an organisation was promised in a period and what became of it (§8–§14)."""
