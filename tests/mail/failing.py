"""A mail server that fails as its plan says, for sync-server/tests/mail_failures.rs.

    failing.py PLAN

It listens on a free port of this machine, prints one JSON object a line about what it sees (the first has its port), and ends when
its standard input does. The plan is a JSON object:

    tls          "none", "starttls", "tls", or "unoffered": STARTTLS is there but EHLO does not say so
    certificate  a file of `certificates`, without its end
    offers       more lines of the answer to EHLO
    users        {name: password}; with users AUTH is offered
    injected     bytes that follow the answer to STARTTLS in the open
    at           {step: [action, ...]}, for connect, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, END, RSET, QUIT
    idle         seconds after which a connection without a command is closed
    real         aiosmtpd serves instead, and fails in nothing

Each time a step comes, it takes the first action; one that begins with `*` stays. An action is an answer (`450 4.2.0 later`), or one of
drop, hang, trickle (an answer of a byte each 50 ms), endless (an answer without an end), big (10 MB in one line), garbage, and for END accept-drop: the mail is taken, and no
answer is sent.
"""
import asyncio
import base64
import json
import pathlib
import ssl
import sys

CERTIFICATES = pathlib.Path(__file__).parent / "certificates"
BIG = 10 * 1024 * 1024


def report(**event):
    print(json.dumps(event), flush=True)


def context(plan):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(CERTIFICATES / f"{plan.get('certificate', 'good')}.pem")
    return made


class Dropped(Exception):
    pass


class Session:
    def __init__(self, server, reader, writer):
        self.server, self.plan = server, server.plan
        self.reader, self.writer = reader, writer
        self.secure = self.plan["tls"] == "tls"

    async def say(self, text):
        self.writer.write(text.encode() + b"\r\n")
        await self.writer.drain()

    async def act(self, step, normal):
        """Answers a step. Whether it was the normal answer, or another of success."""
        actions = self.plan["at"].get(step, [])
        action = normal
        if actions:
            action = actions[0].lstrip("*")
            if not actions[0].startswith("*"):
                actions.pop(0)
        if action == "drop":
            raise Dropped
        if action == "hang":
            await asyncio.Event().wait()
        if action == "trickle":
            while True:
                self.writer.write(b"2")
                await self.writer.drain()
                await asyncio.sleep(0.05)
        if action == "endless":
            while True:
                self.writer.write(b"250-" + b"x" * 60_000)
                await self.writer.drain()
        if action == "big":
            await self.say("250 " + "x" * BIG)
            return True
        if action == "garbage":
            self.writer.write(b"\xff\xfe\x00HTTP/1.1 200 OK\r\n\r\n")
            await self.writer.drain()
            return False
        await self.say(action)
        return action[0] in "23"

    async def line(self):
        read = self.reader.readline()
        idle = self.plan.get("idle")
        try:
            line = await (asyncio.wait_for(read, idle) if idle else read)
        except asyncio.TimeoutError:
            report(event="idle")
            raise Dropped from None
        if not line.endswith(b"\n"):
            raise Dropped
        line = line.rstrip(b"\r\n").decode(errors="replace")
        report(event="command", line=line, secure=self.secure)
        return line

    async def serve(self):
        if not await self.act("connect", "220 mail.test ESMTP"):
            raise Dropped
        sender = recipients = None
        while True:
            line = await self.line()
            verb, _, rest = line.partition(" ")
            verb = verb.upper()
            if verb == "EHLO":
                offers = ["mail.test", "8BITMIME", "ENHANCEDSTATUSCODES", *self.plan.get("offers", [])]
                if self.plan["tls"] == "starttls" and not self.secure:
                    offers.append("STARTTLS")
                if self.plan.get("users"):
                    offers.append("AUTH PLAIN LOGIN")
                answer = [f"250-{offer}" for offer in offers[:-1]] + [f"250 {offers[-1]}"]
                await self.act("EHLO", "\r\n".join(answer))
            elif verb == "STARTTLS":
                injected = self.plan.get("injected", "")
                if await self.act("STARTTLS", "220 go" + ("\r\n" + injected.rstrip("\r\n") if injected else "")):
                    await self.writer.start_tls(context(self.plan))
                    self.secure = True
            elif verb == "AUTH":
                credentials = base64.b64decode(rest.partition(" ")[2]).decode().split("\0")
                known = self.plan["users"].get(credentials[1]) == credentials[2]
                await self.act("AUTH", "235 2.7.0 welcome" if known else "535 5.7.8 no")
            elif verb == "MAIL":
                if await self.act("MAIL", "250 2.1.0 ok"):
                    sender, recipients = rest, []
            elif verb == "RCPT":
                if await self.act("RCPT", "250 2.1.5 ok"):
                    recipients.append(rest)
            elif verb == "DATA":
                if not await self.act("DATA", "354 go on"):
                    continue
                data = []
                while (read := await self.reader.readline()) != b".\r\n":
                    if not read.endswith(b"\n"):
                        raise Dropped
                    data.append(read[1:] if read.startswith(b".") else read)
                ends = self.plan["at"].get("END", [])
                if ends and ends[0] == "accept-drop":
                    ends.pop(0)
                    report(event="mail", sender=sender, recipients=recipients, data=b"".join(data).decode())
                    raise Dropped
                if await self.act("END", "250 2.0.0 queued"):
                    report(event="mail", sender=sender, recipients=recipients, data=b"".join(data).decode())
                sender = recipients = None
            elif verb == "QUIT":
                await self.act("QUIT", "221 2.0.0 bye")
                raise Dropped
            else:
                await self.act(verb, "250 2.0.0 ok")


class Server:
    def __init__(self, plan):
        self.plan, self.open = plan, 0

    async def connected(self, reader, writer):
        self.open += 1
        report(event="connection", open=self.open)
        try:
            await Session(self, reader, writer).serve()
        except (Dropped, ConnectionError, ssl.SSLError, UnicodeDecodeError, asyncio.CancelledError):
            pass
        finally:
            self.open -= 1
            writer.transport.abort()


async def until_stdin_ends():
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


async def failing(plan):
    tls = context(plan) if plan["tls"] == "tls" else None
    server = await asyncio.start_server(Server(plan).connected, "127.0.0.1", 0, ssl=tls, limit=2**20)
    report(event="port", port=server.sockets[0].getsockname()[1])
    await until_stdin_ends()


async def real(plan):
    from aiosmtpd.smtp import SMTP, AuthResult

    class Handler:
        async def handle_DATA(self, server, session, envelope):
            report(
                event="mail",
                sender=envelope.mail_from,
                recipients=envelope.rcpt_tos,
                data=envelope.content.decode(),
                options=envelope.mail_options,
                user=(session.auth_data or b"").decode() if isinstance(session.auth_data, bytes) else session.auth_data,
                secure=server.transport.get_extra_info("ssl_object") is not None,
            )
            return "250 2.0.0 queued"

    def authenticator(server, session, envelope, mechanism, data):
        known = plan["users"].get(data.login.decode()) == data.password.decode()
        return AuthResult(success=known, auth_data=data.login.decode())

    def protocol():
        return SMTP(
            Handler(),
            enable_SMTPUTF8=True,
            tls_context=context(plan) if plan["tls"] == "starttls" else None,
            require_starttls=plan["tls"] == "starttls",
            authenticator=authenticator,
            auth_required=True,
            auth_require_tls=plan["tls"] == "starttls",
        )

    tls = context(plan) if plan["tls"] == "tls" else None
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, ssl=tls)
    report(event="port", port=server.sockets[0].getsockname()[1])
    await until_stdin_ends()


plan = {"tls": "none", "at": {}} | json.loads(sys.argv[1])
try:
    asyncio.run((real if plan.get("real") else failing)(plan))
except KeyboardInterrupt:
    pass
