"""Runs playbooks as the platform does, and refuses by name what it does not know."""
