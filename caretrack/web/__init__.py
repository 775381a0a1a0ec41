"""Everything that answers HTTP: one package for each audience, and what they share."""
