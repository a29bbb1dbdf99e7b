from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0003_one_time_links")]

    operations = [
        migrations.AddField(
            model_name="tenant",
            name="internal_cohort",
            field=models.UUIDField(
                blank=True, help_text="The cohort of one's own people, whom pages can hide.", null=True
            ),
        ),
    ]
