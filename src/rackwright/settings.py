"""The settings: one table, read once at the top from a TOML file and the environment (RACKWRIGHT_…)."""

from __future__ import annotations

import ipaddress
import tomllib
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from rackwright.values.bmc import Unproven
from rackwright.values.boot import Firmware
from rackwright.values.errors import OperatorMustFix
from rackwright.values.install import State
from rackwright.values.network import Network, Unknown

# The states that an install can stand in for too long; any other waits for a person or for its turn.
TimedState = Literal[State.STARTING, State.INSPECTING, State.GRANTED, State.INSTALLING, State.FIRST_BOOT]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ApiSettings(_Table):
    listen: str = Field(
        default="127.0.0.1:7740", description="Operators' API: host:port, or fd:3 for a socket passed in."
    )

    @property
    def passed_in(self) -> int | None:
        """The descriptor of a socket that a parent opened; None for an address."""
        kind, _, number = self.listen.partition(":")
        return int(number) if kind == "fd" and number.isdigit() else None


class DoorSettings(_Table):
    port: int = Field(default=8080, description="Port of the machine door, on every network's address.")
    url: str = Field(default="", description="URL machines reach the door by; empty: the network's address and port.")


class NetworkSettings(_Table):
    name: str = Field(description="The network's name, for messages.")
    interface: str = Field(description="This host's interface on it.")
    address: str = Field(description="This host's address on it, with prefix: 10.0.0.1/24.")
    range: str = Field(default="", description="First-last address handed out by DHCP.")
    gateway: str = Field(default="", description="Default gateway handed out; empty for none.")
    dns: list[str] = Field(default=[], description="Name servers handed out.")
    unknown: Unknown = Field(default=Unknown.DISK, description="What a machine gets that the register does not know.")
    dhcp: bool = Field(default=True, description="Run DHCP on it; false: another server hands out our boot options.")


class ProfileSettings(_Table):
    ssh_keys: list[str] = Field(default=[], description="Public keys for root on the installed system.")
    root_password_hash: str = Field(default="", description="crypt(3) hash for root; empty: the password stays locked.")
    first_boot: str = Field(default="", description="Path of a shell script run once at the first boot.")


class LimitSettings(_Table):
    starts: int = Field(default=50, ge=1, description="Machines between power-on and ready to write, per site.")
    writes: int = Field(default=20, ge=1, description="Machines writing at a time, per site.")
    power_per_rack: int = Field(default=10, ge=1, description="Machines of one rack being powered on at a time.")
    bmc_actions: int = Field(default=32, ge=1, description="BMCs being told something at a time, per site.")


class AliveSettings(_Table):
    ping: bool = Field(default=True, description="Ping a machine's production address before its power is touched.")
    ssh: bool = Field(default=True, description="Look for an SSH banner there.")
    wait_s: float = Field(default=2.0, gt=0, le=30, description="Seconds to wait for either answer.")
    phoned_home_within_h: int = Field(
        default=24, ge=0, description="Hours that a phone-home counts as alive; 0: never."
    )


class HookSettings(_Table):
    command: list[str] = Field(default=[], description="Program and arguments; JSON on its input, exit 0 agrees.")
    url: str = Field(default="", description="Webhook that the JSON is posted to; its answer is {allow, reason}.")
    timeout_s: float = Field(default=30.0, gt=0, le=120, description="Seconds until it counts as not answering.")

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.command and self.url:
            raise ValueError("give a command or a url, not both")
        return self


class HardwareModelSettings(_Table):
    aliases: list[str] = Field(default=[], description="Other spellings machines of this model report.")
    bmc_unproven: Unproven = Field(
        default=Unproven.IF_OFF,
        description="A BMC that cannot be proven to be this machine's: hold, if_off (hold unless it is off), or trust.",
    )
    firmware: Firmware | None = Field(default=None, description="bios or uefi; empty: as it was seen to boot last.")


class Settings(BaseSettings):
    """Every setting of the server. RACKWRIGHT_STATE_DIR and the like in the environment go before the file."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="RACKWRIGHT_", env_nested_delimiter="__")

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource, dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:  # fmt: skip
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings

    site: str = Field(default="default", description="The data centre this server installs; rows name it.")
    language: Literal["en", "zh"] = Field(
        default="en", description="Language of machine consoles and of texts by default."
    )
    state_dir: Path = Field(default=Path("/var/lib/rackwright"), description="Database, key, images, leases.")
    database: str = Field(default="", description="PostgreSQL URL; empty: one SQLite file in state_dir.")
    ramos_dir: Path = Field(
        default=Path("/usr/share/rackwright/ramos"), description="Where vmlinuz, initrd.img, localboot.efi lie."
    )
    ipxe_dir: Path = Field(default=Path("/usr/lib/ipxe"), description="Where undionly.kpxe and snponly.efi lie.")
    console_shell: bool = Field(default=False, description="Offer a root shell on the RAM OS's console.")
    ramos_console: str = Field(
        default="ttyS0,115200n8", description="Serial console of the RAM OS for machines not in the register."
    )
    api: ApiSettings = Field(default=ApiSettings(), description="The operators' door.")
    door: DoorSettings = Field(default=DoorSettings(), description="The machine door.")
    network: list[NetworkSettings] = Field(default=[], description="Installation networks.")
    profile: dict[str, ProfileSettings] = Field(default={}, description="What each profile adds to an image.")
    limits: LimitSettings = Field(default=LimitSettings(), description="How many at once.")
    hardware_model: dict[str, HardwareModelSettings] = Field(
        default={}, description="Hardware models and their aliases."
    )
    deadlines_s: dict[TimedState, int] = Field(
        default={}, description="Seconds per state, over the built-in limits; 0 for none."
    )
    arming_expires_h: int = Field(default=72, ge=0, description="Hours until an arming ends by itself; 0: never.")
    lost_contact_s: int = Field(
        default=90, ge=1, description="Seconds without a poll until an agent counts as lost and gives its slot back."
    )
    soft_off_s: int = Field(
        default=60, ge=0, description="Seconds that a running system gets to shut down before it is cut off; 0: none."
    )
    alive: AliveSettings = Field(default=AliveSettings(), description="Is a machine alive that would be powered off?")
    pre_install_hook: HookSettings = Field(
        default=HookSettings(), description="Asked before a machine's power is touched; it can refuse with a reason."
    )
    stall_s: int = Field(default=600, ge=1, description="Seconds without a byte written until an install has failed.")

    @field_validator("database")
    @classmethod
    def _is_postgresql(cls, url: str) -> str:
        if url and not url.startswith("postgresql://"):
            # What was given may hold a password: it is not repeated.
            raise ValueError("must begin with postgresql://, or be empty for SQLite")
        return url

    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.state_dir / 'rackwright.sqlite3'}"

    def networks(self) -> tuple[Network, ...]:
        return tuple(_network(given) for given in self.network)


def _network(given: NetworkSettings) -> Network:
    try:
        here = ipaddress.ip_interface(given.address)
    except ValueError as error:
        setting = f"network.{given.name}.address"
        raise OperatorMustFix("setting_wrong", path="[[network]]", setting=setting, error=str(error)) from error
    first, _, last = given.range.partition("-")
    return Network(
        name=given.name,
        interface=given.interface,
        address=str(here.ip),
        prefix=here.network.prefixlen,
        range_first=first.strip(),
        range_last=last.strip(),
        gateway=given.gateway,
        dns=tuple(given.dns),
        unknown=given.unknown,
        dhcp=given.dhcp,
    )


def read_settings(path: Path | None) -> Settings:
    """Reads the TOML file, or gives the defaults. Raises OperatorMustFix naming the setting.

    Paths of scripts are relative to the file that names them."""
    try:
        given = tomllib.loads(path.read_text()) if path else {}
        return _with_paths_from(path, Settings(**given))
    except OSError as error:
        raise OperatorMustFix("settings_unreadable", path=str(path), error=error.strerror) from error
    except tomllib.TOMLDecodeError as error:
        raise OperatorMustFix("settings_not_toml", path=str(path), error=str(error)) from error
    except ValidationError as error:
        first = error.errors()[0]
        setting = ".".join(str(part) for part in first["loc"])
        where = str(path or "RACKWRIGHT_…")
        if first["type"] == "extra_forbidden":
            raise OperatorMustFix("setting_unknown", path=where, setting=setting) from error
        said = first["msg"].removeprefix("Value error, ")
        raise OperatorMustFix("setting_wrong", path=where, setting=setting, error=said) from error


def _with_paths_from(path: Path | None, settings: Settings) -> Settings:
    if path is None:
        return settings
    profiles = {
        name: profile.model_copy(update={"first_boot": str(path.parent / profile.first_boot)})
        if profile.first_boot
        else profile
        for name, profile in settings.profile.items()
    }
    return settings.model_copy(update={"profile": profiles})
