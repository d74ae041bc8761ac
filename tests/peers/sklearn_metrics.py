"""Metrics by scikit-learn, as JSON:

    python3 tests/peers/sklearn_metrics.py > tests/fixtures/sklearn-metrics.json

Every case has a task's settings, answers and labels of some images, each planar [channels, pixels], and the metrics under
the project's names. What is unlabelled is removed before scikit-learn sees it. Numbers of answers are multiples of 1/16,
so many are equal, and float32 holds them.
"""
import json
import random

import numpy as np
import sklearn
from sklearn import metrics


def score(rng):
    return rng.randrange(17) / 16


def multilabel(rng, classes, images, labels):
    """`labels` draws the label of class c: 0, 1 or 255."""
    answers = [[score(rng) for _ in range(classes)] for _ in range(images)]
    truths = [[labels(rng, c) for c in range(classes)] for _ in range(images)]
    scores, known = np.array(answers), np.array(truths)
    precisions = []
    for c in range(classes):
        labelled = known[:, c] != 255
        # Where no truth is positive there is no recall. scikit-learn gives 0 there; here the class does not count.
        found = (known[labelled, c] == 1).any()
        precisions.append(metrics.average_precision_score(known[labelled, c], scores[labelled, c]) if found else None)
    mean = np.mean([p for p in precisions if p is not None])
    return {"config": {"kind": "multilabel", "classes": names(classes)}, "answers": answers, "labels": truths,
            "values": {"mAP": mean}, "perClass": dict(zip(names(classes), precisions))}


def classification(rng, classes, images, labels):
    answers = [[score(rng) for _ in range(classes)] for _ in range(images)]
    truths = [labels(rng) for _ in range(images)]
    labelled = np.array(truths) < classes
    scores, known = np.array(answers)[labelled], np.array(truths)[labelled]
    first = scores.argmax(1)  # of equal scores the lower class
    # Of equal scores top_k_accuracy_score takes the higher class first, so it is given the classes in reverse.
    top5 = metrics.top_k_accuracy_score(classes - 1 - known, scores[:, ::-1], k=5, labels=range(classes))
    values = {"top1": metrics.accuracy_score(known, first), "top5": top5,
              "balancedAccuracy": metrics.recall_score(known, first, labels=sorted(set(known)), average="macro")}
    return {"config": {"kind": "classification", "classes": names(classes)}, "answers": answers,
            "labels": [[truth] for truth in truths], "values": values}


def segmentation(rng, classes, images, pixels, labels):
    answers = [[[score(rng) for _ in range(pixels)] for _ in range(classes)] for _ in range(images)]
    truths = [[labels(rng) for _ in range(pixels)] for _ in range(images)]
    predicted, known = np.array(answers).argmax(1).reshape(-1), np.array(truths).reshape(-1)
    predicted, known = predicted[known < classes], known[known < classes]
    present = sorted(set(predicted) | set(known))
    ious = dict(zip(present, metrics.jaccard_score(known, predicted, labels=present, average=None)))
    values = {"mIoU": metrics.jaccard_score(known, predicted, average="macro"),
              "pixelAccuracy": metrics.accuracy_score(known, predicted)}
    return {"config": {"kind": "segmentation", "classes": names(classes)},
            "answers": [[value for plane in image for value in plane] for image in answers], "labels": truths,
            "values": values, "perClass": {name: ious.get(c) for c, name in enumerate(names(classes))}}


def regression(rng, numbers, images, unknown):
    """`unknown` is the share of numbers without a label. These are null."""
    answers = [[rng.randrange(-160, 160) / 16 for _ in range(numbers)] for _ in range(images)]
    truths = [[None if rng.random() < unknown else rng.randrange(-160, 160) / 16 for _ in range(numbers)]
              for _ in range(images)]
    pairs = [[(t, a) for t, a in zip(column, answer) if t is not None]
             for column, answer in zip(zip(*truths), zip(*answers))]
    error = lambda measure, chosen: measure(*zip(*chosen)) if chosen else None
    together = [pair for column in pairs for pair in column]
    return {"config": {"kind": "regression", "names": names(numbers)}, "answers": answers, "labels": truths,
            "values": {"mae": error(metrics.mean_absolute_error, together),
                       "medianError": error(metrics.median_absolute_error, together)},
            "perClass": dict(zip(names(numbers), (error(metrics.mean_absolute_error, column) for column in pairs)))}


def depth(rng, images, pixels):
    answers = [[rng.randrange(1, 160) / 16 for _ in range(pixels)] for _ in range(images)]
    truths = [[0 if rng.random() < 0.3 else rng.randrange(1, 160) / 16 for _ in range(pixels)] for _ in range(images)]
    answer, truth = np.array(answers).reshape(-1), np.array(truths).reshape(-1)
    answer, truth = answer[truth > 0], truth[truth > 0]
    root = lambda a, b: metrics.mean_squared_error(a, b) ** 0.5
    return {"config": {"kind": "depth"}, "answers": answers, "labels": truths,
            "values": {"rmseMetres": root(truth, answer), "logRmse": root(np.log(truth), np.log(answer)),
                       "absRel": metrics.mean_absolute_percentage_error(truth, answer)}}


def names(count):
    return [f"c{k}" for k in range(count)]


def main():
    rng = random.Random(1)
    binary = lambda rng, c: rng.randrange(2)
    cases = {
        "multilabel, many equal scores": multilabel(rng, 3, 200, binary),
        "multilabel, rare classes": multilabel(rng, 3, 60, lambda rng, c: int(rng.random() < 0.06)),
        "multilabel, unknown labels": multilabel(rng, 4, 60, lambda rng, c: rng.choice([0, 1, 255, 255])),
        "multilabel, a class that is always there and one that never is":
            multilabel(rng, 3, 30, lambda rng, c: [1, 0, rng.randrange(2)][c]),
        "classification": classification(rng, 8, 80, lambda rng: rng.randrange(8)),
        "classification, images without a label": classification(rng, 8, 80, lambda rng: rng.choice([*range(8), 65535])),
        "classification, one class only": classification(rng, 6, 40, lambda rng: 3),
        "segmentation": segmentation(rng, 5, 3, 60, lambda rng: rng.randrange(5)),
        "segmentation, unlabelled pixels": segmentation(rng, 5, 3, 60, lambda rng: rng.choice([0, 1, 2, 255])),
        "segmentation, one class only": segmentation(rng, 3, 2, 40, lambda rng: 2),
        "segmentation, few pixels: classes that neither answers nor labels have":
            segmentation(rng, 12, 1, 8, lambda rng: rng.randrange(4)),
        "regression": regression(rng, 2, 41, 0),
        "regression, unknown numbers": regression(rng, 3, 40, 0.4),
        "depth": depth(rng, 3, 60),
    }
    lines = ",\n".join(f"{json.dumps(title)}: {json.dumps(case)}" for title, case in cases.items())
    print(f'{{"sklearn": "{sklearn.__version__}", "cases": {{\n{lines}\n}}}}')


main()
