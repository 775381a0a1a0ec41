"""Every check of what is stored, and the evidence pack of one case (§14)."""
