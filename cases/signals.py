"""The two ways in which news climbs from `cases` to the layers above. `cases` never learns who
listens: that, and the order, stands in `caretrack/wiring.py`.

Sent with `send()`: a receiver that raises rolls the whole action back. Receivers return nothing and
touch rows only, never the network.
"""

from django.dispatch import Signal

# Before a change: case, verb, by, particulars, and the `context` of the action that asks. A
# receiver may raise Refused.
before_event = Signal()

# After the journal row, in the same transaction: event.
event_recorded = Signal()
