"""Runs whose state of health is known by experiment: what a case is, what it is made of, and the two halves of them.

The held-out half is for counting only: rules are written with the development half in view.
"""
