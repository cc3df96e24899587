"""Draw the confusion matrices of the model cards from the measured figures.

    python -m models.training.genre.report melody_figures.json drum_figures.json
"""

import json
import sys
from pathlib import Path

import numpy as np

from models.training.genre import drum_train, melody_train

MODELS = Path(__file__).resolve().parents[2]


def draw(tables: list[np.ndarray], classes: tuple[str, ...], title: str, path: Path) -> None:
    """The mean of several confusion matrices, each row the share of a true genre's tunes, as a small PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    stack = np.array(tables)
    present = stack.sum(2) > 0
    mean = stack.sum(0) / np.maximum(present.sum(0), 1)[:, None]
    figure, axes = pyplot.subplots(figsize=(5.2, 4.6), dpi=110)
    axes.imshow(mean, cmap="Blues", vmin=0, vmax=1)
    for row in range(len(classes)):
        for column in range(len(classes)):
            if mean[row, column] >= 0.05:
                axes.text(column, row, f"{mean[row, column]:.2f}".lstrip("0"), ha="center", va="center", fontsize=7,
                          color="white" if mean[row, column] > 0.55 else "black")
    axes.set_xticks(range(len(classes)), classes, rotation=45, ha="right", fontsize=8)
    axes.set_yticks(range(len(classes)), classes, fontsize=8)
    axes.set_xlabel("guessed", fontsize=8)
    axes.set_ylabel("true", fontsize=8)
    axes.set_title(title, fontsize=9)
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)


def main(melody: Path, drums: Path) -> None:
    """Both pictures."""
    if melody.exists():
        runs = json.loads(melody.read_text())["runs"]
        draw([np.array(run["clean"]["confusion"]) for run in runs], melody_train.CLASSES,
             "Melody: five splits by artist and song", MODELS / "melody_genre.png")
    if drums.exists():
        runs = json.loads(drums.read_text())["groups"]
        draw([np.array(run["confusion"]) for run in runs], drum_train.CLASSES,
             "Drums: five splits by drummer, book, style", MODELS / "drum_genre.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
