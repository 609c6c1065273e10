"""The bot without a Discord account: a simulated Discord, with the real queue and engine behind."""
