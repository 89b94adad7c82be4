"""The one error of the build that a person can act on."""


class BuildProblem(Exception):
    """Something the operator must fix; its text says what and how."""
