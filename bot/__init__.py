"""The Discord bot: commands, the message of each job, and what members are told."""
