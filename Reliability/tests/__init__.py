"""Tests of what needs no mount: `python3 -m unittest discover -s Reliability/tests -t .`"""
