"""Self-support for everyone, without sign-in (§3)."""
