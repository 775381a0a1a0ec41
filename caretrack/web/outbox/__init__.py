"""The emails of the trial, as pages."""
