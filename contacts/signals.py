"""The signal that notifies higher layers of people events, as `cases.signals` does for cases.
`contacts` does not know its receivers: `caretrack/wiring.py` lists them.

Sent with `send()`: a receiver that raises rolls the whole action back. Receivers change rows only
and never use the network.
"""

from django.dispatch import Signal

# Sent after an event of the people log was saved, in the same transaction. Argument: event.
event_recorded = Signal()
