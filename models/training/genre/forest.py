"""A forest of extremely randomised trees (Geurts, Ernst & Wehenkel 2006), and its export to a small ONNX file.

On a few thousand tunes and some hundred measured features such a forest beat every perceptron that was
tried (models/drum_genre.md), since no single feature, and so no single habit of a collection, decides.
scikit-learn's own converter writes some forty bytes a node; here the trees are flat tables of small
integers that plain ONNX operators walk, ten bytes a node, so that a hundred and more trees fit in 2 MB.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier

FLOOR = 1e-3


class Forest:
    """Log probabilities by mean vote, divided by a temperature."""

    def __init__(self, trees: ExtraTreesClassifier, classes: int):
        self.trees, self.classes, self.temperature = trees, classes, 1.0

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Logits (n, classes) of features (n, width)."""
        vote = np.zeros((len(x), self.classes))
        vote[:, self.trees.classes_] = self.trees.predict_proba(x)
        return np.log(vote + FLOOR) / self.temperature


def grow(x: np.ndarray, labels: np.ndarray, weights: np.ndarray, classes: int, *, seed: int, trees: int = 100,
         leaves: int | None = 500, leaf_rows: int = 3, features: float = 0.15) -> Forest:
    """Fit a forest to weighted rows."""
    model = ExtraTreesClassifier(trees, max_leaf_nodes=leaves, min_samples_leaf=leaf_rows, max_features=features,
                                 max_depth=24, random_state=seed, n_jobs=1)
    return Forest(model.fit(x, labels, weights * len(weights)), classes)


def export(forest: Forest, width: int, classes: Sequence[str], path: Path) -> None:
    """``x`` (n, width) float32 -> ``logits`` (n, classes); the classes are named in the file's metadata."""
    from onnx import TensorProto, checker, helper, numpy_helper, save

    tables = _tables(forest)
    depth = max(tree.tree_.max_depth for tree in forest.trees.estimators_)
    constants = {**tables, "one_first": np.array([0], np.int64), "floor": np.array(FLOOR, np.float32),
                 "shrink": np.array(1 / 255 / len(forest.trees.estimators_), np.float32),
                 "cool": np.array(1 / forest.temperature, np.float32), "trees": np.array([1], np.int64)}
    nodes = [helper.make_node("Shape", ["x"], ["shape"]), helper.make_node("Slice", ["shape", "zero", "trees"], ["n"]),
             helper.make_node("Concat", ["n", "width"], ["grid"], axis=0),
             helper.make_node("Expand", ["root", "grid"], ["at0"])]
    constants["zero"] = np.array([0], np.int64)
    constants["width"] = np.array([len(forest.trees.estimators_)], np.int64)
    constants.pop("one_first")
    for level in range(depth):
        here, there = f"at{level}", f"at{level + 1}"
        nodes += [
            helper.make_node("Gather", ["feature", here], [f"f{level}"]),
            helper.make_node("Cast", [f"f{level}"], [f"feature{level}"], to=TensorProto.INT64),
            helper.make_node("GatherElements", ["x", f"feature{level}"], [f"value{level}"], axis=1),
            helper.make_node("Gather", ["threshold", here], [f"t{level}"]),
            helper.make_node("Greater", [f"value{level}", f"t{level}"], [f"right{level}"]),
            helper.make_node("Cast", [f"right{level}"], [f"step{level}"], to=TensorProto.INT64),
            helper.make_node("Gather", ["left", here], [f"l{level}"]),
            helper.make_node("Cast", [f"l{level}"], [f"left{level}"], to=TensorProto.INT64),
            helper.make_node("Add", [f"left{level}", f"step{level}"], [f"child{level}"]),
            helper.make_node("Add", [f"child{level}", "root"], [there]),
        ]
    nodes += [
        helper.make_node("Gather", ["leaf", f"at{depth}"], ["leaf_small"]),
        helper.make_node("Cast", ["leaf_small"], ["leaf_wide"], to=TensorProto.INT64),
        helper.make_node("Add", ["leaf_wide", "first_leaf"], ["leaf_row"]),
        helper.make_node("Gather", ["votes", "leaf_row"], ["vote_small"]),
        helper.make_node("Cast", ["vote_small"], ["vote_each"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", ["vote_each", "trees"], ["vote_sum"], keepdims=0),
        helper.make_node("Mul", ["vote_sum", "shrink"], ["share"]),
        helper.make_node("Add", ["share", "floor"], ["lifted"]),
        helper.make_node("Log", ["lifted"], ["logs"]),
        helper.make_node("Mul", ["logs", "cool"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes, "genre_forest", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", width])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", len(classes)])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    model.metadata_props.add(key="classes", value=",".join(classes))
    checker.check_model(model)
    save(model, str(path))


def _tables(forest: Forest) -> dict[str, np.ndarray]:
    """All trees end to end. A node's right child stands behind its left one; a leaf is its own left child, for ever."""
    feature, threshold, left, leaf, votes, roots, first_leaf = [], [], [], [], [], [], []
    for estimator in forest.trees.estimators_:
        tree = estimator.tree_
        order, place = [0], {}
        for node in order:
            if tree.children_left[node] >= 0:
                order += [tree.children_left[node], tree.children_right[node]]
        place = {node: index for index, node in enumerate(order)}
        roots.append(len(feature))
        first_leaf.append(len(votes))
        for node in order:
            inner = tree.children_left[node] >= 0
            feature.append(tree.feature[node] if inner else 0)
            threshold.append(tree.threshold[node] if inner else np.inf)
            left.append(place[tree.children_left[node]] if inner else place[node])
            leaf.append(0 if inner else len(votes) - first_leaf[-1])
            if not inner:
                share = np.zeros(forest.classes)
                share[forest.trees.classes_] = tree.value[node][0] / tree.value[node][0].sum()
                votes.append(np.round(255 * share))
    return {"feature": np.array(feature, np.int16), "threshold": np.array(threshold, np.float32),
            "left": np.array(left, np.int16), "leaf": np.array(leaf, np.int16), "votes": np.array(votes, np.uint8),
            "root": np.array(roots, np.int64), "first_leaf": np.array(first_leaf, np.int64)}
