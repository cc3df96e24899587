"""Notes -> a melody: in tune, on a grid, in a key."""
