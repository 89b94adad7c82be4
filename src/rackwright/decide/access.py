"""Who may do what: one table from act to the least role that may do it."""

from __future__ import annotations

import enum


class Role(enum.StrEnum):
    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


class Act(enum.StrEnum):
    """Everything the operators' door can be asked."""

    SEE_MACHINES = "see_machines"
    SEE_INSTALLS = "see_installs"
    SEE_LOG = "see_log"
    SEE_IMAGES = "see_images"
    SEE_STATUS = "see_status"
    SEE_LIMITS = "see_limits"
    CHANGE_MACHINES = "change_machines"
    PLAN_INSTALLS = "plan_installs"
    ARM_INSTALLS = "arm_installs"
    CANCEL_INSTALLS = "cancel_installs"
    CHANGE_LIMITS = "change_limits"
    ADD_IMAGES = "add_images"
    MANAGE_TOKENS = "manage_tokens"


LEAST: dict[Act, Role] = {
    Act.SEE_MACHINES: Role.VIEWER,
    Act.SEE_INSTALLS: Role.VIEWER,
    Act.SEE_LOG: Role.VIEWER,
    Act.SEE_IMAGES: Role.VIEWER,
    Act.SEE_STATUS: Role.VIEWER,
    Act.SEE_LIMITS: Role.VIEWER,
    Act.PLAN_INSTALLS: Role.VIEWER,  # writes nothing
    Act.CHANGE_MACHINES: Role.OPERATOR,
    Act.ARM_INSTALLS: Role.OPERATOR,
    Act.CANCEL_INSTALLS: Role.OPERATOR,
    Act.CHANGE_LIMITS: Role.OPERATOR,
    # An image runs as root on every machine that gets it.
    Act.ADD_IMAGES: Role.ADMIN,
    Act.MANAGE_TOKENS: Role.ADMIN,
}

_RANK = {Role.VIEWER: 0, Role.OPERATOR: 1, Role.ADMIN: 2}


def allowed(role: Role, act: Act) -> bool:
    return _RANK[role] >= _RANK[LEAST[act]]
