"""The two ways in which news climbs from `cases` to the floors above. `cases` never learns who
listens.

Sent with `send()`: a receiver that raises rolls the whole verb back. Receivers touch rows only,
never the network.
"""

from django.dispatch import Signal

# Before a change: case, verb, by, particulars, and the `context` of the action that asks; a
# receiver may raise Refused.                                                   heard by: sla, rca
asked = Signal()

# After the journal row, in the same transaction: event.                        heard by: sla, rca
#
# A receiver may return a mapping of what to print in notices: "lines" of (promise, instant), and an
# "update" of (heading, words) that the contact gets whoever caused the event.
recorded = Signal()
