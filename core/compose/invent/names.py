"""What can be asked for by name: styles and kinds of variation."""

# style: the genre its band plays, and the tempos it is at home in
MANNERS: dict[str, tuple[str, int, int]] = {
    "bach": ("classical", 66, 92), "mozart": ("classical", 84, 126), "haydn": ("classical", 84, 126),
    "handel": ("classical", 72, 104), "beethoven": ("classical", 80, 132), "schubert": ("classical", 72, 108),
    "chopin": ("classical", 72, 126), "tchaikovsky": ("classical", 76, 120), "debussy": ("classical", 60, 92),
    "scarlatti": ("classical", 80, 116), "folk": ("folk", 88, 126), "jazz": ("jazz", 108, 168),
    "pop": ("pop", 76, 116), "rock": ("rock", 104, 144), "latin": ("latin", 92, 128), "hymn": ("folk", 76, 100),
    "game": ("electronic", 104, 144),
}
STYLES = tuple(MANNERS)
COMPOSERS = STYLES[:10]
KINDS = ("rhythm", "ornament", "paraphrase", "mode", "simplify", "meter", "sequence")
