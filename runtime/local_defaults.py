"""What a local stack has by itself, as the weakest source of settings."""

from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource
from typing_extensions import override

from runtime.keys import local_secrets
from runtime.postgres import local_socket_dir, postgres_dsn

LOCAL_ISSUER = "urn:arende:local"
LOCAL_AUDIENCE = "arende"


def stack_file(data_dir: Path) -> Path:
    """Return where a local stack notes its mode and ports for commands in other terminals."""
    return data_dir / "stack.env"


class LocalDefaults(PydanticBaseSettingsSource):
    """In local mode: generated secrets, the local database and issuer, no limit for a person."""

    @override
    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return nothing by field; the source speaks as a whole."""
        return None, field_name, False

    @override
    def __call__(self) -> dict[str, Any]:
        """Return the defaults, none outside local mode."""
        if self.current_state.get("mode") != "local":
            return {}
        default = self.settings_cls.model_fields["data_dir"].default
        data_dir = Path(self.current_state.get("data_dir", default))
        own = local_secrets(data_dir)
        return {
            "database_url": postgres_dsn(local_socket_dir(data_dir)),
            "case_id_secret": own.case_id_secret,
            "payload_keys": own.payload_keys,
            "oidc_issuer": LOCAL_ISSUER,
            "oidc_audience": LOCAL_AUDIENCE,
            "local_issuer_key": own.issuer_key,
            "limit_submits_per_hour": 0,
            "limit_requests_per_minute": 0,
            "limit_messages_per_minute": 0,
        }
