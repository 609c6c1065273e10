"""The painter: worker, scheduler, runner and style transfer; it knows nothing of Discord."""
