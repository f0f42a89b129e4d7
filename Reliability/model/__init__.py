"""Random programs against a plain model: see ../README.md."""
