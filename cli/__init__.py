"""The command line `atelier`, thin: each command a file."""
