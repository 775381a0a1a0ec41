"""The console: pages for Care's analysts."""
