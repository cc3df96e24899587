"""One song a line on stdin, its seconds by stage as JSON on stdout; the child of ``latency``."""

import contextlib
import json
import sys
import time
from pathlib import Path

STAGES = {"reading": "import", "hearing": "hear", "understanding": "understand", "composing": "compose",
          "performing": "render", "writing": "encode"}


def main() -> None:
    voice, out, genre, length = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], float(sys.argv[4])
    for turn, _ in enumerate(sys.stdin):
        marks: list[tuple[str, float]] = []
        start = time.perf_counter()
        with contextlib.redirect_stdout(sys.stderr):
            from core.music import Wish
            from core.studio import make_song

            make_song(voice, Wish(genre=genre, length_s=length, seed=turn), out, f"ours-{turn}",
                      progress=lambda stage, _share: marks.append((stage, time.perf_counter())))
        end = time.perf_counter()
        # A stage lasts from its own mark to the next; "reading" also takes what came before (imports).
        stages = {STAGES[stage]: round(after - before, 3)
                  for (stage, before), (_, after) in zip(marks, marks[1:], strict=False) if stage in STAGES}
        stages["import"] = round(marks[1][1] - start, 3)
        print(json.dumps(stages | {"total": round(end - start, 3)}), flush=True)


if __name__ == "__main__":
    main()
