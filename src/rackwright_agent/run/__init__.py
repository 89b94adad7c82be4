"""Carries out one write plan on exactly one disk, after the claim was granted."""
