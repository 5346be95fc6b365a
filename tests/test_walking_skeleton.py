from typer.testing import CliRunner

from labelwright.cli.app import app


def test_demo_goes_from_articles_to_a_report(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["demo"])
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1].startswith("end model test accuracy 0.")
    assert "match_words" in (tmp_path / "report.html").read_text(encoding="utf-8")
