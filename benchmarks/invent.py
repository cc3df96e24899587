"""`python -m benchmarks invent PART... --cache CACHE.pkl [--shared DIR] [--keep DIR] [--seed-model FILE] [--count N]`

PART: likelihood | histograms | classifier | tunes | blend | continue | speed. CACHE is what
`python -m models.training.invent.windows` writes; only its held-out works are judged. `--seed-model` (of
models/training/invent/seed.py) adds the seed's LSTM to the first table and needs PyTorch. Prints JSON lines.
"""

import argparse
import json
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._invent_data import STYLES, events_of, grams, heard, kept, krumhansl, made, windows
from core.compose.invent import blend, ear, follow, network, runs, style
from core.compose.invent.names import COMPOSERS
from core.compose.invent.tokens import Frame, frame_of, tonic_tones
from core.music import Melody, Note

SHARED = Path(__file__).resolve().parents[2] / "shared"


def likelihood(args: argparse.Namespace) -> None:
    """Nats a note of held-out windows, by style: n-gram, the seed's LSTM, ours."""
    from models.training.invent.ngram import NGram

    held = {name: members[:: max(1, len(members) // args.count)] for name, members in
            windows(args.cache, "test").items()}
    learned = [w for members in windows(args.cache, "train").values() for w in members[:args.learned]
               ] if args.learned else []
    floor = NGram().learn(learned)
    seed: dict[int, float] = {}
    if args.seed_model:
        import torch

        from models.training.invent.seed import Seed, nll_of

        model = Seed().eval()
        model.load_state_dict(torch.load(args.seed_model))
        seed = nll_of(model, [w for members in held.values() for w in members])
    rows = []
    for name in STYLES:
        members = held.get(name, [])
        if not members:
            continue
        notes = sum(w.notes for w in members)
        row = {"style": name, "windows": len(members), "notes": notes,
               "ngram": sum(map(floor.nll, members)) / notes,
               "seed_lstm": sum(seed[id(w)] for w in members) / notes if seed else None,
               "ours": -sum(float(network.log_likelihoods(w.events, w.frame).sum()) for w in members) / notes}
        rows.append(row)
        say(row)
    say({"mean over styles": {k: float(np.mean([r[k] for r in rows])) for k in ("ngram", "seed_lstm", "ours")
                              if rows[0][k] is not None}})


def histograms(args: argparse.Namespace) -> None:
    """Overlap of generated and held-out histograms, own style and the nearest other; and of as many training windows
    and the same held-out ones, which is what perfect imitation would reach."""
    held, train = windows(args.cache, "test"), windows(args.cache, "train")
    real, learned = ({name: _mean_histograms([w.events for w in members[::1 + len(members) // 800]])
                      for name, members in source.items()} for source in (held, train))
    rng, rows, right = np.random.default_rng(1), [], np.zeros(3, int)
    for name in STYLES:
        ours = _mean_histograms([events_of(made(name, seed, 16, args.keep)) for seed in range(1, args.count + 1)])
        few = _mean_histograms([train[name][i].events for i in rng.permutation(len(train[name]))[:args.count]])
        row = {"ours": _each(ours, real[name]), "training music": _each(few, real[name]),
               "ours and training music": _each(ours, learned[name])}
        rows.append(row)
        family = [other for other in STYLES if (other in COMPOSERS) == (name in COMPOSERS)]
        nearest = [max(family, key=lambda other, one=one, them=them: np.mean(_each(one, them[other])))
                   for one, them in ((ours, real), (learned[name], real), (ours, learned))]
        if name in COMPOSERS:
            right += [other == name for other in nearest]
        say({"style": name, "held out": len(held[name]), **row, "nearest: ours, training music": nearest[:2]})
    say({"mean of 17: degrees, intervals, lengths": {key: np.mean([row[key] for row in rows], 0).tolist()
                                                     for key in rows[0]}})
    say({"composers whose own held-out music is nearest, of 10: ours": int(right[0]),
         "all their training music": int(right[1]), "whose own training music is nearest to ours": int(right[2])})


def _each(one: dict[str, Any], two: dict[str, Any]) -> list[float]:
    return [style.overlap(one[kind], two[kind]) for kind in one]


def _mean_histograms(tunes: list) -> dict[str, Any]:
    found = [style.histograms(events) for events in tunes]
    return {kind: np.mean([f[kind] for f in found], 0) for kind in found[0]}


def classifier(args: argparse.Namespace) -> None:
    """A composer classifier (needs scikit-learn) learned from real windows: right on held-out ones, and on ours.

    Two learn: one from all training works, one from those that core.compose.invent.ear, which chooses among our
    drafts, does not know.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from models.training.invent.ear import is_heard

    def told(events: Any, minor: bool, bar: int) -> Any:
        return np.concatenate([ear.features(events, minor, bar), grams(events, minor, bar)])

    def table(source: dict[str, list]) -> tuple[Any, Any, Any]:
        found = [(told(w.events, w.frame.key.is_minor, w.frame.bar), index, is_heard(w.work))
                 for index, name in enumerate(COMPOSERS) for w in source.get(name, []) if w.frame.bars >= 8]
        rows, names, known = zip(*found, strict=True)
        return np.array(rows), np.array(names), np.array(known)

    x, y, known = table(windows(args.cache, "train"))
    xt, yt, _ = table(windows(args.cache, "test"))
    every = [made(name, seed, 16, args.keep) for name in COMPOSERS for seed in range(1, args.count + 1)]
    ours = np.array([told(events_of(m), m.key.is_minor, frame_of(m).bar) for m in every])
    meant = np.repeat(np.arange(len(COMPOSERS)), args.count)
    for name, learned in (("all training works", np.ones_like(known)), ("works that the ear does not know", ~known)):
        judge = make_pipeline(StandardScaler(), LogisticRegression(C=0.001, class_weight="balanced", max_iter=80))
        judge.fit(x[learned], y[learned])
        for what, rows, names in (("real windows held out", xt, yt), ("tunes of ours", ours, meant)):
            right = [float((judge.predict(rows[names == c]) == c).mean()) for c in range(len(COMPOSERS))]
            say({"classifier learned from": name, what: len(rows), "right": float(np.mean(right)),
                 "by composer": dict(zip(COMPOSERS, right, strict=True))})


def tunes(args: argparse.Namespace) -> None:
    """200 tunes over all styles: copies, endings, ranges, repeated notes beside real music's."""
    held = windows(args.cache, "test")
    every = [made(STYLES[i % len(STYLES)], 1 + i // len(STYLES), 16, args.keep) for i in range(args.count)]
    repeats = [style.longest_repeat(events_of(m)) for m in every]
    real = [style.longest_repeat(w.events) for members in held.values() for w in members]
    echo, real_echo = (_echo([(e, bar) for e, bar in source]) for source in (
        [(events_of(m), frame_of(m).bar) for m in every],
        [(w.events, w.frame.bar) for members in held.values() for w in members[:40]]))
    from core.compose.invent.tokens import to_notes

    innocent = [runs.copied(to_notes(w.events, w.frame)) > 0 for members in held.values() for w in members[:20]]
    say({"tunes": len(every), "copies": sum(runs.copied(m.notes) > 0 for m in every),
         "end on a tonic chord tone": float(np.mean([(m.notes[-1].pitch - m.key.tonic_pc) % 12 in tonic_tones(m.key)
                                                     for m in every])),
         "widest range": max(max(n.pitch for n in m.notes) - min(n.pitch for n in m.notes) for m in every),
         "longest repeat, mean / 95th / most": [float(np.mean(repeats)), float(np.percentile(repeats, 95)),
                                                max(repeats)],
         "the same in real music": [float(np.mean(real)), float(np.percentile(real, 95)), max(real)],
         "bars that come again after 1, 2, 4, 8": echo, "in real music": real_echo,
         "real held-out windows with a run of a training tune": float(np.mean(innocent))})


def _echo(members: list) -> list[float]:
    from collections import Counter

    total: Counter[str] = sum((style.echoes(events, bar) for events, bar in members), Counter())
    return [round(total[str(lag)] / max(1, total[f"of {lag}"]), 3) for lag in (1, 2, 4, 8)]


def walks(args: argparse.Namespace) -> None:
    """Pairs of held-out tunes: does likeness fall and rise, and is each step as likely as real music?"""
    held = windows(args.cache, "test")
    pool = [w for name in STYLES for w in held.get(name, [])[:6] if w.closes and 4 <= w.frame.bars <= 16]
    rng = np.random.default_rng(1)
    rows = []
    for number in range(args.count):
        a, b = (_melody(pool[i]) for i in rng.choice(len(pool), 2, replace=False))
        rows.append(kept(args.keep, f"walk-{number}", lambda a=a, b=b: _walk(a, b)))
    nats, ratios = (np.array([row[key] for row in rows]) for key in ("nats", "ratios"))
    say({"pairs": args.count, **{key: float(np.mean([row[key] for row in rows])) for key in
                                 ("falls", "rises", "by moves: falls", "by moves: rises")},
         "nats a note of the real ends": float(nats[:, 5:].mean()),
         "nats of steps 1 to 5 over it": (nats[:, :5].mean(0) / nats[:, 5:].mean()).tolist(),
         "steps up to 15 % over their style's mean": float((ratios[:, :5] <= 1.15).mean()),
         "real ends up to 15 % over it": float((ratios[:, 5:] <= 1.15).mean()),
         "CPU s": float(np.median([row["CPU s"] for row in rows]))})


def _walk(a: Melody, b: Melody) -> dict[str, Any]:
    """One walk of five steps: whether each is further from ``a`` and nearer to ``b`` than the one before, by the walk's
    own measure and by another; then nats a note of the steps, of a and of b, and the same over their styles' means."""
    began = time.process_time()
    steps = blend.blended(a, b, 5, seed=1)
    row: dict[str, Any] = {"CPU s": time.process_time() - began}
    for near, kind in ((_near, ""), (_by_moves, "by moves: ")):
        to_a, to_b = [near(m, a) for m in steps], [near(m, b) for m in steps]
        row[f"{kind}falls"] = [y < x for x, y in pairwise(to_a)]
        row[f"{kind}rises"] = [y > x for x, y in pairwise(to_b)]
    strange = [_strange(m) for m in (*steps, a, b)]
    return row | {"nats": [nats for nats, _ in strange], "ratios": [ratio for _, ratio in strange]}


def _strange(melody: Melody) -> tuple[float, float]:
    """Nats a note in the style that a tune is likeliest in, and the same over that style's mean."""
    name = follow.nearest_style(events_of(melody), frame_of(melody))
    nats = blend.nats_a_note(melody, STYLES.index(name))
    return nats, nats / style.style_of(name).nats[0]


def _melody(window: Any) -> Melody:
    from core.compose.invent.tokens import to_notes

    return Melody(to_notes(window.events, window.frame), 100.0, window.frame.key, window.frame.meter)


def _near(one: Melody, two: Melody) -> float:
    """The walk's own measure of likeness, in the second tune's frame."""
    from dataclasses import replace

    from core.compose.invent.reshape import in_meter, of_length

    bent = of_length(in_meter(one, two.meter), two.bars)
    frame = frame_of(two)
    bent_events = blend.to_events(replace(bent, key=bent.key), replace(frame_of(bent), bars=two.bars))
    return blend.likeness(bent_events, events_of(two), frame.end)


def _by_moves(one: Melody, two: Melody) -> float:
    """Another measure, which knows no bars and no key: the longest common subsequence of (interval, length) moves."""
    a, b = ([(y.pitch - x.pitch, round((y.onset_beats - x.onset_beats) * 4)) for x, y in pairwise(m.notes)]
            for m in (one, two))
    row = np.zeros(len(b) + 1)
    for move in a:
        before = row.copy()
        for j, other in enumerate(b, 1):
            near = 1.0 if move == other else 0.5 * (move[0] == other[0]) + 0.25 * (move[1] == other[1])
            row[j] = max(before[j], row[j - 1], before[j - 1] + near)
    return float(2 * row[-1] / (len(a) + len(b)))


def continuing(args: argparse.Namespace) -> None:
    """Real recordings, gone on from: key and meter as heard in what was added, and a motif again.

    The key is heard by our finder, which the decoder does not know, and by Krumhansl's profiles as music21 has them.
    """
    paths = sorted((args.shared / "data" / "voice" / "ssvd-train").glob("*.flac"))[:args.count]
    hums = [(path.stem, hum) for path in paths if (hum := heard(path, args.keep))]
    rows = [kept(args.keep, f"continued-{name}", lambda hum=hum: _continued(hum)) for name, hum in hums]
    say({"recordings": len(rows), "refused": len(paths) - len(rows),
         **{key: float(np.mean([row[key] for row in rows])) for key in rows[0]}})


def _continued(hum: Melody) -> dict[str, bool]:
    from core.understand.key import rank_keys

    longer = follow.follow(hum, bars=8, seed=1)
    added = Melody(longer.notes[len(hum.notes):], hum.bpm, hum.key, hum.meter)
    ranked = [key for key, _ in rank_keys(added)[:2]]
    frame = frame_of(longer)
    first, more = (follow.motifs(_in(frame, part, hum)) for part in (hum.notes, added.notes))
    relative = ranked[0].is_minor != hum.key.is_minor and set(ranked[0].scale) == set(hum.key.scale)
    profiles = {name: (krumhansl(part) == hum.key) for name, part in (("hum", hum), ("added", added), ("all", longer))}
    return {"key heard again in what was added": longer.key == hum.key and ranked[0] == hum.key,
            "in the whole": rank_keys(longer)[0][0] == hum.key,
            **{f"by Krumhansl's profiles, in the {name}": right for name, right in profiles.items()},
            "or its relative, or second": hum.key in ranked or relative,
            "meter and bars kept": longer.meter == hum.meter and longer.bars == hum.bars + 8,
            "a motif of 4 notes again": bool(first & more),
            "tonic chord tone at the end": (added.notes[-1].pitch - hum.key.tonic_pc) % 12 in tonic_tones(hum.key)}


def _in(frame: Frame, notes: tuple[Note, ...], hum: Melody) -> Any:
    return blend.to_events(Melody(notes, hum.bpm, hum.key, hum.meter), frame)


def speed(args: argparse.Namespace) -> None:
    """Seconds of processor time for a tune of 8 bars, warm."""
    from core.compose.invent.fresh import fresh

    fresh("folk", bars=8, seed=1)
    seconds = []
    for i in range(args.count):
        began = time.process_time()
        fresh(STYLES[i % len(STYLES)], bars=8, seed=100 + i)
        seconds.append(time.process_time() - began)
    say({"8 bars, CPU s: median, worst": [float(np.median(seconds)), max(seconds)]})


def say(row: dict[str, Any]) -> None:
    """One JSON line, figures to three places."""
    print(json.dumps(_rounded(row)), flush=True)


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_rounded(v) for v in value]
    return round(float(value), 3) if isinstance(value, float | np.floating) else value


PARTS = {"likelihood": (likelihood, 40), "histograms": (histograms, 20), "classifier": (classifier, 20),
         "tunes": (tunes, 200), "blend": (walks, 50), "continue": (continuing, 66), "speed": (speed, 17)}


def main(argv: list[str] | None = None) -> int:
    """Run the parts asked for."""
    parser = argparse.ArgumentParser(prog="benchmarks invent", description=__doc__)
    parser.add_argument("parts", nargs="+", choices=tuple(PARTS))
    parser.add_argument("--cache", type=Path, help="windows of models.training.invent.windows")
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--keep", type=Path, help="keep what is made; a part broken off goes on")
    parser.add_argument("--seed-model", type=Path)
    parser.add_argument("--learned", type=int, default=2500, help="windows of a style the n-gram learns at most")
    parser.add_argument("--count", type=int, help="windows, tunes or pairs; each part has its own default")
    args = parser.parse_args(argv)
    for name in args.parts:
        if name not in ("continue", "speed") and not (args.cache and args.cache.exists()):
            parser.error("this part needs --cache")
        part, usual = PARTS[name]
        part(argparse.Namespace(**{**vars(args), "count": args.count or usual}))
    return 0
