"""Variants: what the recipe might have been, each painted and judged beside what it is."""
