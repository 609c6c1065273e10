"""Speed and quality, side by side with the straightforward way. Nothing here is a test."""
