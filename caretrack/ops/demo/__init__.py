"""The demo of the trial: invented customers, people and cases."""
