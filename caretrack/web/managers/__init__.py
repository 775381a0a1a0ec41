"""Pages of Care's managers: wallboard, figures, evidence packs."""
