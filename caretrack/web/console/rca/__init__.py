"""RCAs in the console (§12): board, editor, review, corrective actions, documentation requests."""
