"""One song a line on stdin, its seconds by stage as JSON on stdout; the child of ``latency``."""

import contextlib
import itertools
import json
import sys
import time
from pathlib import Path

STAGES = {"reading": "import", "hearing": "hear", "understanding": "understand", "composing": "compose",
          "performing": "render", "writing": "encode"}


def main() -> None:
    voice, out, genre, length = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], float(sys.argv[4])
    for turn, _ in enumerate(sys.stdin):
        with contextlib.redirect_stdout(sys.stderr):
            stages = one_song(voice, out / f"ours-{turn}", genre, length, turn)
        print(json.dumps(stages), flush=True)


def one_song(voice: Path, target: Path, genre: str, length_s: float, seed: int) -> dict[str, float]:
    """Seconds by stage of one song; the imports of a cold start count where they happen."""
    marks = []
    start = time.perf_counter()
    from core.music import Wish
    from core.studio import make_song

    make_song(voice, Wish(genre=genre, length_s=length_s, seed=seed), target.parent, target.name,
              progress=lambda stage, _share: marks.append((stage, time.perf_counter())))
    end = time.perf_counter()
    stages = {STAGES[stage]: round(after - before, 3)
              for (stage, before), (_, after) in itertools.pairwise(marks) if stage in STAGES}
    stages["import"] = round(marks[1][1] - start, 3)
    return stages | {"total": round(end - start, 3)}


if __name__ == "__main__":
    main()
