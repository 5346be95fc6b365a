"""Join the answers of a crowd: who is careful, who guesses, and what they saw.

Answers are drawn here for a thousand pictures and twelve workers, four of whom
guess; each picture is seen by four or so. With your own answers,
``lw.read_crowd("answers.csv")`` is the first line.
"""

import numpy as np

import labelwright as lw
from labelwright.label_models import DawidSkene, MajorityVote, OneCoin
from labelwright.testing import one_coin_table, sample_votes

CARE = {f"careful_{i}": 0.9 for i in range(4)} | {
    f"hasty_{i}": 0.65 for i in range(4)
}
CARE |= {f"guesses_{i}": 1 / 3 for i in range(4)}
SPACE = ["cat", "dog", "fox"]

drawn = sample_votes(
    one_coin_table(list(CARE.values()), k=3, propensities=0.35),
    1000,
    random_state=0,
)
answers = [
    {"task": f"picture_{i}", "worker": worker, "label": SPACE[answer]}
    for i, row in enumerate(drawn.label_matrix.votes)
    for worker, answer in zip(CARE, row, strict=True)
    if answer != lw.ABSTAIN
]
answered = drawn.label_matrix.covered
truth = {
    f"picture_{i}": SPACE[drawn.gold[i]]
    for i in range(len(drawn.gold))
    if answered[i]
}

crowd = lw.read_crowd(
    answers,
    gold=truth,
    space=SPACE,
)
L, gold = crowd.label_matrix, crowd.gold

print(
    f"{len(answers):,} answers, {(L.votes >= 0).sum(axis=1).mean():.1f}"
    " a picture"
)
accuracies = {}
for model in (MajorityVote(), lw.LabelModel(), OneCoin(), DawidSkene()):
    accuracies[type(model).__name__] = lw.analysis.score(
        model.fit(L).predict_proba(L), gold
    ).accuracy
    print(f"{type(model).__name__:14}{accuracies[type(model).__name__]:.1%}")

trust = dict(zip(L.lf_names, OneCoin().fit(L).lf_accuracies_, strict=True))
print("\nwho is trusted, without a single hand label:")
for worker in sorted(trust, key=trust.get, reverse=True):
    print(f"{worker:14}{trust[worker]:.0%}, in truth {CARE[worker]:.0%}")

unsure = np.sort(OneCoin().fit(L).predict_proba(L).max(axis=1))
print(
    f"\n{(unsure < 0.7).sum()} pictures are worth a further answer: their "
    f"label is less than 70% sure"
)
