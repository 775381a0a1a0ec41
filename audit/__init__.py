"""Every check of stored data, and the evidence pack of one case (§14)."""
