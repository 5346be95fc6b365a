"""Does the chemical induce the disease? By the text around the two mentions.

`prepare` makes the candidates, so that the functions read ``left``,
``between``, ``right`` and ``distance``. ``distance`` is positive where the
chemical comes first: (chemical) between (disease).
"""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

import labelwright as lw

space = lw.LabelSpace(["no relation", "chemical induces disease"])
NO, YES = 0, 1

KNOWLEDGE = pl.read_csv(Path(__file__).parent / "kb.csv")
PAIR = ["chemical_id", "disease_id"]
FIRST, SECOND = pl.col("distance") > 0, pl.col("distance") < 0
WORDS = pl.col("words")
NEAREST_CHEMICAL = pl.col("nearest_chemical").eq(WORDS)
NEAREST = NEAREST_CHEMICAL & pl.col("nearest_disease").eq(WORDS)


def prepare(frame: pl.DataFrame, split: str) -> pl.DataFrame:
    """Make candidates of the spans, with what is said about others."""
    frame = lw.candidates(frame, {"chemical": "span1", "disease": "span2"})
    words = pl.col("distance").abs()
    return frame.with_columns(
        near_left=pl.col("left").str.tail(60),
        near_right=pl.col("right").str.head(60),
        words=words,
        nearest_chemical=words.min().over("pmid", "text", "disease_start"),
        nearest_disease=words.min().over("pmid", "text", "chemical_start"),
        times_paired=pl.len().over("pmid", "chemical_id", "disease_id"),
        pairs_in_abstract=pl.struct("chemical_id", "disease_id")
        .n_unique()
        .over("pmid"),
        marked=_marked(),
    )


def _marked() -> pl.Expr:
    """Return what the end model reads: both mentions, and the words around."""
    order = (
        pl.when(FIRST)
        .then(pl.lit("CHEMICALFIRST"))
        .otherwise(pl.lit("DISEASEFIRST"))
    )
    near = (
        pl.col("left").str.tail(80),
        order,
        "between",
        order,
        pl.col("right").str.head(80),
    )
    return pl.concat_str(*near, "chemical", "disease", separator=" ")


def listed(phrases: str) -> list[str]:
    """Return the phrases of a list that is written with commas between them."""
    return [phrase.strip() for phrase in phrases.split(",")]


# --- what medicine knows (distant supervision) -------------------------------

known_adverse_effect = lw.lookup(
    "known_adverse_effect",
    table=KNOWLEDGE.filter(pl.col("relation") == "causes"),
    keys=PAIR,
    vote=YES,
    space=space,
)
known_treatment = lw.lookup(
    "known_treatment",
    table=KNOWLEDGE.filter(pl.col("relation") == "treats"),
    keys=PAIR,
    vote=NO,
    space=space,
)

# --- the chemical causes the disease -----------------------------------------


@lw.labeling_function(space)
def chemical_induced_disease(x):
    """Cocaine-induced seizures: the chemical, "-induced", then the disease."""
    if 0 < x.distance <= 4 and re.match(
        r"[\s-]*(?:induced|associated|related|evoked|provoked)\b",
        x.between,
        re.I,
    ):
        return YES
    return lw.ABSTAIN


verb_of_cause = lw.expression(
    "verb_of_cause",
    FIRST
    & (WORDS <= 12)
    & pl.col("between").str.contains(
        r"(?i)\b(?:caus|induc|produc|provok|trigger|precipitat"
        r"|result\w* in|lead\w* to)"
    ),
    vote=YES,
    space=space,
)
disease_caused_by = lw.expression(
    "disease_caused_by",
    SECOND
    & pl.col("between").str.contains(
        r"(?i)\b(?:induced|caused|produced|provoked|triggered|evoked"
        r"|precipitated) (?:\w+ ){0,3}by\b"
    ),
    vote=YES,
    space=space,
)
DUE_TO = (
    r"(?i)\b(?:due to|secondary to|attribut\w+ to|resulting from"
    r"|because of|complicating)\b"
)
due_to = lw.expression(
    "due_to",
    SECOND & NEAREST & pl.col("between").str.contains(DUE_TO),
    vote=YES,
    space=space,
)
after_the_drug = lw.expression(
    "after_the_drug",
    SECOND
    & NEAREST
    & (WORDS <= 10)
    & pl.col("between").str.contains(
        r"(?i)\b(?:after|following|during|with|on|from|receiving|upon)\b"
    )
    & ~pl.col("between").str.contains(
        r"(?i)\b(?:patients? with|treated with|treatment of|treat)\b"
    ),
    vote=YES,
    space=space,
)
side_by_side = lw.expression(
    "side_by_side",
    (pl.col("distance") == 1) & pl.col("between").str.contains(r"^\s?$"),
    vote=YES,
    space=space,
)
toxic_effects = lw.regex(
    "toxic_effects",
    r"(?i)\b(?:toxicity|toxic effects?|adverse (?:effects?|events?"
    r"|reactions?)|side[- ]effects?"
    r"|complications?) (?:of|with|associated|to|such|include)",
    on="text",
    vote=YES,
    space=space,
)
associated_with = lw.expression(
    "associated_with",
    pl.col("between").str.contains(r"(?i)\bassociated with\b") & (WORDS <= 10),
    vote=YES,
    space=space,
)
risk_of_disease = lw.regex(
    "risk_of_disease",
    r"(?i)\b(?:risk|incidence|occurrence|development|cases?|episodes?"
    r"|frequency) of (?:[\w-]+ ){0,3}$",
    on="near_left",
    vote=YES,
    space=space,
)
REPORT = (
    r"(?i)\b(?:case report|we report|we describe|is reported|are reported"
    r"|is described|a case of|cases of"
    r"|year-old (?:man|woman|male|female|boy|girl|patient))"
)
case_report = lw.expression(
    "case_report",
    pl.col("text").str.contains(REPORT) & NEAREST,
    vote=YES,
    space=space,
)
DEVELOPED = (
    r"(?i)\b(?:develop(?:ed|ing|s)?|experienc\w+|suffer\w+"
    r"|presented with|was followed by|complained of)\b"
)
patient_developed = lw.expression(
    "patient_developed",
    pl.col("text").str.contains(DEVELOPED) & NEAREST,
    vote=YES,
    space=space,
)
title_names_the_pair = lw.expression(
    "title_names_the_pair",
    (pl.col("text").str.len_chars() < 110) & (WORDS <= 6),
    vote=YES,
    space=space,
)

# --- what the rest of the sentence and of the abstract says ------------------

paired_often = lw.expression(
    "paired_often",
    (pl.col("times_paired") >= 3) & NEAREST,
    vote=YES,
    space=space,
)
one_of_many_pairs = lw.expression(
    "one_of_many_pairs",
    (pl.col("times_paired") == 1) & (pl.col("pairs_in_abstract") >= 6),
    vote=NO,
    space=space,
)
closer_chemical = lw.expression(
    "closer_chemical",
    WORDS.gt(2 * pl.col("nearest_chemical") + 2),
    vote=NO,
    space=space,
)
closer_disease = lw.expression(
    "closer_disease",
    WORDS.gt(4 * pl.col("nearest_disease") + 4),
    vote=NO,
    space=space,
)
only_pair = lw.expression(
    "only_pair", pl.col("pairs_in_abstract") == 1, vote=YES, space=space
)

# --- the chemical treats the disease, or something else is meant -------------

TREATS_WORDS = """
    treatment of, for the treatment, treatment for, treated with, therapy for,
    therapy of, management of, effective in, efficacy of, prevention of,
    prophylaxis, used to treat, for the relief
"""
treats = lw.keywords(
    "treats", listed(TREATS_WORDS), on="between", vote=NO, space=space
)

protects = lw.regex(
    "protects",
    r"(?i)\b(?:protect\w*|attenuat\w+|prevent\w*|reduc\w+|ameliorat\w+"
    r"|inhibit\w*|antagoni\w+|block\w*|revers\w+"
    r"|suppress\w*|improv\w+|alleviat\w+|abolish\w*|decreas\w+|relie\w+)\b",
    on="between",
    vote=NO,
    space=space,
)
another_drug_induced_it = lw.expression(
    "another_drug_induced_it",
    FIRST
    & (WORDS > 3)
    & pl.col("between").str.contains(
        r"(?i)\w-(?:induced|associated|related)\s*$"
    ),
    vote=NO,
    space=space,
)
induced_by_another = lw.regex(
    "induced_by_another",
    r"(?i)^\W*(?:induced|caused|produced|evoked) by (?:\w+ ){1,6}",
    on="near_right",
    vote=NO,
    space=space,
)
patients_with_disease = lw.regex(
    "patients_with_disease",
    r"(?i)\b(?:patients?|women|men|children|adults|subjects|rats"
    r"|individuals|people|history|suffering) "
    r"(?:\w+ ){0,3}(?:with|of|from) (?:[\w-]+ ){0,3}$",
    on="near_left",
    vote=NO,
    space=space,
)
patients_between = lw.regex(
    "patients_between",
    r"(?i)\b(?:patients?|children|women|men|subjects|adults) "
    r"(?:\w+ ){0,2}(?:with|suffering)\b",
    on="between",
    vote=NO,
    space=space,
)
negated = lw.regex(
    "negated",
    r"(?i)\b(?:no|not|without|neither|nor|none|lack of|absence of"
    r"|failed to|did not|unlikely)\b",
    on="between",
    vote=NO,
    space=space,
)
levels_and_doses = lw.regex(
    "levels_and_doses",
    r"(?i)^\W*(?:levels?|concentrations?|receptors?|channels?|clearance"
    r"|excretion|synthesis|release|uptake|metabolism)\b",
    on="near_right",
    vote=NO,
    space=space,
)
chemical_is_measured = lw.expression(
    "chemical_is_measured",
    FIRST
    & pl.col("between").str.contains(
        r"(?i)^\W*(?:levels?|concentrations?|receptors?|channels?|uptake"
        r"|release|clearance)\b"
    ),
    vote=NO,
    space=space,
)
far_apart = lw.expression("far_apart", WORDS > 22, vote=NO, space=space)
another_clause = lw.regex(
    "another_clause",
    r";|\. |: |\bwhereas\b|\balthough\b|\bbut\b",
    on="between",
    vote=NO,
    space=space,
)
aim_of_a_study = lw.regex(
    "aim_of_a_study",
    r"(?i)\b(?:to (?:investigate|evaluate|assess|determine|compare"
    r"|examine|study)|the aim|the purpose"
    r"|were randomi[sz]ed|was conducted|double-blind|placebo)\b",
    on="text",
    vote=NO,
    space=space,
)
BODY_CHEMISTRY_WORDS = """
    creatinine, calcium, sodium, potassium, oxygen, glucose, dopamine,
    serotonin, gaba, glutamate, cholesterol, urea, bilirubin, superoxide,
    glutathione, no, nitric oxide, acetylcholine, magnesium,
    norepinephrine, noradrenaline, angiotensin, histamine
"""
body_chemistry = lw.keywords(
    "body_chemistry",
    listed(BODY_CHEMISTRY_WORDS),
    on="chemical",
    vote=NO,
    space=space,
)
