"""What pages of several audiences share. Imports none of the audiences."""
