"""Signing in: emails about accounts, limits on guessing, known devices, encrypted second steps."""
