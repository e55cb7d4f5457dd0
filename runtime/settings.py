"""Configuration: ARENDE_* variables, and what a local stack keeps in its data folder."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)
from typing_extensions import override

from runtime.channel_settings import ChannelSettings, faults_in
from runtime.errors import OperatorError
from runtime.local_defaults import LOCAL_ISSUER, LocalDefaults, stack_file
from runtime.payload_keys import key_ring
from runtime.sign_in_settings import SignInSettings
from runtime.telemetry_settings import TelemetrySettings

Mode = Literal["local", "production"]
Port = Annotated[int, Field(ge=1, le=65535)]
_Loaded = TypeVar("_Loaded", bound=BaseSettings)

_PREFIX = "ARENDE_"
_SECRET_LENGTH = 32
_CONFIG = SettingsConfigDict(
    env_prefix=_PREFIX,
    env_file=".env",
    extra="ignore",
    frozen=True,
    hide_input_in_errors=True,
    populate_by_name=True,
)


class WrongSettingsError(OperatorError):
    """Variables are missing or not usable; names them, never their values."""


class DatabaseSettings(BaseSettings):
    """What migrating and importing need: no secret but the database's own address."""

    model_config = _CONFIG

    mode: Mode = "production"
    data_dir: Path = Path(".arende")
    migrations_dir: Path = Path("migrations")
    region_dir: Path = Path("region")
    database_url: str = Field(repr=False, pattern=r"^postgres(ql)?://")

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Add, below everything that is given, what a local stack has by itself."""
        return (init_settings, env_settings, dotenv_settings, LocalDefaults(settings_cls))


class Settings(DatabaseSettings, ChannelSettings, SignInSettings, TelemetrySettings):
    """What the worker, the API and the command need.

    The Temporal connection is not here: TEMPORAL_* variables say it (`temporalio.envconfig`),
    and in local mode `local_temporal_address` does.
    `case_id_secrets_old` are other values of `case_id_secret`, by which earlier cases are known;
    several have a space between.
    `payload_keys` is a JSON object, name to base64 of 32 bytes: the first encrypts, any decrypts.
    `limit_submits_per_hour`, `limit_requests_per_minute` and `limit_messages_per_minute` (to one
    case) are for each person and API process; 0 is none, as in local mode.
    """

    database_pool_size: int = Field(default=10, ge=1)
    http_host: str = "127.0.0.1"
    http_port: Port = 8080
    temporal_port: Port = 7233
    ui_port: Port = 8233
    temporal_cli_path: Path | None = Field(default=None, validation_alias="TEMPORAL_CLI_PATH")
    case_id_secret: SecretStr = Field(min_length=_SECRET_LENGTH)
    case_id_secrets_old: SecretStr | None = None
    payload_keys: SecretStr
    worker_health_host: str = "127.0.0.1"
    worker_health_port: Port | None = None
    worker_deployment: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]{1,60}$")
    worker_build_id: str | None = Field(default=None, pattern=r"^[A-Za-z0-9._-]{1,60}$")
    codec_host: str = "127.0.0.1"
    codec_port: Port = 8234
    codec_ui_origin: str | None = Field(default=None, pattern=r"^https?://[A-Za-z0-9.:\[\]-]+$")
    limit_submits_per_hour: int = Field(default=10, ge=0)
    limit_requests_per_minute: int = Field(default=600, ge=0)
    limit_messages_per_minute: int = Field(default=30, ge=0)
    limit_in_flight: int = Field(default=64, ge=1)
    limit_connections: int = Field(default=1000, ge=1)

    @property
    def temporal_ui_origin(self) -> str | None:
        """Whose pages may ask the codec server; a local stack knows its own."""
        local = f"http://127.0.0.1:{self.ui_port}" if self.mode == "local" else None
        return self.codec_ui_origin or local

    @property
    def local_temporal_address(self) -> str | None:
        """Where the local Temporal listens; None outside local mode."""
        return f"127.0.0.1:{self.temporal_port}" if self.mode == "local" else None

    def payload_key_ring(self) -> dict[str, bytes]:
        """Return the payload keys by name, 32 bytes each, the encrypting one first."""
        return key_ring(self.payload_keys.get_secret_value())

    def former_case_id_secrets(self) -> tuple[bytes, ...]:
        """Return the secrets that case ids were made with before, in the order they are given."""
        given = self.case_id_secrets_old
        return () if given is None else tuple(given.get_secret_value().encode().split())

    @field_validator("case_id_secrets_old")
    @classmethod
    def _check_former_secrets(cls, given: SecretStr | None) -> SecretStr | None:
        if given and any(len(one) < _SECRET_LENGTH for one in given.get_secret_value().split()):
            raise ValueError(f"has a secret of less than {_SECRET_LENGTH} characters")
        return given

    @field_validator("payload_keys")
    @classmethod
    def _check_payload_keys(cls, keys: SecretStr) -> SecretStr:
        key_ring(keys.get_secret_value())
        return keys

    @model_validator(mode="after")
    def _check_issuer(self) -> Self:
        """Let nobody sign in through the local issuer in production, nor without any."""
        return self.checked_sign_in(LOCAL_ISSUER, _PREFIX, is_local=self.mode == "local")

    @model_validator(mode="after")
    def _check_channels(self) -> Self:
        faults = faults_in(self, production=self.mode == "production")
        if faults:
            raise ValueError("; ".join(faults))
        return self

    @model_validator(mode="after")
    def _check_build(self) -> Self:
        """A deployment is told apart by its builds, so it needs the id of this one."""
        if self.worker_deployment is not None and self.worker_build_id is None:
            raise ValueError(f"{_PREFIX}WORKER_BUILD_ID is required with a worker deployment")
        return self


class _Place(BaseSettings):
    model_config = _CONFIG

    mode: Mode | None = None
    data_dir: Path = Path(".arende")
    database_url: str | None = None


def load_settings(mode: Mode | None = None) -> Settings:
    """Read everything; *mode* wins over ARENDE_MODE.

    With neither a mode nor a database given, a data folder in which a local stack was started
    says that this is local mode, and on which ports.

    Raises:
        WrongSettingsError: variables are missing or not usable; all of them are named.
    """
    return _load(Settings, mode)


def is_installation_named() -> bool:
    """Whether a mode, a database or a stack once started here says which installation is meant.

    What is given but not usable names one too: reading it then says what is wrong.
    """
    try:
        place = _Place(_env_file=Path(".env"))
    except (ValidationError, SettingsError):
        return True
    is_given = place.mode is not None or place.database_url is not None
    return is_given or stack_file(place.data_dir).exists()


def load_database_settings(mode: Mode | None = None) -> DatabaseSettings:
    """Read what migrating needs; see load_settings."""
    return _load(DatabaseSettings, mode)


def _load(kind: type[_Loaded], mode: Mode | None) -> _Loaded:
    given: dict[str, Any] = {} if mode is None else {"mode": mode}
    try:
        place = _Place(**given)
        files = [Path(".env")]
        if place.mode is None and place.database_url is None:
            files.insert(0, stack_file(place.data_dir))  # the later file wins
        return kind(_env_file=files, **given)
    except ValidationError as error:
        raise WrongSettingsError(_explain(error)) from None
    except SettingsError as error:
        raise WrongSettingsError(str(error)) from None


def _explain(error: ValidationError) -> str:
    return "; ".join(
        _variable(detail["loc"]) + _complaint(detail["type"], detail["msg"])
        for detail in error.errors(include_url=False, include_input=False, include_context=False)
    )


def _variable(location: tuple[int | str, ...]) -> str:
    if not location:
        return ""
    name = str(location[0])
    return f"{name if name.isupper() else _PREFIX + name.upper()}: "


def _complaint(kind: str, message: str) -> str:
    return "is required" if kind == "missing" else message.removeprefix("Value error, ")
