from django.db import migrations

from tenants.rls import keep_tenants_apart


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [
        keep_tenants_apart("tenants_tenant", column="id"),
        keep_tenants_apart("tenants_membership"),
        keep_tenants_apart("tenants_apikey"),
    ]
