"""What a user can be told.

Every failure a user can cause is one of these. ``code`` names the sentence in ``bot/texts``;
``str(error)`` is the plain English sentence the command line prints, and it always says what
to do next. Everything else that is raised is a bug and is reported as one.
"""


class HumbandError(Exception):
    """Base of all failures that are answered with a sentence instead of a traceback."""

    code = "error"
    sentence = "Something in this input stopped me. Please try another one."

    def __init__(self, sentence: str | None = None, **details: object) -> None:
        self.details = details
        super().__init__(sentence or self.sentence.format(**details))


class Unreadable(HumbandError):
    """The bytes are no sound (or MIDI, or JSON) that we know."""

    code = "unreadable"
    sentence = "I cannot read this file. Please send a voice note, or an mp3, ogg, wav, flac or m4a."


class Missing(HumbandError):
    """A path that does not exist."""

    code = "missing"
    sentence = "There is no such file. Please check the name."


class TooLarge(HumbandError):
    """More bytes than we take."""

    code = "too_large"
    sentence = "This file is larger than {limit_mb:.0f} MB. Please send a shorter or smaller one."


class TooLong(HumbandError):
    """More seconds than the command takes."""

    code = "too_long"
    sentence = "This is longer than {limit_s:.0f} seconds. Please send a shorter piece of it."


class TooShort(HumbandError):
    """Fewer seconds, or fewer notes, than make a tune."""

    code = "too_short"
    sentence = "This is too short to make out a tune. Please hum for at least {limit_s:.0f} seconds."


class TooQuiet(HumbandError):
    """Silence, or nearly so."""

    code = "too_quiet"
    sentence = "I hear next to nothing. Please hum again, closer to the microphone."


class NoMelody(HumbandError):
    """Sound, but no sung line in it: noise, speech, a single note."""

    code = "no_melody"
    sentence = "I hear sound but no tune. Please hum or sing a few clear notes on \"la\" or \"mm\"."


class NoVoice(HumbandError):
    """The person's voice is wanted on top, but what came is no recording of this song's tune."""

    code = "no_voice"
    sentence = "To sing on top I need your own recording of this very tune. Please send it as a voice note."


class NoBeat(HumbandError):
    """Taps that are too few or keep no time."""

    code = "no_beat"
    sentence = "I hear no steady beat. Please tap or clap at least four times, as evenly as you can."


class BadMusic(HumbandError):
    """A MIDI or JSON file that parses but holds nothing we can play."""

    code = "bad_music"
    sentence = "This file holds no music I can use: {reason}."


class BadWish(HumbandError):
    """A wish (genre, key, tempo ...) that cannot be honoured; a usage error on the command line."""

    code = "bad_wish"
    sentence = "{wish} is not something I can do; try {choices}."


class NoIdea(HumbandError):
    """No draft came out that was not somebody else's tune."""

    code = "no_idea"
    sentence = "Nothing new came to mind this time. Please try another seed."


class Busy(HumbandError):
    """The queue is full."""

    code = "busy"
    sentence = "Many people are humming just now. Please try again in a minute."


class NotInstalled(HumbandError):
    """A program or font the machine lacks."""

    code = "not_installed"
    sentence = "{what} is missing on this machine. `humband doctor` tells how to install it."
