"""What comes from other systems: replay and simulation of their logs."""
