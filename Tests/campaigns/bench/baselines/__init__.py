"""Plain scripts that do the same work in the obvious way; they run in the same container as the integration."""
