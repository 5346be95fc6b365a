"""Tables in and out: every kind of table that labelwright takes, and the field's own data formats."""

from __future__ import annotations

from labelwright.io.annotations import Annotations
from labelwright.io.argilla import read_argilla
from labelwright.io.crowds import CrowdDataset, read_crowd
from labelwright.io.doccano import read_doccano
from labelwright.io.hugging_face import read_hugging_face, write_hugging_face
from labelwright.io.label_sleuth import read_label_sleuth
from labelwright.io.label_studio import label_studio_config, read_label_studio, write_label_studio
from labelwright.io.labeled_rows import LabeledRows
from labelwright.io.prodigy import read_prodigy, write_prodigy
from labelwright.io.relation_candidates import candidates
from labelwright.io.source import RowBlock, RowSource, as_source
from labelwright.io.table_writing import write_table
from labelwright.io.tables import read_table, scan_table
from labelwright.io.wrench import Split, WrenchDataset, read_wrench
from labelwright.io.wrench_writing import write_wrench

__all__ = [
    "Annotations",
    "CrowdDataset",
    "LabeledRows",
    "RowBlock",
    "RowSource",
    "Split",
    "WrenchDataset",
    "as_source",
    "candidates",
    "label_studio_config",
    "read_argilla",
    "read_crowd",
    "read_doccano",
    "read_hugging_face",
    "read_label_sleuth",
    "read_label_studio",
    "read_prodigy",
    "read_table",
    "read_wrench",
    "scan_table",
    "write_hugging_face",
    "write_label_studio",
    "write_prodigy",
    "write_table",
    "write_wrench",
]
