"""How news of people climbs to the layers above, as news of cases does. `contacts` never learns who
listens: that stands in `caretrack/wiring.py`.

Sent with `send()`: a receiver that raises rolls the whole action back. Receivers touch rows only,
never the network.
"""

from django.dispatch import Signal

# After the row of the people's journal, in the same transaction: event.
event_recorded = Signal()
