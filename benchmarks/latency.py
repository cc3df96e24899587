"""How long a song takes, stage by stage, cold and warm, beside the plain chain a user would script.

    python -m benchmarks latency [VOICE] [--pairs 7] [--length 40] [--genre pop] [--chain naive_chain.py]

Medians of interleaved pairs: ours, theirs, ours, theirs. The plain chain (basic-pitch, a four-chord
loop, midi2audio, pydub) is ``../shared/eval/naive_chain.py``; without it only ours is timed.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
CHAIN = ROOT.parent / "shared" / "eval" / "naive_chain.py"


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks latency", description=__doc__)
    parser.add_argument("voice", nargs="?", type=Path, default=ROOT / "examples" / "hum.ogg")
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--length", type=float, default=40.0)
    parser.add_argument("--genre", default="pop")
    parser.add_argument("--chain", type=Path, default=CHAIN)
    args = parser.parse_args(argv)

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        ours = Turns([sys.executable, "-m", "benchmarks._song_turns", str(args.voice), str(out),
                      args.genre, str(args.length)])
        theirs = None
        if args.chain.exists():
            from core.studio import soundfont

            wav = out / "voice.wav"
            subprocess.run(["ffmpeg", "-v", "error", "-i", args.voice, "-ac", "1", wav], check=True)
            # A process a turn would time imports; one with many repeats goes on by itself, so it is stopped
            # after each line it prints, and its turns are timed from here, without the time it stood still.
            theirs = Turns([sys.executable, str(args.chain), str(wav), str(soundfont()),
                            str(out / "naive.mp3"), str(args.pairs + 1)], stop_between=True)
        rows = [ours.turn()], [theirs.turn()] if theirs else []  # the cold ones
        for _ in range(args.pairs):
            rows[0].append(ours.turn())
            if theirs:
                rows[1].append(theirs.turn())
        ours.close()
        if theirs:
            theirs.close()
    result = {"voice": args.voice.name, "length_s": args.length, "genre": args.genre, "pairs": args.pairs,
              "ours": _summary(rows[0]), "naive_chain": _summary(rows[1]) if rows[1] else None}
    if rows[1]:
        result["ratio_warm"] = round(result["ours"]["warm"]["total"] / result["naive_chain"]["warm"]["total"], 3)
    for name in ("ours", "naive_chain"):
        for heat, stages in (result[name] or {}).items():
            print(f"{name:12} {heat:5}", "  ".join(f"{stage} {s:.3f}" for stage, s in stages.items()))
    print(json.dumps(result))
    return 0


def _summary(turns: list[dict[str, float]]) -> dict[str, dict[str, float]]:
    warm = turns[1:]
    return {"cold": turns[0],
            "warm": {stage: round(statistics.median(t.get(stage, 0.0) for t in warm), 3) for stage in warm[0]}}


class Turns:
    """A child that prints one JSON line a turn; between turns it waits, so that pairs interleave."""

    def __init__(self, command: list[str], *, stop_between: bool = False) -> None:
        self.stop_between = stop_between
        self.child = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.turns = 0
        if stop_between:
            self._signal(signal.SIGSTOP)

    def turn(self) -> dict[str, float]:
        """Let the child do one turn and return its seconds by stage."""
        start = time.perf_counter()
        if self.stop_between:
            self._signal(signal.SIGCONT)
        else:
            print("go", file=self.child.stdin, flush=True)
        line = self.child.stdout.readline()
        wall_s = time.perf_counter() - start
        if self.stop_between:
            self._signal(signal.SIGSTOP)
        if not line:
            raise RuntimeError("the child stopped; see its error above")
        stages = json.loads(line)
        if self.stop_between and self.turns:  # its own clock ran on while it stood still, in its first stage
            stages["notes"] = round(stages["notes"] - (stages["total"] - wall_s), 3)
            stages["total"] = round(wall_s, 3)
        self.turns += 1
        return stages

    def close(self) -> None:
        """End the child."""
        if self.stop_between:
            self._signal(signal.SIGCONT)
        self.child.kill()
        self.child.wait()

    def _signal(self, number: int) -> None:
        os.kill(self.child.pid, number)
