"""The portal: pages for customers."""
