"""Learn models/harmony.npz and models/harmony.onnx from ../shared, in one command.

    python -m models.training.harmony.train [SHARED] [--cache DIR] [--epochs 24] [--seeds 0 1] [--final]

Needs models/training/requirements.txt (PyTorch). Trains on the ``train`` part of every collection (and, with
--final, on the ``tune`` part too); the ``test`` part is never read here. About 20 minutes a seed on one core.
"""

import argparse
import pickle
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from core.compose.harmony_frames import FEATURES, Frames, features, first_full_bar, melody_frames
from core.music import Note
from models.training.harmony import hmm
from models.training.harmony.recombine import MELODIC, Donors
from models.training.harmony.sheets import COLLECTIONS, fill_signatures, impro_visor, part_of

MODELS = Path(__file__).resolve().parents[2]
TRADITION_OF = {"openewld": "evergreen", "nottingham": "folk", "pop909": "pop", "impro-visor": "jazz"}
# How often a sheet of each collection is read in an epoch, at first and in the last third.
SHARE = {"openewld": 1.6, "nottingham": 0.1, "pop909": 0.15, "impro-visor": 0.12}
LAST_SHARE = {"openewld": 1.4, "nottingham": 0.04, "pop909": 0.05, "impro-visor": 0.04}
RECOMBINED = 0.35  # share of evergreens read with exchanged bars
CROP_BARS, BATCH = 48, 24
HIDDEN = 128


@dataclass(frozen=True)
class Example:
    """One sheet, ready to learn from; ``states`` relative to the signature, -1 unknown."""

    collection: str
    title: str
    part: str
    frames: Frames
    states: np.ndarray
    signature_pc: int
    minor: bool


def load_examples(shared: Path, cache: Path) -> list[Example]:
    """Every sheet of every collection; kept in ``cache``, which saves two minutes the next time."""
    stored = cache / "examples.pkl"
    if stored.exists():
        return pickle.loads(stored.read_bytes())
    examples = []
    for name, read in [*COLLECTIONS.items(), ("impro-visor", impro_visor)]:
        for sheet in signatures(name, shared, read):
            frames = melody_frames(sheet.melody)
            if name == "impro-visor":  # has no notes: as long as its chords
                frames = melody_frames(replace(sheet.melody, notes=(Note(0, sheet.chords[-1][0] + 1, 0),)))
                frames = replace(frames, **{part: 0 * getattr(frames, part) for part in MELODIC})
            examples.append(Example(name, sheet.title, part_of(sheet.title), frames,
                                    hmm.relative_states(sheet, frames), sheet.signature_pc, sheet.minor))
    cache.mkdir(parents=True, exist_ok=True)
    stored.write_bytes(pickle.dumps(examples))
    return examples


def signatures(name: str, shared: Path, read) -> list:
    sheets = list(read(shared))
    if name in ("pop909", "impro-visor"):  # no signatures of their own, or wrong ones: judged like evergreens
        evergreens = list(COLLECTIONS["openewld"](shared))
        return fill_signatures(evergreens + sheets)[len(evergreens):]
    return fill_signatures(sheets)


def crop(example: Example, donors: Donors, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A stretch of whole bars as (features, states), now and then in a wrong key: what is found may be wrong."""
    frames, states = example.frames, example.states
    if example.collection == "impro-visor" or (example.collection == "openewld" and rng.random() < RECOMBINED):
        frames, states = donors.recombine(frames, states, example.signature_pc, rng, 0.5)
    first, last = 0, frames.bars
    if rng.random() < 0.5 or last > CROP_BARS:
        length = int(rng.integers(min(8, last), min(CROP_BARS, last) + 1))
        first = int(rng.integers(0, (last - length) // 4 + 1)) * 4
        first += first_full_bar(frames) if first else 0  # phrases begin there
        last = min(first + length, last)
    cut = slice(first * frames.per_bar, last * frames.per_bar)
    part = replace(frames, **{name: getattr(frames, name)[cut] for name in
                              ("sounding", "attacked", "leapt", "at_start", "height", "slot", "strength")},
                   bar=frames.bar[cut] - first)
    shift = int(rng.choice([5, 7, 3, 9, 2, 10])) if rng.random() < 0.06 else 0
    minor = float(example.minor) if rng.random() > 0.1 else float(rng.random() < 0.5)
    x = features(part, (example.signature_pc + shift) % 12, minor, TRADITION_OF[example.collection])
    y = states[cut]
    return x, np.where(y >= 0, (y - 4 * shift) % hmm.STATES, -1)


class Network(nn.Module):
    """Two bidirectional gated recurrent layers over the frames: (batch, frames, FEATURES) -> (.., 48) scores."""

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Sequential(nn.Dropout(0.1), nn.Linear(FEATURES, HIDDEN), nn.ReLU(), nn.Dropout(0.3))
        self.memory = nn.GRU(HIDDEN, HIDDEN, 2, batch_first=True, bidirectional=True, dropout=0.4)
        self.leave = nn.Sequential(nn.Dropout(0.4), nn.Linear(2 * HIDDEN, hmm.STATES))

    def forward(self, melody: torch.Tensor) -> torch.Tensor:
        return self.leave(self.memory(self.enter(melody))[0])


def losses(scores: torch.Tensor, states: torch.Tensor) -> torch.Tensor:
    """Cross entropy of the state, and of its root alone, where a chord is known."""
    log_p = torch.log_softmax(scores[states >= 0], -1)
    known = states[states >= 0]
    roots = torch.logsumexp(log_p.reshape(-1, 12, 4), -1)
    return nn.functional.nll_loss(log_p, known) + nn.functional.nll_loss(roots, known // 4)


def agreement(networks: list[nn.Module], examples: list[Example]) -> tuple[float, float]:
    """Mean over tunes of the share of frames with the right root, and with root and third right."""
    roots, thirds = [], []
    with torch.no_grad():
        for example in examples:
            x = torch.tensor(features(example.frames, example.signature_pc, float(example.minor),
                                      TRADITION_OF[example.collection]))[None]
            p = sum(torch.softmax(network.eval()(x)[0], -1) for network in networks).numpy()
            y, found, root = example.states, p.argmax(1), p.reshape(-1, 12, 4).sum(2).argmax(1)
            known = y >= 0
            roots.append((root == y // 4)[known].mean())
            thirds.append(((found // 4 == y // 4) & ((found % 4 >= 2) == (y % 4 >= 2)))[known].mean())
    return float(np.mean(roots)), float(np.mean(thirds))


def train(examples: list[Example], held_out: list[Example], seed: int, epochs: int) -> Network:
    """One network. Each epoch reads every evergreen and a share of the other collections; the last third
    little but evergreens."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = Network()
    optimizer = torch.optim.AdamW(network.parameters(), 3e-3, weight_decay=1e-2)
    donors = Donors([(e.frames, e.states, e.signature_pc) for e in examples if e.collection == "openewld"])
    plan = []
    for epoch in range(epochs):
        share = SHARE if epoch < epochs * 2 // 3 else LAST_SHARE
        plan.append([e for e in examples for _ in range(int(share[e.collection] + rng.random()))])
    steps = sum(-(-len(chosen) // BATCH) for chosen in plan)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, total_steps=steps, pct_start=0.15)
    for epoch, chosen in enumerate(plan):
        network.train()
        pairs = sorted((crop(e, donors, rng) for e in chosen), key=lambda pair: len(pair[1]) + 24 * rng.random())
        batches = [pairs[i:i + BATCH] for i in range(0, len(pairs), BATCH)]
        total = 0.0
        for index in rng.permutation(len(batches)):
            batch = batches[index]
            longest = max(len(y) for _, y in batch)
            x = torch.zeros(len(batch), longest, FEATURES)
            y = torch.full((len(batch), longest), -1)
            for row, (a, b) in enumerate(batch):
                x[row, :len(b)], y[row, :len(b)] = torch.tensor(a), torch.tensor(b)
            loss = losses(network(x), y)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        if held_out and (epoch % 4 == 3 or epoch == epochs - 1):
            root, third = agreement([network], held_out)
            print(f"seed {seed} epoch {epoch + 1}: loss {total / len(batches):.3f} "
                  f"tune root {root:.3f} majmin {third:.3f}", flush=True)
    return network.eval()


class Ensemble(nn.Module):
    """The mean of several networks' probabilities, as log probabilities."""

    def __init__(self, networks: list[Network]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)

    def forward(self, melody: torch.Tensor) -> torch.Tensor:
        return torch.stack([torch.softmax(n(melody), -1) for n in self.networks]).mean(0).log()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path, nargs="?", default=MODELS.parents[1] / "shared")
    parser.add_argument("--cache", type=Path, default=Path("out/harmony"))
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--final", action="store_true", help="learn from the tuning tunes too")
    parser.add_argument("--models", type=Path, default=MODELS, help="where to write")
    args = parser.parse_args()
    torch.set_num_threads(1)
    examples = load_examples(args.shared, args.cache)
    parts = {"train", "tune"} if args.final else {"train"}
    learning = [e for e in examples if e.part in parts]
    held_out = [] if args.final else [e for e in examples if e.part == "tune" and e.collection == "openewld"]
    print({name: sum(e.collection == name for e in learning) for name in TRADITION_OF}, flush=True)
    networks: list[Network] = []
    for seed in args.seeds:
        networks.append(train(learning, held_out, seed, args.epochs))
        torch.save(networks[-1].state_dict(), args.cache / f"network-{seed}{'-final' if args.final else ''}.pt")
    export(networks, args.models / "harmony.onnx")


def export(networks: list[Network], path: Path) -> None:
    """Write the ensemble as ONNX, its weights in half precision (cast back when it is loaded)."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    torch.onnx.export(Ensemble(networks).eval(), torch.zeros(1, 64, FEATURES), str(path), input_names=["melody"],
                      output_names=["chords"], dynamic_axes={"melody": {1: "frames"}, "chords": {1: "frames"}},
                      dynamo=False)
    model = onnx.load(str(path))
    casts = []
    for tensor in list(model.graph.initializer):
        if tensor.data_type == TensorProto.FLOAT:
            half = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), f"{tensor.name}_half")
            casts.append(helper.make_node("Cast", [half.name], [tensor.name], to=TensorProto.FLOAT))
            model.graph.initializer.remove(tensor)
            model.graph.initializer.append(half)
    nodes = casts + list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


if __name__ == "__main__":
    main()
