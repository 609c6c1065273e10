"""Quality: paintings judged by a network that did not paint them."""
