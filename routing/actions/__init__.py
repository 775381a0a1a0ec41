"""Actions on working hours and rotas (§8, §10): lock, guard, change, record."""

from routing.actions.on_call import (
    add_shift,
    add_swap,
    remove_shift,
    remove_swap,
    renew_webhook_secret,
    save_rota,
)
from routing.actions.swapping import (
    accept_swap,
    ask_swap,
    confirm_swap,
    decline_swap,
    withdraw_swap,
)
from routing.actions.working_hours import set_work_pattern

__all__ = [
    "accept_swap",
    "add_shift",
    "add_swap",
    "ask_swap",
    "confirm_swap",
    "decline_swap",
    "remove_shift",
    "remove_swap",
    "renew_webhook_secret",
    "save_rota",
    "set_work_pattern",
    "withdraw_swap",
]
