"""One conversation, held on both platforms: it must read the same."""

import os
import re
from pathlib import Path

from tests.e2e.stage import PLATFORMS, open_stage

USING = Path(__file__).parents[2] / "docs" / "using.md"
BEGIN, END = "<!-- conversation: written by tests/e2e/test_conversation.py -->", "<!-- end of conversation -->"


async def converse(stage, hum=b"a fine hum"):
    """The script. Returns (who, what they did, what they saw) rows."""
    ann, bob = stage.person("Ann"), stage.person("Bob")
    said = []

    async def does(who, what, seen):
        said.append((who.name, what, (await seen).lines()))
        return said[-1][2]

    await does(ann, "sends a voice note", ann.hum(hum))
    await does(ann, "presses More genres", ann.press("More genres"))
    await does(ann, "presses Jazz", ann.press("Jazz"))
    await does(ann, "presses More genres", ann.press("More genres"))
    await does(ann, "presses Rock", ann.press("Rock"))
    await does(ann, "presses Tempo", ann.press("Tempo"))
    await does(ann, "presses ½ time", ann.press("½ time"))
    await does(ann, "presses Rename", ann.press("Rename"))
    await does(ann, "answers: Sunday morning", ann.answers("Sunday morning"))
    await does(ann, "presses Play", ann.press("Play"))
    seen = await ann.press("Share")
    said.append(("Ann", "presses Share", [re.sub(r" the song\.$", " the song.", line) for line in seen.lines()]))
    await does(bob, "opens the link", bob.open_link(seen.text))
    await does(bob, "presses More genres", bob.press("More genres"))
    await does(bob, "presses Folk", bob.press("Folk"))
    await does(ann, "sends /history", ann.command("history"))
    await does(ann, "presses № 2", ann.press("№ 2"))
    await does(ann, "presses Play", ann.press("Play"))
    await does(ann, "sends /forget", ann.command("forget"))
    await does(ann, "presses Yes, forget me", ann.press("Yes, forget me"))
    await does(ann, "sends /history", ann.command("history"))
    await does(bob, "sends /history", bob.command("history"))
    return said


async def test_the_conversation_reads_the_same_everywhere(make_service):
    held = {}
    for platform in PLATFORMS:
        async with open_stage(platform, lambda p=platform, **s: make_service(name=p, **s)) as stage:
            held[platform] = await converse(stage)
    for telegram, discord in zip(*map(comparable, held.values()), strict=True):
        assert telegram == discord
    block = f"{BEGIN}\n\n{as_markdown(held['telegram'])}\n{END}"
    text = USING.read_text(encoding="utf-8")
    start, stop = text.index(BEGIN), text.index(END) + len(END)
    if os.environ.get("UPDATE_DOCS"):
        USING.write_text(text[:start] + block + text[stop:], encoding="utf-8")
    else:
        assert text[start:stop] == block, "docs/using.md is out of date: run this test with UPDATE_DOCS=1"


def comparable(rows):
    """Without what only one platform can do: inline mode, and where files stay when a keyboard turns."""
    for who, what, lines in rows:
        turned = any("Back]" in line for line in lines) and what.startswith("presses")
        kept = [line for line in lines if not (turned and (line.startswith("<") or "№" in line.split("\n")[0]))]
        yield who, what, [without_inline(line) for line in kept]


def without_inline(line):
    return re.sub(r"\nOr type my name in any chat and pick the song\.", "", line)


def as_markdown(rows):
    out = []
    for who, what, lines in rows:
        texts = [line for line in lines if not re.fullmatch(r"\[.*\]|<.*>|…", line)]
        rest = [line for line in lines if line not in texts]
        out.append(f"**{who}** {what}.\n")
        out += ["> " + "  \n> ".join(text.split("\n")) for text in texts]
        if rest:
            out += [">", "> " + " ".join(f"`{mark}`" for mark in rest)] if texts else ["> " + " ".join(
                f"`{mark}`" for mark in rest)]
        out.append("")
    return "\n".join(out)
