"""People in Telegram chats, talking to the real adapter over the fake API."""

import re

from bot.adapters.telegram import TelegramAdapter
from tests.e2e.stage import Seen, kind_of_file, settled
from tests.e2e.telegram_api import BOT, TOKEN, TelegramApi


class TelegramStage:
    """One service, one API, any number of people."""

    platform = "telegram"

    def __init__(self, make_service):
        self._make_service = make_service
        self.api = TelegramApi()

    async def __aenter__(self):
        await self.api.start()
        await self.start_service()
        return self

    async def start_service(self, **settings):
        self.service = self._make_service(
            telegram_token=TOKEN, telegram_base_url=f"{self.api.url}/bot", telegram_file_url=f"{self.api.url}/file/bot",
            **settings)
        self.adapter = self.service.add(lambda service: TelegramAdapter(service, TOKEN))
        # Twenty calls a minute to a group is the library's own patience, and no business of these tests.
        self.adapter.bot.rate_limiter._group_max_rate = 100_000
        await self.service.start()

    async def __aexit__(self, *_):
        await self.service.stop(0)
        await self.api.stop()
        assert not self.adapter.errors, self.adapter.errors
        assert not self.api.unknown, self.api.unknown

    def person(self, name, **about):
        return TelegramPerson(self, name, **about)

    def group(self, title="Choir", chat_id=-100500):
        self.api.chats[chat_id] = {"id": chat_id, "type": "supergroup", "title": title}
        return chat_id

    async def settle(self):
        await settled(self.service, lambda: not self.api.updates or self.api.webhook,
                      lambda: len(self.adapter._tasks) <= (0 if self.api.webhook else 1))


class TelegramPerson:
    """Somebody with the app in their hand."""

    def __init__(self, stage, name, user_id=None, language="en"):
        self.stage, self.api, self.name = stage, stage.api, name
        self.id = user_id or 7_000 + len(stage.api.chats)
        self.user = {"id": self.id, "is_bot": False, "first_name": name, "language_code": language}
        self.api.chats[self.id] = {"id": self.id, "type": "private", "first_name": name}
        self.place = self.id

    def at(self, chat_id):
        """The same person, in another chat."""
        other = object.__new__(TelegramPerson)
        other.__dict__ |= self.__dict__ | {"place": chat_id}
        return other

    # -- doing

    async def send(self, reply_to=None, **content):
        """Send any message; in a group the bot only gets what privacy mode lets through."""
        if text := content.get("text") or content.get("caption"):
            entities = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}] if text[0] == "/" else []
            entities += [{"type": "mention", "offset": m.start(), "length": len(m[0])}
                         for m in re.finditer(r"@\w+", text) if not text.startswith("/")]
            if entities:
                content["entities" if "text" in content else "caption_entities"] = entities
        if reply_to:
            content["reply_to_message"] = {k: v for k, v in reply_to.items() if k != "reply_to_message"}
        message = self.api.store(self.place, self.user, **content)
        if self.place > 0 or self._through_privacy(message):
            self.api.push(message=message)
        return message

    def _through_privacy(self, message):
        text = message.get("text") or message.get("caption") or ""
        replied = message.get("reply_to_message")
        command = re.match(r"/\w+(@\w+)?", text)
        return bool((command and command[1] in (None, f"@{BOT['username']}"))
                    or (replied and replied["from"]["id"] == BOT["id"]))

    def voice(self, data, duration=5):
        file_id = self.api.new_file(data, "voice")
        return {"voice": {"file_id": file_id, "file_unique_id": f"u{file_id}", "duration": duration,
                          "mime_type": "audio/ogg", "file_size": len(data)}}

    def document(self, data, name, mime_type):
        file_id = self.api.new_file(data, "document", name=name)
        return {"document": {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_name": name,
                             "mime_type": mime_type, "file_size": len(data)}}

    async def hum(self, data=b"a fine hum", duration=5, reply_to=None):
        return await self.step(self.send(reply_to=reply_to, **self.voice(data, duration)))

    async def hum_only(self, data):
        return await self.send(**self.voice(data))

    async def hum_to(self, message, data):
        return await self.hum(data, reply_to=message)

    async def hum_in_reply(self):
        first = next(m for m in self.screen() if "voice" in m)
        return await self.hum(reply_to=first)

    async def press_only(self, label):
        message = self.message_with(label)
        return await self.press_data(self.button(message, label)["callback_data"], message)

    @staticmethod
    def text_of(message):
        return message.get("text") or message.get("caption") or ""

    async def says(self, text, reply_to=None):
        return await self.step(self.send(text=text, reply_to=reply_to))

    async def says_in_topic(self, text, reply_to, topic):
        return await self.step(self.send(text=text, reply_to=reply_to, message_thread_id=topic, is_topic_message=True))

    async def command(self, name, /, **options):
        return await self.says(" ".join([f"/{name}", *map(str, options.values())]))

    async def answers(self, text):
        question = next(m for m in reversed(self.screen()) if m.get("asks"))
        return await self.says(text, reply_to=question)

    async def press(self, label, message=None):
        message = message or self.message_with(label)
        return await self.step(self.press_data(self.button(message, label)["callback_data"], message))

    async def press_data(self, data, message):
        """Press with any data: a forged client can do that."""
        query_id = str(next(self.api._ids))
        self.api.queries[query_id] = []
        self.api.push(callback_query={"id": query_id, "from": self.user, "message": message, "chat_instance": "1",
                                      "data": data})
        return query_id

    async def forge(self, data, message=None):
        message = message or self.screen()[-1]
        return await self.step(self.press_data(data, message))

    async def open_link(self, seen_text):
        token = re.search(r"https://t\.me/humband_bot\?start=(\S+)", seen_text)[1]
        return await self.says(f"/start {token}")

    async def inline(self, query=""):
        query_id = str(next(self.api._ids))
        self.api.push(inline_query={"id": query_id, "from": self.user, "query": query, "offset": ""})
        await self.stage.settle()
        return self.api.inline_answers[query_id]["results"]

    def block(self):
        self.api.blocked.add(self.id)

    # -- seeing

    def screen(self):
        return self.api.messages.get(self.place, [])

    def message_with(self, label):
        return next(m for m in reversed(self.screen()) if self.button(m, label))

    @staticmethod
    def button(message, label):
        rows = message.get("reply_markup", {}).get("inline_keyboard", ())
        return next((b for row in rows for b in row if label in b["text"]), None)

    async def step(self, action):
        before = {m["message_id"]: repr(m) for m in self.screen()}
        done = await action
        await self.stage.settle()
        seen = Seen()
        if isinstance(done, str) and any(self.api.queries.get(done, ())):
            seen.texts += [text for text in self.api.queries[done] if text]
        for message in self.screen():
            if message["from"]["id"] == BOT["id"] and before.get(message["message_id"]) != repr(message):
                self._look(message, seen)
        return seen

    @staticmethod
    def _look(message, seen):
        markup = message.get("reply_markup", {})
        if message.get("asks"):
            seen.asked = True
            return
        if text := message.get("text") or message.get("caption"):
            seen.texts.append(text)
        seen.buttons += [b["text"] for row in markup.get("inline_keyboard", ()) for b in row]
        if "audio" in message:
            seen.files.append("sound")
        if "photo" in message:
            seen.files.append("picture")
        if "document" in message:
            seen.files.append(kind_of_file(message["document"]["file_name"], audio=False))
