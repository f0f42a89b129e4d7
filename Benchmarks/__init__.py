"""The benchmark of fusfs: `make bench`. See README.md beside this file."""
