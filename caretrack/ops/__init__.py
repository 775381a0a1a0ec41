"""Running the product: health, metrics, the demo, management commands."""
