"""The two signals that notify higher layers of case events. `cases` does not know its receivers:
`caretrack/wiring.py` lists them in order.

Sent with `send()`: a receiver that raises rolls the whole action back. Receivers return nothing,
change rows only and never use the network.
"""

from django.dispatch import Signal

# Sent before a change. Arguments: case, verb, by; of an action also its `context`, and the `reason`
# of a closing. A receiver may raise Refused.
before_event = Signal()

# Sent after the event was saved, in the same transaction. Argument: event.
event_recorded = Signal()
