from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    name = "dashboards"
    verbose_name = "Dashboards"

    def ready(self) -> None:
        from dashboards.boards.demo import on_demo_loaded
        from events.signals import demo_loaded

        demo_loaded.connect(on_demo_loaded, dispatch_uid="dashboards.demo_board")
