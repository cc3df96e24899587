"""From a line of notes to the name of its tune.

``tune`` holds a known melody, ``readers`` make tunes of files, ``store`` and ``index`` keep many of them in one
file that is mapped rather than read, ``windows`` and ``encoder`` find the likely ones, ``align`` compares
those note by note, ``match`` is the door.
"""
