from django.apps import AppConfig


class ObcAnalyticsConfig(AppConfig):
    name = "obc_analytics"
    verbose_name = "OBC Analytics"
