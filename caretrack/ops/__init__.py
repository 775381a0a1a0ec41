"""Operations: health, metrics, the demo, management commands."""
