"""What knows nothing of the business: tenancy, the database's functions and rights, time."""
