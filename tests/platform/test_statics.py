from __future__ import annotations

import gzip

from django.contrib.staticfiles import finders
from django.templatetags.static import static

from obc_analytics.statics import FOR_EVER, folder_of


def body(response) -> bytes:
    return b"".join(response) if response.streaming else response.content


def test_a_file_has_an_address_of_its_content_that_is_cached_for_ever(client):
    address = static("js/chart.js")
    assert address.startswith("/static/v-")
    assert address.endswith("/js/chart.js")
    response = client.get(address)
    assert response["Cache-Control"] == FOR_EVER
    with open(finders.find("js/chart.js"), "rb") as file:
        assert body(response) == file.read()


def test_an_old_digest_gets_what_there_is_but_not_for_ever(client):
    response = client.get("/static/v-000000000000/js/chart.js")
    assert response.status_code == 200
    assert response["Cache-Control"] != FOR_EVER


def test_it_is_sent_compressed_to_who_takes_that(client):
    response = client.get(static("vendor/echarts/echarts.js"), headers={"accept-encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
    with open(finders.find("vendor/echarts/echarts.js"), "rb") as file:
        assert gzip.decompress(response.content) == file.read()


def test_echarts_address_does_not_change_with_our_scripts():
    assert folder_of("vendor/echarts/echarts.js") == "vendor/echarts"
    assert folder_of("js/chart.js") == "js"


def test_modules_that_import_one_another_stand_under_one_digest(client):
    folder = static("js/chart.js").removesuffix("chart.js")
    assert client.get(f"{folder}chart-option.js")["Cache-Control"] == FOR_EVER


def test_the_plain_names_stay(client):
    assert client.get("/static/css/app.css").status_code == 200


def test_what_is_no_file_of_ours_is_not_found(client, db):
    assert client.get("/static/v-000000000000/../obc_analytics/settings.py").status_code == 404
    assert client.get("/static/v-x/nothing.js").status_code == 404
