"""The routes of the operators' door, one file per noun."""
