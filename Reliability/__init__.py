"""What happens when things go wrong: see README.md."""
