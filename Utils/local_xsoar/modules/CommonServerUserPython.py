"""The user's own common code: on the platform each organisation may add helpers here; a new tenant has none."""
