"""New melodies: invented, continued, varied and blended.

``tokens`` (a tune as events), ``network`` (what comes next), ``runs`` (what must not be copied), ``style``
(what a style is like), ``decode`` (how events are chosen), then ``fresh``, ``follow``, ``vary`` and ``blend``.
"""
