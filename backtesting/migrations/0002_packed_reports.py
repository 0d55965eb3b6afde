"""Reports as packed bytes: a server takes its time to take a large JSON apart."""

from django.db import migrations

import backtesting.packed


def pack_all(apps, schema_editor):
    reports = apps.get_model("backtesting", "JobReport")._base_manager
    for pk in list(reports.values_list("pk", flat=True)):
        reports.filter(pk=pk).update(payload=reports.values_list("plain", flat=True).get(pk=pk))


def unpack_all(apps, schema_editor):
    reports = apps.get_model("backtesting", "JobReport")._base_manager
    for pk in list(reports.values_list("pk", flat=True)):
        reports.filter(pk=pk).update(plain=reports.values_list("payload", flat=True).get(pk=pk))


class Migration(migrations.Migration):
    dependencies = [("backtesting", "0001_jobs")]

    operations = [
        migrations.RenameField("jobreport", "payload", "plain"),
        migrations.AddField(
            "jobreport", "payload", backtesting.packed.PackedJSONField(default=dict)
        ),
        migrations.RunPython(pack_all, unpack_all),
        migrations.RemoveField("jobreport", "plain"),
        migrations.AlterField("jobreport", "payload", backtesting.packed.PackedJSONField()),
    ]
