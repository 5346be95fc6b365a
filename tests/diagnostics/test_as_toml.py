"""Advice that the command line gives is about lines of the settings file, not about Python."""

import warnings

import pytest

import labelwright as lw
from labelwright.cli.exit import guarded
from labelwright.diagnostics.as_toml import in_toml


@pytest.mark.parametrize(
    ("advice", "line"),
    [
        (
            "take LabelModel or MajorityVote, or say",
            'take name = "LabelModel" or name = "MajorityVote" under',
        ),
        ("compare with LabelModel", 'compare with name = "LabelModel" under [label_model]'),
        ("raise max_iter or l2", "raise settings.max_iter or settings.l2 under [label_model]"),
        ("LabelModel: only LFs 'a' vote; take care", "LabelModel: only LFs 'a' vote; take care"),
    ],
)
def test_settings_and_models_are_named_as_the_settings_file_has_them(advice, line):
    assert in_toml(advice).startswith(line)


@pytest.mark.filterwarnings("default")
def test_warnings_of_commands_name_lines_of_the_settings_file(capsys):
    with guarded(debug=False, as_json=False, quiet=False):
        warnings.warn("DawidSkene did not converge; raise max_iter or tol", UserWarning, stacklevel=1)
    assert "raise settings.max_iter or settings.tol under [label_model]" in capsys.readouterr().err


def test_advice_of_the_command_line_is_in_toml_alone():
    advice = lw.advise(lw.LabelMatrix([[0, 0, 1], [1, 1, 1], [0, 0, 0], [1, 0, 1]] * 30))
    assert "in toml" in advice.to_text(python=False)
    assert "in Python" not in advice.to_text(python=False)
    assert "in Python" in str(advice)
