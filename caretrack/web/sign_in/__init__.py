"""Sign-in: account emails, limits on guessing, known devices, encrypted second factors."""
