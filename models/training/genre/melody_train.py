"""Train and measure the melody model.

    python -m models.training.genre.melody_train views.npz sung.npz measure   -> melody_figures.json (seconds)
    python -m models.training.genre.melody_train views.npz sung.npz baseline  the same, the seed's network too (minutes)
    python -m models.training.genre.melody_train views.npz sung.npz final     -> models/melody_genre.onnx

`measure` prints, over five seeds of a split by artist, song and shared phrases: three and twelve classes,
clean and sung, the seed's network beside ours, the rock-against-electronic test inside the ringtones, the
leave-one-collection-out table and a learning curve.
"""

import json
import sys
from pathlib import Path

import numpy as np

from models.training.genre import discriminant, melody_views, metrics, weights
from models.training.genre.held import TEMPERATURE, TRAIN, part_of_group

CLASSES = ("rock", "jazz", "electronic", "pop", "folk", "classical", "latin", "funk", "hiphop", "reggae")
MODEL = Path(__file__).resolve().parents[2] / "melody_genre.onnx"
SHRINK = 1.0
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


def fit(data: Tunes, part: np.ndarray) -> discriminant.Discriminant:
    """The discriminant of the rows of some tunes."""
    rows = part[data.owner]
    owners = data.owner[rows]
    labels = data.label[owners]
    counts = weights.row_weights(labels, data.collection[owners], owners)
    counts *= weights.small_classes(labels, owners, EVEN_FROM, 0.7)
    return discriminant.fit(data.x[rows], labels, counts / counts.sum(), len(CLASSES), SHRINK)


def tested(model, data: Tunes, part: np.ndarray, kind: int) -> tuple[np.ndarray, np.ndarray]:
    """(ids of tunes, their mean logits over the product's windows), clean or sung."""
    rows = part[data.owner] & (data.kind == kind)
    return metrics.by_owner(model(data.x[rows]), data.owner[rows])


def set_temperature(model, data: Tunes, part: np.ndarray) -> None:
    """Calibrate on set-aside tunes, clean and sung."""
    found = [tested(model, data, part, kind) for kind in (melody_views.READ, melody_views.SUNG)]
    ids, logits = (np.concatenate(pieces) for pieces in zip(*found, strict=True))
    model.temperature = metrics.best_temperature(logits, data.label[ids])


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
    from models.training.genre.seed_network import guess_with_seed

    use, ids = np.flatnonzero(train & (data.third >= 0)), ids[data.third[ids] >= 0]
    logits = guess_with_seed(data.seed[use], data.third[use], data.seed[ids], (64, 128, 16, 64, 256, 32, 3), seed)
    return metrics.balanced(logits, data.third[ids])


def one_seed(data: Tunes, seed: int, baseline: bool) -> dict:
    """All figures of one split."""
    train, tune, test = data.split(seed)
    net = fit(data, train)
    set_temperature(net, data, tune)
    ids, logits = tested(net, data, test, melody_views.READ)
    out: dict = {"clean": scores(data, ids, logits)}
    if baseline:
        out["seed_three"] = seed_network(data, train, ids, seed)
    sung_ids, sung_logits = tested(net, data, test, melody_views.SUNG)
    if len(sung_ids):
        out["sung"] = scores(data, sung_ids, sung_logits)
        same = np.isin(ids, sung_ids)
        out["clean_of_sung"] = scores(data, ids[same], logits[same])
    return out


def without(data: Tunes, collection: str) -> dict:
    """Trained without a collection, tested on it: the recall of each genre it holds, in three and in twelve classes."""
    inside = (data.collection == collection) & data.known
    net = fit(data, ~np.isin(data.group, data.group[inside]) & data.known)
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


def curve(data: Tunes, seed: int, shares=(0.1, 0.2, 0.4, 0.7, 1.0)) -> list[tuple[float, float, float]]:
    """(share of the training groups, three classes, ringtones' rock against electronic)."""
    train, _, test = data.split(seed)
    rng = np.random.default_rng(seed + 50)
    ids, inverse = np.unique(data.group, return_inverse=True)
    draw = rng.uniform(size=len(ids))[inverse]
    out = []
    for share in shares:
        net = fit(data, train & (draw < share))
        found = scores(data, *tested(net, data, test, melody_views.READ))
        out.append((share, found["three"], found["ringtones_rock_electronic"]))
    return out


def main(views: Path, sung: Path, what: str) -> None:
    """Measure or make the model."""
    data = Tunes(views, sung)
    if what == "final":
        part = np.array([part_of_group(int(group)) for group in data.group])
        model = fit(data, data.known & (part == TRAIN))
        set_temperature(model, data, data.known & (part == TEMPERATURE))
        print("temperature", model.temperature)
        discriminant.export(model, CLASSES, MODEL)
        return
    runs = [one_seed(data, seed, what == "baseline") for seed in range(1, 6)]
    for view in ("clean", "clean_of_sung", "sung"):
        for name in ("three", "ringtones_rock_electronic", "top1", "top3", "ece"):
            values = [run[view][name] for run in runs if view in run]
            print(view, name, "{:.3f} ± {:.3f}".format(*metrics.interval(values)), [round(v, 3) for v in values])
    if what == "baseline":
        print("seed's network, three {:.3f} ± {:.3f}".format(*metrics.interval([run["seed_three"] for run in runs])))
    guessed = np.mean([run["clean"]["guessed"] for run in runs], axis=0)
    print("guessed", dict(zip(CLASSES, guessed.round(3).tolist(), strict=True)))
    out: dict = {"runs": runs, "curve": np.mean([curve(data, seed) for seed in range(1, 6)], axis=0).round(3).tolist()}
    print("curve", out["curve"])
    out["without"] = {name: without(data, name)
                      for name in ("impro-visor", "openewld", "pop909", "essen", "oneill", "classical", "rtttl")}
    for name, row in out["without"].items():
        print(name, json.dumps(row))
    views.with_name("melody_figures.json").write_text(json.dumps(out))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
