"""SIEM integration, which an administrator switches on in the console."""

from dataclasses import dataclass


@dataclass
class Siem:
    enabled: bool = True
