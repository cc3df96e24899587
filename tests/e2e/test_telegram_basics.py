async def test_hum(telegram):
    ann = telegram.person("Ann")
    seen = await ann.hum()
    print(seen.lines())
    assert seen.files == ["picture", "sound", "midi"]
    seen = await ann.press("More genres")
    print(seen.lines())
    seen = await ann.press("Jazz")
    print(seen.lines())
    seen = await ann.command("history")
    print(seen.lines())
    assert 0
