"""Train and measure the drum model.

    python -m models.training.genre.drum_train drum_views.npz measure   figures over five seeds -> drum_figures.json
    python -m models.training.genre.drum_train drum_views.npz final     models/drum_genre.onnx

Protocols: "groups" parts drummers, books x styles and MMA sources x families; "official" trains on
groove-midi's training split (its drummers play in both) and four fifths of the other groups, and is
tested on groove's validation split and the last fifth.
"""

import json
import sys
from pathlib import Path

import numpy as np

from core.understand.drum_features import _tempo
from models.training.genre import drum_views, forest, metrics, weights
from models.training.genre.held import BENCH, drum_part_of_group

CLASSES = ("rock", "jazz", "electronic", "pop", "folk", "classical", "latin", "funk", "hiphop", "reggae", "blues")
TEMPI = 11
PROTOCOLS = ("official", "groups")
INNER_FOLDS, INNER_TREES = 6, 30
MODEL = Path(__file__).resolve().parents[2] / "drum_genre.onnx"


class Drums:
    """The cached views with labels, and tempo columns drawn where a collection has none."""

    def __init__(self, path: Path):
        with np.load(path) as data:
            self.__dict__.update({name: data[name] for name in data.files})
        known = np.isin(self.genre, CLASSES)
        self.known = known
        self.label = np.array([CLASSES.index(g) if g in CLASSES else -1 for g in self.genre])
        keep = known[self.owner]
        self.x, self.owner, self.kind = self.x[keep].astype(np.float32), self.owner[keep], self.kind[keep]
        rng = np.random.default_rng(3)
        drawn = np.exp(rng.normal(np.log(115), 0.25, len(self.bpm)))
        tempo = np.where(np.isnan(self.bpm), drawn, self.bpm)
        self.x[:, -TEMPI:] = np.stack([_tempo(b) for b in tempo])[self.owner]

    def split(self, seed: int, protocol: str) -> tuple[np.ndarray, np.ndarray]:
        """Masks over parts: train, test."""
        rng = np.random.default_rng(seed)
        share = {}
        for group in np.unique(self.group):
            share[group] = rng.uniform()
        draw = np.array([share[g] for g in self.group])
        groove = self.collection == "groove"
        test = draw < 0.25
        if protocol == "official":
            test = np.where(groove, self.held_out, draw < 0.2)
        return ~test & self.known, test & self.known


def fit(data: Drums, part: np.ndarray, seed: int, **options) -> forest.Forest:
    """The forest grown on the rows of some parts; three cuts in ten lend their tempo to each other."""
    rows = np.flatnonzero(part[data.owner])
    owners = data.owner[rows]
    labels = data.label[owners]
    counts = weights.row_weights(labels, data.collection[owners], owners, options.pop("power", 0.7))
    counts *= weights.small_classes(labels, owners, 40, 0.5)
    rng = np.random.default_rng(seed)
    x = data.x[rows].copy()
    swapped = np.flatnonzero((data.kind[rows] == drum_views.CUT) & (rng.uniform(size=len(rows)) < 0.3))
    x[swapped, -TEMPI:] = x[rng.permutation(swapped), -TEMPI:]
    return forest.grow(x, labels, counts / counts.sum(), len(CLASSES), seed=seed, **options)


def tested(model: forest.Forest, data: Drums, part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(ids of parts, their mean logits over the product's windows)."""
    rows = part[data.owner] & (data.kind == drum_views.READ)
    return metrics.by_owner(model(data.x[rows]), data.owner[rows])


def figures(data: Drums, protocol: str, seed: int, **options) -> dict:
    """All figures of one seed."""
    train, test = data.split(seed, protocol)
    model = fit(data, train, seed, **options)
    ids, logits = tested(model, data, test)
    temperature = inner_temperature(data, train, seed, protocol)
    probability, labels = metrics.softmax(logits / temperature), data.label[ids]
    out = {"temperature": temperature, "ece": metrics.calibration_error(probability, labels),
           "top1": metrics.balanced(probability, labels), "top3": metrics.balanced(probability, labels, 3),
           "classes": len(set(labels.tolist())), "logits": logits.round(4).tolist(), "labels": labels.tolist()}
    of_three = np.isin(data.genre[ids], metrics.THREE)
    third = np.array([metrics.THREE.index(g) if g in metrics.THREE else -1 for g in data.genre[ids]])
    three = metrics.restrict(probability, CLASSES)
    out["three"] = metrics.balanced(three[of_three], third[of_three])
    out["three_recalls"] = metrics.recalls(three[of_three], third[of_three])
    for name, mask in (("three_beats", ~data.fill[ids]), ("three_groove", data.collection[ids] == "groove"),
                       ("three_groove_beats", (data.collection[ids] == "groove") & ~data.fill[ids])):
        mask = mask & of_three
        if mask.any():
            out[name] = metrics.balanced(three[mask], third[mask])
            out[name + "_recalls"] = metrics.recalls(three[mask], third[mask])
    out["confusion"] = metrics.confusion(probability, labels).tolist()
    seeds = np.isin(data.genre, metrics.THREE)
    labels3 = np.array([metrics.THREE.index(g) if g in metrics.THREE else 0 for g in data.genre])
    use = np.flatnonzero(train & seeds)
    from models.training.genre.seed_network import guess_with_seed

    guess = guess_with_seed(data.seed[use], labels3[use], data.seed[ids], (128, 64, 32, 3), seed)
    out["seed_three"] = metrics.balanced(guess[of_three], third[of_three])
    groove = of_three & (data.collection[ids] == "groove")
    out["seed_three_groove"] = metrics.balanced(guess[groove], third[groove])
    return out


def inner_temperature(data: Drums, train: np.ndarray, seed: int, protocol: str) -> float:
    """The temperature found inside a training part alone.

    Its groups (drummers, books x styles, sources x families; "official": groove-midi's takes, whoever drummed)
    are dealt into folds and each fold is guessed by a forest grown on the others. The temperature is the one
    with the least calibration error over all these guesses: likelihood would be ruled by the few parts whose
    genre no other drummer plays that way.
    """
    own = (data.collection == "groove") & (protocol == "official")
    group = np.where(own, np.arange(len(data.group)).astype(str), data.group)
    groups = np.unique(group[train])
    fold = dict(zip(groups, np.random.default_rng(seed).permutation(len(groups)) % INNER_FOLDS, strict=True))
    folds = np.array([fold.get(name, -1) for name in group])
    logits, labels = [], []
    for index in range(INNER_FOLDS):
        learnt = train & (folds != index)
        model = fit(data, learnt, seed, trees=INNER_TREES)
        ids, guess = tested(model, data, train & (folds == index))
        taught = np.isin(data.label[ids], data.label[learnt])  # a genre of one group cannot be guessed without it
        logits.append(guess[taught])
        labels.append(data.label[ids][taught])
    return metrics.calm_temperature(np.concatenate(logits), np.concatenate(labels))


def main(views: Path, what: str) -> None:
    """Measure or make the model."""
    data = Drums(views)
    if what == "final":
        rest = data.known & ~np.array([drum_part_of_group(c, g, h) == BENCH for c, g, h in
                                       zip(data.collection, data.group, data.held_out, strict=True)])
        model = fit(data, rest, 1, trees=100, leaves=450)
        # Half way between what suits drummers it knows and those it does not.
        model.temperature = float(np.sqrt(np.prod([inner_temperature(data, rest, 1, p) for p in PROTOCOLS])))
        print("temperature", round(model.temperature, 2))
        forest.export(model, data.x.shape[1], CLASSES, MODEL)
        return
    results: dict[str, list[dict]] = {}
    for protocol in PROTOCOLS:
        results[protocol] = []
        for seed in range(1, 6):
            results[protocol].append(figures(data, protocol, seed, trees=60))
            print(protocol, seed, {k: round(v, 3) for k, v in results[protocol][-1].items() if isinstance(v, float)},
                  flush=True)
    Path(views).with_name("drum_figures.json").write_text(json.dumps(results))
    for protocol, runs in results.items():
        for name in ("three", "three_beats", "three_groove", "three_groove_beats", "seed_three",
                     "seed_three_groove", "top1", "top3", "ece", "temperature"):
            values = [run[name] for run in runs if name in run]
            print(protocol, name, "{:.3f} ± {:.3f}".format(*metrics.interval(values)), [round(v, 2) for v in values])


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
