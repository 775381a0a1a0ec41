"""Actions on working hours and rotas (§8, §10): lock, guard, change, record."""

from routing.actions.on_call import (
    add_shift,
    add_swap,
    remove_shift,
    remove_swap,
    renew_webhook_secret,
    save_rota,
)
from routing.actions.working_hours import set_work_pattern

__all__ = [
    "add_shift",
    "add_swap",
    "remove_shift",
    "remove_swap",
    "renew_webhook_secret",
    "save_rota",
    "set_work_pattern",
]
