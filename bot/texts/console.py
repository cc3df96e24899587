"""What the command line says. ``str.format`` templates; one plain line each unless laid out otherwise."""

STAGES = {
    "reading": "reading", "hearing": "listening", "understanding": "finding beat and key",
    "composing": "calling the band", "performing": "playing", "engraving": "drawing the notes",
    "writing": "writing the files", "done": "done",
    "searching": "looking for the tune", "indexing": "building the index",
    "inventing": "inventing",
}
FAILED = "{name}: {sentence}"
CRASHED = "Something went wrong inside Humband ({error}). Please report it with this file."
RENAMED = "{name}: written as {written}, since {name} was there before."
WROTE = "{path}"
HEARD = """\
What I heard: {notes} notes over {bars} bars in {key}, {meter} at {bpm:.0f} beats a minute.
What I made:  {genre} ({style}), {length}, by {band}.
Chords:       {chords}
Form:         {form}"""
SOUNDS_LIKE = "Could also be: {genres}."
FILES = """\
Your song:    {mp3}
Its notes:    {midi}
Its cover:    {cover}
Everything:   {json}"""
NEXT = """\
Next: `humband song {json} --genre {other}` gives the same tune another band;
      `--seed 2` another take, `--key D`, `--tempo 90`, `--feel loose` what they say."""
WARNINGS = {
    "talk": "This sounded more like speaking than singing, so the tune may surprise you.",
    "noisy": "There was a lot of noise around you; a quieter room gives a truer tune.",
    "clipped": "The recording is overdriven; a little more distance helps.",
    "several": "I heard more than one voice and followed the clearest.",
}
FOLLOWED_LEAD = "I heard several voices or instruments, and followed the one that leads."
DOCTOR_OK = "ok    {what}: {state}"
DOCTOR_BAD = "FAIL  {what}: {state}\n      {mend}"
DOCTOR_WARN = "note  {what}: {state}\n      {mend}"
DOCTOR_FINE = "Everything a song needs is here."
DOCTOR_SICK = "{count} thing(s) to mend before songs come out."
TUNES_BUILT = "{count} tunes in {index}."
TUNES_ADDED = "{id}\t{title}"
TUNE_UNKNOWN = "{id}: there is no tune of this id in {index}. `humband tunes list` tells the ids."
TUNE_FOUND = "{name}: {title} ({score:.0%})"
TUNE_NOT_FOUND = "{name}: I do not know this one. Nearest: {title} ({score:.0%})"
NO_TUNES = "{name}: the collection is empty."
BAD_OPTION = "{option}: {value!r} is not one of {choices}."
BAD_RANGE = "{option}: {value} is outside {low} to {high}."
BAD_KEY = "{option}: {value!r} is no key. Write it like \"F# minor\" or \"Bb major\"."
BAD_LYRICS = "--lyrics: {path} is no text file I can read (UTF-8)."
BAD_METER = "--meter: {value!r} is no meter. Write it like 4/4 or 6/8."
BAD_SUFFIX = "--suffix: {value!r} holds a folder's name. Write a plain end of a name, such as -varied."
HOW_TO_MEND = {
    "program": "Install it: sudo apt-get install {package} (or: brew install {package}); `make setup` does so.",
    "font": "Install a SoundFont: sudo apt-get install fluid-soundfont-gm, or set HUMBAND_SOUNDFONT to a .sf2 file.",
    "library": "The Python parts are incomplete: run `make setup` again.",
    "model": "A file of the project is missing: clone it again.",
    "disk": "Free some space, or point --out elsewhere.",
    "token": "Not needed for songs on the command line. `humband serve` tells how to get one in two minutes.",
}
BOT_ON = "{name}: on"
BOT_OFF = "{name}: off ({variable} is not set)"
NO_TOKEN = """
Humband needs the key of at least one bot. It takes about two minutes:

  Telegram  1. Open https://t.me/BotFather, send /newbot, choose a name. It answers with a token.
            2. For songs in every chat: /setinline, choose the bot, type "pick a song".
            3. TELEGRAM_TOKEN=the-token humband serve

  Discord   1. Open https://discord.com/developers/applications, "New Application", then "Bot", "Reset Token".
            2. Under "Installation" tick "User Install" and "Guild Install" (scopes: applications.commands, bot;
               permissions: Send Messages, Attach Files, Embed Links, Read Message History) and open the link it shows.
            3. DISCORD_TOKEN=the-token humband serve

Both can stand in a file named .env beside you; .env.example shows all there is to set."""
CHAT_REFUSED = "A chat did not let me in ({error}). Is its token right? The log above says more."
CANNOT_START = ("I cannot start: {error}. I need to write to {folder} (DATA_DIR) "
                "and to listen on port {port} (HTTP_PORT).")
NO_DATABASE = "There is nothing to back up yet: no database in {folder}."
BACKED_UP = "Backed up {count} files into {folder}."
