"""Everything that answers HTTP: one folder for each audience, and what they share."""
