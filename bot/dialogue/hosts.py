"""For those who run the service: numbers, and a block list."""

from bot.dialogue.context import Answer, Context
from bot.talk import Reply


def stats(context: Context, argument: str) -> Answer:
    """``/stats``: how much of everything there is."""
    counts = context.store.counts()
    return [Reply(context.say("host.stats", **counts | {"megabytes": round(counts["bytes"] / 1e6)}), private=True)]


def block(context: Context, argument: str) -> Answer:
    """``/block telegram:123``."""
    return _set_blocked(context, argument, True)


def unblock(context: Context, argument: str) -> Answer:
    """``/unblock telegram:123``."""
    return _set_blocked(context, argument, False)


def _set_blocked(context: Context, argument: str, blocked: bool) -> Answer:
    key = argument.strip()
    if ":" not in key:
        key = f"{context.request.person.platform}:{key}"
    try:
        user = context.store.people.by_key(key)
    except KeyError:
        return [Reply(context.say("host.unknown", key=key[:60]), private=True)]
    context.store.people.block(user, blocked)
    return [Reply(context.say("host.blocked" if blocked else "host.unblocked", name=user.name), private=True)]
