"""Django's admin for emergencies: read everything, and a few actions that no page offers."""
