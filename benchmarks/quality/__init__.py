"""Quality: each way of painting as a curve, judged by a network that did not paint."""
