"""The administration of Care: customers, calendars, offerings and Care's people."""
