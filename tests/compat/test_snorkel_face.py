"""The face of Snorkel 0.10: modules, names, and the names and defaults of parameters."""

import importlib
import importlib.util
import inspect
import subprocess
import sys

import pytest

OURS = "labelwright.compat.snorkel"

# Names by module, and parameters of Snorkel 0.10.0 in order, a default after "=".
FACE = {
    "labeling": {
        "LFAnalysis": "L, lfs=None",
        "LFApplier": "lfs",
        "LFApplier.apply": "data_points, progress_bar=True, fault_tolerant=False, return_meta=False",
        "LabelingFunction": "name, f, resources=None, pre=None",
        "PandasLFApplier": "lfs",
        "PandasLFApplier.apply": "df, progress_bar=True, fault_tolerant=False, return_meta=False",
        "filter_unlabeled_dataframe": "X, y, L",
        "labeling_function": "name=None, resources=None, pre=None",
    },
    "labeling.analysis": {
        "LFAnalysis.lf_conflicts": "normalize_by_overlaps=False",
        "LFAnalysis.lf_empirical_accuracies": "Y",
        "LFAnalysis.lf_empirical_probs": "Y, k",
        "LFAnalysis.lf_overlaps": "normalize_by_coverage=False",
        "LFAnalysis.lf_summary": "Y=None, est_weights=None",
    },
    "labeling.apply": {},
    "labeling.apply.core": {"LFApplier": "lfs", "ApplierMetadata": "faults"},
    "labeling.apply.pandas": {"PandasLFApplier": "lfs"},
    "labeling.lf": {"LabelingFunction": "name, f, resources=None, pre=None"},
    "labeling.lf.core": {"labeling_function": "name=None, resources=None, pre=None"},
    "labeling.lf.nlp": {
        "NLPLabelingFunction": "name, f, resources=None, pre=None, text_field='text', doc_field='doc', "
        "language='en_core_web_sm', disable=None, memoize=True, memoize_key=None, gpu=False",
        "nlp_labeling_function": "name=None, resources=None, pre=None, text_field='text', doc_field='doc', "
        "language='en_core_web_sm', disable=None, memoize=True, memoize_key=None, gpu=False",
    },
    "labeling.model": {
        "LabelModel": "cardinality=2",
        "LabelModel.fit": "L_train, Y_dev=None, class_balance=None, progress_bar=True",
        "LabelModel.predict": "L, return_probs=False, tie_break_policy='abstain'",
        "LabelModel.predict_proba": "L",
        "LabelModel.get_weights": "",
        "LabelModel.get_conditional_probs": "",
        "LabelModel.save": "destination",
        "LabelModel.load": "source",
        "MajorityClassVoter.fit": "balance",
        "MajorityLabelVoter": "cardinality=2",
        "RandomVoter": "cardinality=2",
    },
    "labeling.model.baselines": {"MajorityLabelVoter.predict_proba": "L"},
    "labeling.model.label_model": {"LabelModel": "cardinality=2"},
    "map": {
        "Mapper": "name, field_names=None, mapped_field_names=None, pre=None, memoize=False, "
        "memoize_key=None",
        "LambdaMapper": "name, f, pre=None, memoize=False, memoize_key=None",
        "lambda_mapper": "name=None, pre=None, memoize=False, memoize_key=None",
    },
    "preprocess": {
        "BasePreprocessor": "name, pre, memoize, memoize_key=None",
        "LambdaPreprocessor": "name, f, pre=None, memoize=False, memoize_key=None",
        "Preprocessor.reset_cache": "",
        "preprocessor": "name=None, pre=None, memoize=False, memoize_key=None",
    },
    "preprocess.nlp": {
        "SpacyPreprocessor": "text_field, doc_field, language='en_core_web_sm', disable=None, pre=None, "
        "memoize=False, memoize_key=None, gpu=False"
    },
    "analysis": {
        "Scorer": "metrics=None, custom_metric_funcs=None, abstain_label=-1",
        "Scorer.score": "golds, preds=None, probs=None",
        "Scorer.score_slices": "S, golds, preds, probs, as_dataframe=False",
        "metric_score": "golds=None, preds=None, probs=None, metric='accuracy', filter_dict=None",
        "get_label_instances": "bucket, x",
    },
    "utils": {
        "filter_labels": "label_dict, filter_dict",
        "preds_to_probs": "preds, num_classes",
        "probs_to_preds": "probs, tie_break_policy='random', tol=1e-05",
        "to_int_label_array": "X, flatten_vector=True",
    },
    "types": {},
}
ENTRIES = [(module, name) for module, names in FACE.items() for name in names]


def parameters(prefix, module, name):
    found = importlib.import_module(f"{prefix}.{module}")
    for part in name.split("."):
        found = getattr(found, part)
    if inspect.isclass(found) and not issubclass(found, tuple):
        found = found.__init__
    plain = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)
    shown = [
        name if given.default is inspect.Parameter.empty else f"{name}={given.default!r}"
        for name, given in inspect.signature(found).parameters.items()
        if given.kind in plain and name != "self"
    ]
    return ", ".join(shown)


@pytest.mark.parametrize(("module", "name"), ENTRIES)
def test_every_name_takes_what_it_takes_in_snorkel(module, name):
    ours = parameters(OURS, module, name)
    assert ours == FACE[module][name] or ours.startswith(f"{FACE[module][name]}, ")


@pytest.mark.parametrize("module", [module for module, names in FACE.items() if not names])
def test_every_module_is_where_it_is_in_snorkel(module):
    assert importlib.import_module(f"{OURS}.{module}")


@pytest.mark.skipif(importlib.util.find_spec("snorkel") is None, reason="Snorkel is not installed")
def test_snorkel_itself_has_this_face():
    spacy = importlib.util.find_spec("spacy") is not None
    for module, name in ENTRIES:
        if spacy or not module.endswith("nlp"):
            assert parameters("snorkel", module, name) == FACE[module][name], (module, name)


def test_it_runs_without_pandas_torch_and_spacy():
    code = f"""
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name in ("pandas", "torch", "spacy"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Missing())
from {OURS} import LFAnalysis, LFApplier, LabelModel, labeling_function
lfs = [labeling_function(name=str(n))(lambda x, n=n: x % 2 if x > n else -1) for n in range(3)]
L = LFApplier(lfs).apply(list(range(9)), progress_bar=False)
print(LabelModel().fit(L).predict(L).tolist())
try:
    LFAnalysis(L).lf_summary()
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    labels, error = done.stdout.splitlines()
    assert labels == "[-1, 1, 0, 1, 0, 1, 0, 1, 0]"
    assert error == (
        "lf_summary needs 'pandas'; install it with: pip install pandas (labelwright[compat] has it)"
    )
