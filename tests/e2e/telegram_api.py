"""A Telegram Bot API on loopback, true to the rules a bot trips over; what it does not know fails the test."""

import asyncio
import itertools
import json
import time

from aiohttp import web

TOKEN = "123456789:AAHfakefakefakefakefakefakefakefake01"
BOT = {"id": 123456789, "is_bot": True, "first_name": "Humband", "username": "humband_bot",
       "can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": True}
DOWNLOAD_LIMIT, UPLOAD_LIMIT = 20 * 2**20, 50 * 2**20
REACTIONS = {"👍", "👎", "❤", "🔥", "🥰", "👏", "😁", "🤔", "🎉", "🤩", "🙏", "👌", "👀", "⚡", "🏆", "💯", "🎃"}


class Refusal(Exception):
    """An answer with ``ok: false``."""

    def __init__(self, status, description, **parameters):
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters


class TelegramApi:
    """The server's whole world: chats, messages, files, updates."""

    def __init__(self):
        self.chats, self.messages, self.files, self.blocked = {}, {}, {}, set()
        self.updates, self.calls, self.unknown = [], [], []
        self.queries, self.inline_answers, self.members = {}, {}, {}
        self.uploads = 0
        self.floods = {}
        self.cut_after = {}  # method: how many times to act and then break the connection
        self.expired_queries = False
        self.webhook = None
        self.menus = []
        self._ids, self._news = itertools.count(1000), asyncio.Event()
        self._message_ids = itertools.count(1)

    # -- the server

    async def start(self):
        app = web.Application(client_max_size=80 * 2**20)
        app.router.add_post("/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/{path:.*}", self._download)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self):
        self._news.set()
        await self._runner.cleanup()

    async def _call(self, request):
        method = request.match_info["method"]
        if request.match_info["token"] != TOKEN:
            return self._answer(Refusal(401, "Unauthorized"))
        try:
            fields = await self._fields(request)
        except ConnectionResetError:  # the caller was killed while it spoke
            return web.Response(status=499)
        handler = getattr(self, f"do_{method}", None)
        if method != "getUpdates":
            self.calls.append((method, fields))
        if handler is None:
            self.unknown.append(method)
            return self._answer(Refusal(404, f"Not Found: {method}"))
        try:
            if self.floods.get(method):
                retry_after = self.floods[method].pop(0)
                raise Refusal(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)
            result = await handler(**fields)
        except Refusal as refusal:
            return self._answer(refusal)
        except TypeError as error:  # a parameter this server does not know
            self.unknown.append(f"{method}: {error}")
            return self._answer(Refusal(400, f"Bad Request: {error}"))
        if self.cut_after.get(method):
            self.cut_after[method] -= 1
            request.transport.close()
        return web.json_response({"ok": True, "result": result})

    @staticmethod
    def _answer(refusal):
        return web.json_response({"ok": False, "error_code": refusal.status, "description": refusal.description,
                                  "parameters": refusal.parameters}, status=refusal.status)

    @staticmethod
    async def _fields(request):
        fields = {}
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                fields[name] = (value.filename, value.file.read())
                continue
            try:
                fields[name] = json.loads(value)
            except ValueError:
                fields[name] = value
        if fields.get("text") is not None and not isinstance(fields["text"], str):
            fields["text"] = str(fields["text"])
        attached = {name: fields.pop(name) for name in list(fields) if isinstance(fields[name], tuple)}
        for name, value in fields.items():
            if isinstance(value, str) and value.startswith("attach://"):
                fields[name] = attached.pop(value.removeprefix("attach://"))
        return fields | attached

    async def _download(self, request):
        data = self.files.get(request.match_info["path"].removeprefix("f/"))
        return web.Response(body=data["data"]) if data else web.Response(status=404)

    # -- the world

    def new_file(self, data, kind, **about):
        file_id = f"{kind}-{next(self._ids)}"
        self.files[file_id] = {"data": data, "kind": kind, "size": len(data)} | about
        return file_id

    def push(self, **update):
        """Queue an update for the bot; by webhook, the test delivers it."""
        update["update_id"] = next(self._ids)
        self.updates.append(update)
        self._news.set()
        return update

    def store(self, chat_id, sender, **content):
        message = {"message_id": next(self._message_ids), "date": int(time.time()), "chat": self.chats[chat_id],
                   "from": sender, **content}
        self.messages.setdefault(chat_id, []).append(message)
        return message

    def find(self, chat_id, message_id):
        return next((m for m in self.messages.get(chat_id, ()) if m["message_id"] == message_id), None)

    def _writable(self, chat_id):
        if chat_id not in self.chats:
            raise Refusal(400, "Bad Request: chat not found")
        if chat_id in self.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")

    def _markup(self, markup):
        for row in (markup or {}).get("inline_keyboard", ()):
            for button in row:
                if not button.get("text"):
                    raise Refusal(400, "Bad Request: button text is empty")
                if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= 64:
                    raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
                if "callback_data" not in button and not button.get("url", "").startswith("https://"):
                    raise Refusal(400, "Bad Request: BUTTON_URL_INVALID")
        if markup and markup.get("force_reply"):
            return {"asks": True}  # Telegram does not send it back as a markup
        return {"reply_markup": markup} if markup else {}

    def _send(self, chat_id, reply_parameters=None, reply_markup=None, message_thread_id=None,
              disable_notification=None, **content):
        self._writable(chat_id)
        if len(content.get("caption") or "") > 1024:
            raise Refusal(400, "Bad Request: message caption is too long")
        if reply_parameters and not self.find(chat_id, reply_parameters["message_id"]):
            if not reply_parameters.get("allow_sending_without_reply"):
                raise Refusal(400, "Bad Request: message to be replied not found")
            reply_parameters = None
        if reply_parameters:
            replied = self.find(chat_id, reply_parameters["message_id"])
            content["reply_to_message"] = {k: v for k, v in replied.items() if k != "reply_to_message"}
        content = {name: value for name, value in content.items() if value is not None}
        return self.store(chat_id, BOT, **content, **self._markup(reply_markup))

    def _file(self, content, kind, **about):
        if isinstance(content, str):
            known = self.files.get(content)
            if known is None or known["kind"] != kind:
                raise Refusal(400, "Bad Request: wrong file identifier/HTTP URL specified")
            return content, known
        name, data = content
        if len(data) > UPLOAD_LIMIT:
            raise Refusal(413, "Request Entity Too Large")
        if not data:
            raise Refusal(400, "Bad Request: file must be non-empty")
        self.uploads += 1
        file_id = self.new_file(data, kind, name=name, **about)
        return file_id, self.files[file_id]

    # -- the methods

    async def do_getMe(self):
        return BOT

    async def do_deleteWebhook(self, drop_pending_updates=None):
        self.webhook = None
        return True

    async def do_setWebhook(self, url, secret_token=None, allowed_updates=None):
        self.webhook = {"url": url, "secret_token": secret_token, "allowed_updates": allowed_updates}
        return True

    async def do_getUpdates(self, offset=0, timeout=0, allowed_updates=None, limit=100):
        if self.webhook:
            raise Refusal(409, "Conflict: can't use getUpdates method while webhook is active")
        self.updates = [u for u in self.updates if u["update_id"] >= offset]
        deadline = time.monotonic() + timeout
        while not self.updates and time.monotonic() < deadline:
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), min(0.5, deadline - time.monotonic()))
            except TimeoutError:
                continue
        return self.updates[:limit]

    async def _menu(self, **fields):
        self.menus.append(fields)
        return True

    do_setMyName = do_setMyShortDescription = do_setMyDescription = do_setMyCommands = _menu

    async def do_sendChatAction(self, chat_id, action, message_thread_id=None):
        self._writable(chat_id)
        return True

    async def do_setMessageReaction(self, chat_id, message_id, reaction):
        if any(r["emoji"] not in REACTIONS for r in reaction):
            raise Refusal(400, "Bad Request: REACTION_INVALID")
        self.find(chat_id, message_id)["reaction"] = [r["emoji"] for r in reaction]
        return True

    async def do_sendMessage(self, chat_id, text="", **options):
        if not text.strip():
            raise Refusal(400, "Bad Request: message text is empty")
        if len(text) > 4096:
            raise Refusal(400, "Bad Request: message is too long")
        return self._send(chat_id, text=text, **options)

    async def do_sendAudio(self, chat_id, audio, caption=None, title=None, performer=None, duration=None,
                           thumbnail=None, **options):
        self._writable(chat_id)
        if thumbnail and len(thumbnail[1]) > 200_000:
            raise Refusal(400, "Bad Request: thumbnail is too big")
        file_id, file = self._file(audio, "audio", title=title, performer=performer, duration=duration or 0,
                                   thumbnail=bool(thumbnail))
        return self._send(chat_id, caption=caption, audio={
            "file_id": file_id, "file_unique_id": f"u{file_id}", "duration": file["duration"], "title": file["title"],
            "performer": file["performer"], "file_size": file["size"], "file_name": file["name"]}, **options)

    async def do_sendPhoto(self, chat_id, photo, caption=None, **options):
        self._writable(chat_id)
        file_id, file = self._file(photo, "photo")
        return self._send(chat_id, caption=caption, photo=[{
            "file_id": file_id, "file_unique_id": f"u{file_id}", "width": 90, "height": 60,
            "file_size": file["size"]}], **options)

    async def do_sendDocument(self, chat_id, document, caption=None, disable_content_type_detection=None, **options):
        self._writable(chat_id)
        file_id, file = self._file(document, "document")
        return self._send(chat_id, caption=caption, document={
            "file_id": file_id, "file_unique_id": f"u{file_id}", "file_size": file["size"],
            "file_name": file["name"]}, **options)

    def _editable(self, chat_id, message_id):
        self._writable(chat_id)
        message = self.find(chat_id, message_id)
        if message is None:
            raise Refusal(400, "Bad Request: message to edit not found")
        if message["from"]["id"] != BOT["id"]:
            raise Refusal(400, "Bad Request: message can't be edited")
        return message

    def _edit(self, message, field, value, markup):
        fresh = {k: v for k, v in message.items() if k != "reply_markup"} | self._markup(markup)
        if field:
            fresh[field] = value
        if fresh == message:
            raise Refusal(400, "Bad Request: message is not modified: specified new message content and reply markup "
                               "are exactly the same as a current content and reply markup of the message")
        message.clear()
        message.update(fresh)
        return message

    async def do_editMessageText(self, chat_id, message_id, text, reply_markup=None):
        message = self._editable(chat_id, message_id)
        if "text" not in message:
            raise Refusal(400, "Bad Request: there is no text in the message to edit")
        return self._edit(message, "text", text, reply_markup)

    async def do_editMessageCaption(self, chat_id, message_id, caption="", reply_markup=None):
        message = self._editable(chat_id, message_id)
        if "text" in message:
            raise Refusal(400, "Bad Request: there is no caption in the message to edit")
        return self._edit(message, "caption", caption, reply_markup)

    async def do_editMessageReplyMarkup(self, chat_id, message_id, reply_markup=None):
        return self._edit(self._editable(chat_id, message_id), None, None, reply_markup)

    async def do_deleteMessage(self, chat_id, message_id):
        message = self._editable(chat_id, message_id)
        self.messages[chat_id].remove(message)
        return True

    async def do_answerCallbackQuery(self, callback_query_id, text=None, show_alert=None):
        if self.expired_queries or str(callback_query_id) not in self.queries:
            raise Refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        if len(text or "") > 200:
            raise Refusal(400, "Bad Request: MESSAGE_TOO_LONG")
        self.queries[str(callback_query_id)].append(text or "")
        return True

    async def do_answerInlineQuery(self, inline_query_id, results, cache_time=None, is_personal=None, button=None):
        for result in results:
            if result["type"] != "audio" or self.files.get(result["audio_file_id"], {}).get("kind") != "audio":
                raise Refusal(400, "Bad Request: RESULT_TYPE_INVALID")
            self._markup(result.get("reply_markup"))
        self.inline_answers[str(inline_query_id)] = {"results": results, "is_personal": is_personal}
        return True

    async def do_getFile(self, file_id):
        file = self.files.get(file_id)
        if file is None:
            raise Refusal(400, "Bad Request: invalid file_id")
        if file["size"] > DOWNLOAD_LIMIT:
            raise Refusal(400, "Bad Request: file is too big")
        return {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_size": file["size"],
                "file_path": f"f/{file_id}"}

    async def do_getChatMember(self, chat_id, user_id):
        status = self.members.get((chat_id, user_id), "member")
        member = {"status": status, "user": {"id": user_id, "is_bot": False, "first_name": "x"}}
        if status == "creator":
            member |= {"is_anonymous": False}
        return member
