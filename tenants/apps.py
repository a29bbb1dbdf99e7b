from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = "Tenants"

    def ready(self) -> None:
        from tenants import roles

        pre_migrate.connect(roles.act_as_login, dispatch_uid="tenants.act_as_login")
        post_migrate.connect(roles.act_as_application, dispatch_uid="tenants.act_as_application")
