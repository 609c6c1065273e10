"""The contract between bot and engine: what is asked, what happened, and the queue between."""
