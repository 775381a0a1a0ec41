"""What managers see: facts, their sums by day and month, service reports and exports. No pages."""
