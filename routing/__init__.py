"""Who gets a case: assignment, working hours, on-call rotas and alerts."""
