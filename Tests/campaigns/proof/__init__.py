"""Attempts to prove the promises of the integration wrong: every command under every fault, hostile input, mutated code.

`python -m proof` makes the attempts at full length and writes docs/proof.md; Tests/scenarios/test_faults.py and
test_hostile_input.py are their short, repeatable versions.
"""
