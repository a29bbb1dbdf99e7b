"""The npm tarballs that the server hands out: what `npm install https://…` and `npm ci` need of them."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile

import pytest

from obc_analytics import sdk

BARE = "/sdk/openbiocure-analytics.tgz"


def address(version: str) -> str:
    return f"/sdk/openbiocure-analytics-{version}.tgz"


def body(response) -> bytes:
    return b"".join(response.streaming_content)


@pytest.fixture
def releases(tmp_path, monkeypatch):
    """A folder of releases whose files hold their own versions."""
    for version in ("1.2.0", "1.10.0", "1.9.3"):
        (tmp_path / f"openbiocure-analytics-{version}.tgz").write_bytes(version.encode())
    (tmp_path / "openbiocure-analytics-9.9.9-draft.tgz").write_bytes(b"a draft")
    monkeypatch.setattr(sdk, "RELEASES", tmp_path)
    return tmp_path


def test_a_versions_tarball_may_be_kept_for_ever(client, releases):
    response = client.get(address("1.9.3"))
    assert body(response) == b"1.9.3"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["Content-Type"] == "application/gzip"


def test_the_bare_name_is_the_newest_version_and_is_looked_up_each_time(client, releases):
    response = client.get(BARE)
    assert body(response) == b"1.10.0"
    assert response["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", [BARE, address("1.2.0")])
@pytest.mark.django_db
def test_any_origin_may_fetch_it(client, releases, path):
    response = client.get(path, headers={"origin": "https://elsewhere.example"})
    assert response["Access-Control-Allow-Origin"] == "*"
    response.close()


@pytest.mark.parametrize("path", [address("3.0.0"), address("9.9.9-draft"), address("1.2"), "/sdk/../manage.py"])
def test_what_was_never_released_is_404(client, releases, path):
    assert client.get(path).status_code == 404


def test_without_any_release_the_bare_name_is_404(client, tmp_path, monkeypatch):
    monkeypatch.setattr(sdk, "RELEASES", tmp_path)
    assert client.get(BARE).status_code == 404


def test_a_tarball_is_only_read(client, releases):
    assert client.post(BARE).status_code == 405


def test_each_release_is_the_package_its_name_says():
    for path in sdk.RELEASES.glob("*.tgz"):
        match = sdk.NAME.fullmatch(path.name)
        assert match, path.name
        with tarfile.open(path) as archive:
            manifest = json.load(archive.extractfile("package/package.json") or io.BytesIO(b"{}"))
            names = set(archive.getnames())
        assert manifest["name"] == "@openbiocure/analytics"
        assert manifest["version"] == ".".join(map(str, sdk.version_of(match)))
        assert "dependencies" not in manifest
        assert {"package/index.js", "package/index.cjs", "package/react/package.json", "package/mixpanel.d.ts"} <= names


def test_a_released_version_never_changes():
    """Its checksum stands in the lock files of those who installed it: raise the version instead."""
    known = json.loads((sdk.RELEASES / "checksums.json").read_text())
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sdk.RELEASES.glob("*.tgz")}
    assert found == known
