"""Make models/voice_notes.onnx, from one command and a fixed seed:

    nice python -m models.training.voice_notes --shared ../shared --work /tmp/voice_notes

in an environment of models/training/requirements.txt, with ffmpeg and espeak-ng. One network a recipe and fold, each
trained without the fold's kept clips (their mean is kept as WORK/fold-N.onnx, for the benchmark), then the mean of
all. About an hour and a half on two idle cores; what is done is kept in WORK, so that it goes on where it was stopped.
``--smoke`` goes the whole way in minutes, with few copies and steps, for a network that is good for nothing.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import torch

from models.training.voice_notes.data import prepare
from models.training.voice_notes.model import NoteNet
from models.training.voice_notes.train import RECIPES, export, fold_paths, train

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--shared", type=Path, default=Path("../shared"))
parser.add_argument("--work", type=Path, default=Path("/tmp/voice_notes"))
parser.add_argument("--out", type=Path, default=Path("models/voice_notes.onnx"))
parser.add_argument("--copies", type=int, default=3, help="augmented copies of each recording")
parser.add_argument("--synthetic", type=int, default=110, help="synthetic takes of each of the two singers")
parser.add_argument("--recipes", nargs="+", choices=list(RECIPES), default=list(RECIPES))
parser.add_argument("--folds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--no-prepare", action="store_true", help="take the work folder as it is")
parser.add_argument("--smoke", action="store_true", help="no copies, few takes, three steps a network")
args = parser.parse_args()
if args.smoke:
    args.copies, args.synthetic = 0, 2

torch.set_num_threads(args.threads)
if not args.no_prepare:
    prepare(args.shared, args.work, copies=args.copies, synthetic=args.synthetic)
members: list[NoteNet] = []
for fold in args.folds:
    pair = []
    for number, name in enumerate(args.recipes):
        recipe = replace(RECIPES[name], steps=3) if args.smoke else RECIPES[name]
        member, saved = recipe.network(), args.work / f"{name}-{fold}.pt"
        if saved.exists():
            member.load_state_dict(torch.load(saved))
        else:
            real, made, _ = fold_paths(args.work, fold)
            member = train(real, made or real, recipe, seed=10 * number + fold + 1, log=args.work / "train.log")
            torch.save(member.state_dict(), saved)
        pair.append(member.eval())
    export(pair, args.work / f"fold-{fold}.onnx")
    members += pair
export(members, args.out)
