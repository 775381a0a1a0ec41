"""One module per script in bin/, each with a `main(argv)` that returns an exit code."""
