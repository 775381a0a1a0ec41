"""Service reports: the service targets of an organisation in a period, and the results (§8–§14)."""
