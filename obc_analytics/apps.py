from django.apps import AppConfig


class ObcAnalyticsConfig(AppConfig):
    name = "obc_analytics"
    verbose_name = "OBC Analytics"

    def ready(self) -> None:
        from obc_analytics import checks  # noqa: F401  registers them
