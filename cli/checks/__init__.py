"""What `atelier doctor` looks at: each file one organ, each check a generator of findings."""
