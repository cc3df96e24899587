"""Count what each style's tunes do: models/invent_styles.json.

    python -m models.training.invent.styles CACHE.pkl [--out models/]

Counts the ``train`` part; likelihoods are those of the ``tune`` part, filled up from ``train``, under the network.
"""

import argparse
import json
import pickle
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

from core.compose.invent import network
from core.compose.invent.names import STYLES
from core.compose.invent.style import breaths, density, echoes, histograms, longest_repeat, rest
from models.training.invent.windows import Window

MODELS = Path(__file__).resolve().parents[2]
LEAST_SHARE = 0.12  # meters rarer than that are not drawn
JUDGED, COUNTED = 20, 500  # windows of a style whose likelihood is measured, and that are counted


def counts(windows: list[Window]) -> dict[str, object]:
    meters = Counter(str(w.frame.meter) for w in windows)
    shares = {meter: n / len(windows) for meter, n in meters.items() if n / len(windows) >= LEAST_SHARE}
    total = sum(shares.values())
    hists = [histograms(w.events) for w in windows]
    echo = sum((echoes(w.events, w.frame.bar) for w in windows), Counter())
    beat = sum((echoes(w.events, w.frame.bar, rhythm=True) for w in windows), Counter())
    long, ends = np.sum([breaths(w.events, w.frame.bar) for w in windows], 0)
    thick = [density(w.events) for w in windows]
    spans = [np.ptp([e.pitch for e in w.events if e.sounds]) for w in windows]
    return {
        "meters": {meter: round(share / total, 3) for meter, share in sorted(shares.items())},
        "minor": round(float(np.mean([w.frame.key.is_minor for w in windows])), 3),
        "histograms": {name: np.round(np.mean([h[name] for h in hists], 0), 4).tolist() for name in hists[0]},
        "most_repeats": int(max(2, np.percentile([longest_repeat(w.events) for w in windows], 95))),
        "widest": int(min(24, np.percentile(spans, 80))),
        "echo": {str(lag): round(echo[str(lag)] / max(1, echo[f"of {lag}"]), 3) for lag in (1, 2, 4, 8)},
        "rhythm_echo": {str(lag): round(beat[str(lag)] / max(1, beat[f"of {lag}"]), 3) for lag in (1, 2, 4, 8)},
        "breath": round(float(long / max(1, ends)), 3),
        "density": [round(float(np.mean(thick)), 3), round(float(np.std(thick)), 3)],
        "rest": round(float(np.mean([rest(w.events) for w in windows])), 3),
    }


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--out", type=Path, default=MODELS)
    args = parser.parse_args(argv)
    by_style: dict[str, dict[str, list[Window]]] = defaultdict(lambda: defaultdict(list))
    for window in pickle.loads(args.cache.read_bytes()):
        by_style[window.style][window.part].append(window)
    table = {}
    for style in STYLES:
        judged = by_style[style]["tune"][:JUDGED * 4] + by_style[style]["train"][-JUDGED:]
        judged = [w for w in judged if w.closes][::max(1, len(judged) // JUDGED)]
        nats = [network.nats_a_note(w.events, w.frame) for w in judged]
        table[style] = counts(by_style[style]["train"][::max(1, len(by_style[style]["train"]) // COUNTED)]) | {
            "nats": [round(float(np.mean(nats)), 3), round(float(np.std(nats)), 3)]}
        print(style, {k: v for k, v in table[style].items() if k != "histograms"}, flush=True)
    (args.out / "invent_styles.json").write_text(json.dumps(table, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
