"""Make models/voice_notes.onnx, from one command and a fixed seed:

    nice python -m models.training.voice_notes --shared ../shared --work /tmp/voice_notes

in an environment of models/training/requirements.txt, with ffmpeg and espeak-ng. One network a fold, each trained
without its kept clips (and kept as WORK/fold-N.onnx, for the benchmark), then their mean. About an hour and a half
on two idle cores; what is done is kept in WORK, so that it goes on where it was stopped.
``--smoke`` goes the whole way in minutes, with few copies and steps, for a network that is good for nothing.
"""

import argparse
from pathlib import Path

import torch

from models.training.voice_notes.data import prepare
from models.training.voice_notes.model import NoteNet
from models.training.voice_notes.train import STEPS, export, fold_paths, train

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--shared", type=Path, default=Path("../shared"))
parser.add_argument("--work", type=Path, default=Path("/tmp/voice_notes"))
parser.add_argument("--out", type=Path, default=Path("models/voice_notes.onnx"))
parser.add_argument("--copies", type=int, default=3, help="augmented copies of each recording")
parser.add_argument("--synthetic", type=int, default=110, help="synthetic takes of each of the two singers")
parser.add_argument("--folds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
parser.add_argument("--steps", type=int, default=STEPS)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--no-prepare", action="store_true", help="take the work folder as it is")
parser.add_argument("--smoke", action="store_true", help="no copies, few takes, three steps a network")
args = parser.parse_args()
if args.smoke:
    args.copies, args.synthetic, args.steps = 0, 2, 3

torch.set_num_threads(args.threads)
if not args.no_prepare:
    prepare(args.shared, args.work, copies=args.copies, synthetic=args.synthetic)
members = []
for fold in args.folds:
    member, saved = NoteNet(), args.work / f"fold-{fold}.pt"
    if saved.exists():
        member.load_state_dict(torch.load(saved))
    else:
        real, made, _ = fold_paths(args.work, fold)
        member = train(real, made or real, steps=args.steps, seed=11 + fold, log=args.work / "train.log")
        torch.save(member.state_dict(), saved)
    export([member.eval()], args.work / f"fold-{fold}.onnx")
    members.append(member)
export(members, args.out)
