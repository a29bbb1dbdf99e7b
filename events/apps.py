from django.apps import AppConfig
from django.db.models.signals import post_migrate


class EventsConfig(AppConfig):
    name = "events"
    verbose_name = "Events"

    def ready(self) -> None:
        from events import health
        from tenants import staff

        health.register()
        # after this app's migrations, because then the permissions of both apps exist
        post_migrate.connect(staff.make_group, sender=self, dispatch_uid="tenants.staff.make_group")
