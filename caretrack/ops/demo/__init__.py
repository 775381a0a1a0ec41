"""The trial's demo: invented customers, people and cases."""
