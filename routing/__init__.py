"""Routing of cases: assignment, working hours, on-call rotas and alerts."""
