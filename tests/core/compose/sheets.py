"""Lead sheets the tests of this room arrange: small, hand-written, free of rights."""

from core.music import Chord, Key, LeadSheet, Melody, Meter, Note


def sheet(notes, chords, *, bpm=112.0, key="C major", meter="4/4", swing=0.5):
    melody = Melody(tuple(Note(*n) for n in notes), bpm, Key.parse(key), Meter.parse(meter), swing)
    return LeadSheet(melody, tuple(Chord(*c) for c in chords))


UPBEAT = sheet(  # eight bars and an upbeat
    [(3, 1, 67), (4, 1, 72), (5, 1, 72), (6, .5, 74), (6.5, .5, 72), (7, 1, 71), (8, 2, 69), (11, 1, 69),
     (12, 1, 74), (13, 1, 74), (14, .5, 76), (14.5, .5, 74), (15, 1, 72), (16, 2, 71), (19, 1, 67),
     (20, 1, 76), (21, 1, 76), (22, .5, 77), (22.5, .5, 76), (23, 1, 74), (24, 1, 72), (25, 1, 69),
     (26, .5, 67), (26.5, .5, 67), (27, 1, 69), (28, 1, 74), (29, 1, 71), (30, 2, 72)],
    [(0, 8, "C"), (8, 4, "F"), (12, 4, "D7"), (16, 4, "G7"), (20, 4, "C"), (24, 4, "F"), (28, 2, "G7"),
     (30, 2, "C")])
WALTZ = sheet(
    [(0, 2, 57), (2, 1, 60), (3, 3, 64), (6, 1, 62), (7, 1, 60), (8, 1, 59), (9, 3, 60), (12, 2, 57),
     (14, 1, 60), (15, 2, 65), (17, 1, 64), (18, 1, 62), (19, 1, 59), (20, 1, 56), (21, 3, 57)],
    [(0, 6, "Am"), (6, 3, "E7"), (9, 6, "Am"), (15, 3, "Dm"), (18, 3, "E7"), (21, 3, "Am")],
    bpm=132, key="A minor", meter="3/4")
JIG = sheet(
    [(2.5, .5, 62)] + [(3 + i * .5, .5, p) for i, p in enumerate(
        [67, 71, 74, 74, 71, 67, 69, 72, 76, 74, 71, 67, 69, 69, 71, 72, 71, 69, 67, 71, 67])]
    + [(13.5, 1.0, 67)],
    [(0, 6, "G"), (6, 1.5, "Am"), (7.5, 1.5, "G"), (9, 3, "D7"), (12, 3, "G")],
    bpm=150, key="G major", meter="6/8")
THREE_NOTES = sheet([(0, 1, 60), (1, 1, 64), (2, 2, 67)], [(0, 4, "C")], bpm=90)
POLKA = sheet(
    [(i * .5, .5, p) for i, p in enumerate([65, 69, 72, 69, 70, 67, 65, 64, 65, 69, 72, 77, 76, 72, 77, 77])],
    [(0, 2, "F"), (2, 2, "Bb"), (4, 2, "F"), (6, 1, "C7"), (7, 1, "F")], bpm=104, key="F major", meter="2/4")
FIVE = sheet([(i, 1, 62 + (i * 5) % 9) for i in range(20)], [(0, 10, "Dm"), (10, 5, "Gm"), (15, 5, "A7")],
             bpm=140, key="D minor", meter="5/4")
LONG = sheet([(i * 1.0, 1.0, 60 + (i * 7) % 12) for i in range(100)],
             [(i * 4, 4, ("C", "Am", "F", "G7")[i % 4]) for i in range(25)], bpm=100)
ALL = {"upbeat": UPBEAT, "waltz": WALTZ, "jig": JIG, "three notes": THREE_NOTES, "polka": POLKA, "five": FIVE,
       "long": LONG}
