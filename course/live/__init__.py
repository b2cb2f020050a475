"""Measurements on the machine in front of you.

- `machine`: how busy it is
"""
