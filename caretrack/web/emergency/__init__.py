"""Django's own admin, for emergencies only: everything is read, and a few things done that no page
is for.
"""
