"""How news of people climbs to the floors above, as news of cases does. `contacts` never learns who
listens.

Sent with `send()`: a receiver that raises rolls the whole verb back. Receivers touch rows only,
never the network.
"""

from django.dispatch import Signal

# After the row of the people's journal, in the same transaction: event.       heard by: sla
recorded = Signal()
