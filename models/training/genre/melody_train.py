"""Train and measure the melody model.

    python -m models.training.genre.melody_train views.npz sung.npz measure   -> melody_figures.json
    python -m models.training.genre.melody_train views.npz sung.npz final     -> models/melody_genre.onnx

`measure` prints, over five seeds of a split by artist, song and shared phrases: three and twelve classes,
clean and sung, the seed's network beside ours, the rock-against-electronic test inside the ringtones, the
leave-one-collection-out table and a learning curve.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch

from models.training.genre import melody_views, metrics, nets
from models.training.genre.held import TEMPERATURE, TRAIN, part_of_group

CLASSES = ("rock", "jazz", "electronic", "pop", "folk", "classical", "latin", "funk", "hiphop", "reggae")
MODEL = Path(__file__).resolve().parents[2] / "melody_genre.onnx"
SETTINGS = {"hidden": (128,), "members": 2, "epochs": 7, "dropout": 0.35, "decay": 0.05, "mixup": 0.0}
EVEN_FROM = 250
"""Classes with fewer tunes than this count less in training, or their few tunes would be learnt by heart."""


class Tunes:
    """The cached views with their labels."""

    def __init__(self, views: Path, sung: Path | None):
        with np.load(views) as data:
            self.__dict__.update({name: data[name] for name in data.files})
        if sung is not None and sung.exists():
            with np.load(sung) as data:
                self.x = np.concatenate([self.x, data["x"]])
                self.owner = np.concatenate([self.owner, data["owner"]])
                self.kind = np.concatenate([self.kind, data["kind"]])
        self.known = np.isin(self.genre, CLASSES)
        self.label = np.array([CLASSES.index(g) if g in CLASSES else -1 for g in self.genre])
        keep = self.known[self.owner]
        self.x, self.owner, self.kind = self.x[keep].astype(np.float32), self.owner[keep], self.kind[keep]
        self.third = np.array([metrics.THREE.index(g) if g in metrics.THREE else -1 for g in self.genre])

    def split(self, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Masks over tunes: train 70 %, tune 10 %, test 20 %, whole groups at a time."""
        rng = np.random.default_rng(seed)
        ids, inverse = np.unique(self.group, return_inverse=True)
        draw = rng.uniform(size=len(ids))[inverse]
        return (draw >= 0.3) & self.known, (draw < 0.1) & self.known, (draw >= 0.1) & (draw < 0.3) & self.known


def fit(data: Tunes, part: np.ndarray, seed: int, kinds=(0, 1, 2), **options) -> nets.Net:
    """The ensemble trained on the rows of some tunes."""
    rows = part[data.owner] & np.isin(data.kind, kinds)
    owners = data.owner[rows]
    labels = data.label[owners]
    weights = nets.row_weights(labels, data.collection[owners], owners, options.pop("power", 0.5))
    size = np.bincount(labels[np.unique(owners, return_index=True)[1]], minlength=len(CLASSES))
    weights *= np.minimum(1.0, size[labels] / EVEN_FROM) ** 0.7
    return nets.train(data.x[rows], labels, weights / weights.sum(), len(CLASSES), seed=seed, **(SETTINGS | options))


def tested(net, data: Tunes, part: np.ndarray, kind: int) -> tuple[np.ndarray, np.ndarray]:
    """(ids of tunes, their mean logits over the product's windows), clean or sung."""
    rows = part[data.owner] & (data.kind == kind)
    return nets.logits_by_owner(net, data.x[rows], data.owner[rows])


def even_weights(labels: np.ndarray) -> np.ndarray:
    """Every class alike."""
    weights = 1.0 / np.bincount(labels)[labels]
    return weights / weights.sum()


def set_temperature(net, data: Tunes, part: np.ndarray) -> float:
    """Calibrate on set-aside tunes, clean and sung."""
    found = [tested(net, data, part, kind) for kind in (melody_views.READ, melody_views.SUNG)]
    ids, logits = (np.concatenate(pieces) for pieces in zip(*found, strict=True))
    return nets.calibrate(net, logits, data.label[ids], even_weights(data.label[ids]))


def scores(data: Tunes, ids: np.ndarray, logits: np.ndarray) -> dict:
    """Twelve- and three-class figures of some tunes."""
    probability, labels, third = metrics.softmax(logits), data.label[ids], data.third[ids]
    of_three = third >= 0
    three = metrics.restrict(probability, CLASSES)[of_three]
    ring = data.collection[ids][of_three] == "rtttl"
    pair = ring & np.isin(third[of_three], (1, 2))
    inside = metrics.balanced(three[pair][:, 1:], third[of_three][pair] - 1)
    return {"top1": metrics.balanced(probability, labels), "top3": metrics.balanced(probability, labels, 3),
            "ece": metrics.calibration_error(probability, labels),
            "three": metrics.balanced(three, third[of_three]), "three_recalls": metrics.recalls(three, third[of_three]),
            "ringtones_rock_electronic": inside, "confusion": metrics.confusion(probability, labels).tolist(),
            "confusion3": metrics.confusion(three, third[of_three]).tolist(),
            "guessed": (np.bincount(probability.argmax(1), minlength=len(CLASSES)) / len(labels)).tolist()}


def seed_network(data: Tunes, train: np.ndarray, ids: np.ndarray, seed: int) -> float:
    """The seed's melody network on the same split, three classes: balanced accuracy."""
    use = np.flatnonzero(train & (data.third >= 0))
    net = nets.train_seed(data.seed[use], data.third[use], even_weights(data.third[use]),
                          (64, 128, 16, 64, 256, 32, 3), seed)
    ids = ids[data.third[ids] >= 0]
    with torch.no_grad():
        return metrics.balanced(net(torch.tensor(data.seed[ids])).numpy(), data.third[ids])


def one_seed(data: Tunes, seed: int, **options) -> dict:
    """All figures of one split."""
    train, tune, test = data.split(seed)
    net = fit(data, train, seed, **options)
    set_temperature(net, data, tune)
    ids, logits = tested(net, data, test, melody_views.READ)
    out = {"clean": scores(data, ids, logits), "seed_three": seed_network(data, train, ids, seed)}
    sung_ids, sung_logits = tested(net, data, test, melody_views.SUNG)
    if len(sung_ids):
        out["sung"] = scores(data, sung_ids, sung_logits)
        same = np.isin(ids, sung_ids)
        out["clean_of_sung"] = scores(data, ids[same], logits[same])
    return out


def without(data: Tunes, collection: str, seed: int = 1, **options) -> dict:
    """Trained without a collection, tested on it: the recall of each genre it holds, in three and in twelve classes."""
    inside = (data.collection == collection) & data.known
    net = fit(data, ~np.isin(data.group, data.group[inside]) & data.known, seed, **options)
    ids, logits = tested(net, data, inside, melody_views.READ)
    probability, labels, third = metrics.softmax(logits), data.label[ids], data.third[ids]
    out = {"tunes": len(ids)}
    for index, name in enumerate(CLASSES):
        mine = labels == index
        if mine.sum() >= 10:
            best = np.argsort(-probability[mine], axis=1)
            out[name] = {"tunes": int(mine.sum()), "top1": float((best[:, 0] == index).mean()),
                         "top3": float((best[:, :3] == index).any(1).mean()),
                         "most_guessed": CLASSES[int(np.bincount(best[:, 0]).argmax())]}
            if name in metrics.THREE:
                guess = metrics.restrict(probability[mine], CLASSES).argmax(1)
                out[name]["of_three"] = float((guess == third[mine]).mean())
    return out


def curve(data: Tunes, seed: int, shares=(0.15, 0.4, 1.0), **options) -> list[tuple[float, float, float]]:
    """(share of the training groups, three classes, ringtones' rock against electronic)."""
    train, _, test = data.split(seed)
    rng = np.random.default_rng(seed + 50)
    ids, inverse = np.unique(data.group, return_inverse=True)
    draw = rng.uniform(size=len(ids))[inverse]
    out = []
    for share in shares:
        net = fit(data, train & (draw < share), seed, **options)
        found = scores(data, *tested(net, data, test, melody_views.READ))
        out.append((share, found["three"], found["ringtones_rock_electronic"]))
    return out


def main(views: Path, sung: Path, what: str) -> None:
    """Measure or make the model."""
    data = Tunes(views, sung)
    if what == "final":
        part = np.array([part_of_group(int(group)) for group in data.group])
        net = fit(data, data.known & (part == TRAIN), 1, members=4)
        print("temperature", set_temperature(net, data, data.known & (part == TEMPERATURE)))
        nets.export(net, data.x.shape[1], CLASSES, MODEL)
        return
    runs = []
    for seed in range(1, 6):
        runs.append(one_seed(data, seed))
        print(seed, {view: {k: round(v, 3) for k, v in row.items() if isinstance(v, float)}
                     for view, row in runs[-1].items() if isinstance(row, dict)}, runs[-1]["seed_three"], flush=True)
        views.with_name("melody_figures.json").write_text(json.dumps({"runs": runs}))
    for view in ("clean", "clean_of_sung", "sung"):
        for name in ("three", "ringtones_rock_electronic", "top1", "top3", "ece"):
            values = [run[view][name] for run in runs if view in run]
            print(view, name, "{:.3f} ± {:.3f}".format(*metrics.interval(values)), [round(v, 3) for v in values])
    print("seed's network, three {:.3f} ± {:.3f}".format(*metrics.interval([run["seed_three"] for run in runs])))
    quick = {"members": 1, "epochs": 5}
    out: dict = {"runs": runs, "without": {}, "curve": []}
    out["curve"] = [curve(data, seed, **quick) for seed in (1, 2)]
    print("curve", out["curve"], flush=True)
    for name in ("impro-visor", "openewld", "pop909", "essen", "classical", "rtttl"):
        out["without"][name] = without(data, name, **quick)
        print(name, json.dumps(out["without"][name]), flush=True)
    views.with_name("melody_figures.json").write_text(json.dumps(out))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
