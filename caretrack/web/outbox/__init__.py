"""Pages with the emails of the trial."""
