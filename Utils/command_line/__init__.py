"""The pack in a terminal: the program `absolute`, on a simulated tenant or on a real account.

`program` is where it starts. It imports what a command needs when that command runs, so that help and completion are quick.
"""
