"""Pages for people without an account, and the check of certificates (§1)."""
