"""As much of Discord on loopback as a bot in direct messages needs: its gateway, its messages, its nonces.

simcord lives in the bot's own process; whoever kills that process needs Discord to outlive it.
"""

import asyncio
import datetime
import itertools
import json

from aiohttp import WSMsgType, web

ME = {"id": "900", "username": "humband", "discriminator": "0", "avatar": None, "bot": True, "global_name": None}
APPLICATION = {"id": "900", "name": "humband", "description": "", "icon": None, "bot_public": True, "owner": ME,
               "bot_require_code_grant": False, "verify_key": "", "flags": 0}
VOICE_FLAG = 1 << 13


def answer(data, status=200):
    """JSON with exactly the type the library looks for."""
    return web.Response(body=json.dumps(data).encode(), status=status, headers={"content-type": "application/json"})


class DiscordApi:
    """The server's world: one direct channel a person, messages in it, whoever is connected."""

    def __init__(self):
        self.channels, self.nonces, self.files, self.sessions = {}, {}, {}, set()
        self.unknown = []
        self.before_answer = None  # called with a message that is posted but not answered yet
        self._ids = itertools.count(10_000)

    async def start(self):
        app = web.Application(client_max_size=30 * 2**20)
        for method, path, handler in (
            ("GET", "/users/@me", self._me), ("GET", "/oauth2/applications/@me", self._application),
            ("PUT", "/applications/900/commands", self._commands), ("GET", "/gateway", self._gateway),
            ("POST", "/channels/{channel}/typing", self._nothing),
            ("POST", "/channels/{channel}/messages", self._post),
            ("PATCH", "/channels/{channel}/messages/{message}", self._patch),
            ("DELETE", "/channels/{channel}/messages/{message}", self._delete),
            ("GET", "/cdn/{file}", self._cdn), ("*", "/{path:.*}", self._unknown),
        ):
            app.router.add_route(method, path, handler)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self):
        await self._runner.cleanup()

    # -- people

    def write(self, channel, author, content="", *, sound=None):
        """A message of a person's, which whoever is connected hears of."""
        attachments = []
        if sound is not None:
            file = str(next(self._ids))
            self.files[file] = sound
            attachments = [{"id": file, "filename": "voice-message.ogg", "size": len(sound), "duration_secs": 4.0,
                            "content_type": "audio/ogg", "waveform": "AA==",
                            "url": f"{self.url}/cdn/{file}", "proxy_url": f"{self.url}/cdn/{file}"}]
        message = self._store(channel, author, {"content": content, "flags": VOICE_FLAG if sound else 0}, attachments)
        for session in self.sessions:
            session.put_nowait({"op": 0, "s": 2, "t": "MESSAGE_CREATE", "d": message})
        return message

    def _store(self, channel, author, fields, attachments):
        message = {"id": str(next(self._ids)), "channel_id": str(channel), "author": author, "content": "",
                   "tts": False, "timestamp": datetime.datetime.now(datetime.UTC).isoformat(), "edited_timestamp": None,
                   "type": 0, "mention_everyone": False, "mentions": [], "mention_roles": [], "pinned": False,
                   "embeds": [], "components": []}
        message |= {name: value for name, value in fields.items() if name in message or name == "flags"}
        message["attachments"] = attachments
        self.channels.setdefault(str(channel), []).append(message)
        return message

    # -- the gateway

    async def _gateway(self, request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        news = asyncio.Queue()
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 20_000}})

        async def tell():
            while True:
                await socket.send_json(await news.get())

        teller = asyncio.create_task(tell())
        try:
            async for frame in socket:
                if frame.type is not WSMsgType.TEXT:
                    continue
                message = json.loads(frame.data)
                if message["op"] == 1:
                    news.put_nowait({"op": 11})
                elif message["op"] == 2:
                    news.put_nowait({"op": 0, "s": 1, "t": "READY", "d": {
                        "v": 10, "user": ME, "guilds": [], "session_id": "s", "application": APPLICATION,
                        "resume_gateway_url": str(request.url).replace("http", "ws", 1)}})
                    self.sessions.add(news)
        finally:
            teller.cancel()
            self.sessions.discard(news)
        return socket

    # -- the routes

    async def _me(self, _request):
        return answer(ME)

    async def _application(self, _request):
        return answer(APPLICATION)

    async def _commands(self, _request):
        return answer([])

    async def _nothing(self, _request):
        return web.Response(status=204)

    async def _unknown(self, request):
        self.unknown.append(f"{request.method} {request.path}")
        return answer({"message": "404: Not Found", "code": 0}, status=404)

    @staticmethod
    async def _fields(request):
        if request.content_type == "application/json":
            return await request.json(), []
        form = await request.post()
        files = [form[name] for name in form if name.startswith("files[")]
        return json.loads(form["payload_json"]), [(file.filename, file.file.read()) for file in files]

    async def _post(self, request):
        fields, files = await self._fields(request)
        channel, nonce = request.match_info["channel"], fields.get("nonce")
        known = self.nonces.get((channel, nonce)) if fields.get("enforce_nonce") else None
        if known:
            return answer(known)
        attachments = [{"id": str(next(self._ids)), "filename": name, "size": len(data), "url": f"{self.url}/cdn/0",
                        "proxy_url": f"{self.url}/cdn/0"} for name, data in files]
        message = self._store(channel, ME, fields, attachments)
        if nonce:
            self.nonces[(channel, nonce)] = message
        if self.before_answer:
            self.before_answer(message)
        return answer(message)

    def _find(self, request):
        messages = self.channels.get(request.match_info["channel"], [])
        return messages, next((m for m in messages if m["id"] == request.match_info["message"]), None)

    async def _patch(self, request):
        _, message = self._find(request)
        if message is None:
            return answer({"message": "Unknown Message", "code": 10008}, status=404)
        fields, _ = await self._fields(request)
        message |= {name: value for name, value in fields.items() if name in message}
        return answer(message)

    async def _delete(self, request):
        messages, message = self._find(request)
        if message is None:
            return answer({"message": "Unknown Message", "code": 10008}, status=404)
        messages.remove(message)
        return web.Response(status=204)

    async def _cdn(self, request):
        return web.Response(body=self.files[request.match_info["file"]])
