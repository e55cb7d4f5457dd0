"""The passwords beside ours in an installation: the doctor alone is given them, to look at them."""

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class InstallationPasswords(BaseSettings):
    """Read from variables of the same names, as docker-compose.yml gives them; None: not given.

    They are PostgreSQL's administrator's, the owner's of Arende's tables, that of Temporal's user
    and that of `admin` in Grafana. Nothing connects by them.
    """

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    postgres_password: SecretStr | None = None
    database_password: SecretStr | None = None
    engine_database_password: SecretStr | None = None
    grafana_password: SecretStr | None = None
