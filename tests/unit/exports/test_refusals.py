"""A night on BigQuery is exported by nobody: three lines instead of an empty file."""

from exports.__main__ import USER_ERROR_EXIT, main


def test_marts_in_bigquery_are_refused_before_anything_is_written(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("STORAGE_PREFERENCE", "GCP")
    for words in (["mart", "party_results", "csv"], ["nist"], ["openelections"]):
        assert main([*words, "--out", str(tmp_path)]) == USER_ERROR_EXIT
        assert "this night's marts are in BigQuery" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
