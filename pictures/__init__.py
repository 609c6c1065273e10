"""Pictures with Pillow alone: decoding strangers' files, encoding to a limit, recipes, colour."""
