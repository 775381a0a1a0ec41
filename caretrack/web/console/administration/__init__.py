"""What Care administers: customers, calendars, what is offered, and its own people.

One entrance, one look.
"""
