"""The console: pages of Care's analysts."""
