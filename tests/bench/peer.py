"""discord.py as the bench's measure: BENCH_BOTS clients in one process, each answers `!ping`."""

import asyncio
import gc
import json
import os
import re
import sys

import discord
import discord.gateway
import discord.http

API, GATEWAY = os.environ["BENCH_API"], os.environ["BENCH_GATEWAY"]
FIRST, BOTS = int(os.environ["BENCH_FIRST"]), int(os.environ["BENCH_BOTS"])


def rss():
    gc.collect()
    with open("/proc/self/smaps_rollup", encoding="ascii") as f:
        return int(re.search(r"^Rss:\s+(\d+)", f.read(), re.M).group(1))


class Bot(discord.Client):
    async def on_message(self, message):
        if not message.author.bot and message.content == "!ping":
            await message.reply("pong")


async def start(n):
    intents = discord.Intents(guilds=True, guild_messages=True, message_content=True)
    bot = Bot(intents=intents)
    task = asyncio.create_task(bot.start(f"token-{n}"))
    waiting = asyncio.create_task(bot.wait_until_ready())
    while not waiting.done():
        if task.done():
            task.result()
        await asyncio.sleep(0.01)
    return bot


async def main():
    discord.http.Route.BASE = f"{API}/api/v10"
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = discord.gateway.yarl.URL(GATEWAY)
    bots = [await start(FIRST)]
    none = rss()
    for n in range(1, BOTS, 20):
        bots += await asyncio.gather(*(start(FIRST + i) for i in range(n, min(n + 20, BOTS))))
    print(json.dumps({"rss_none": none, "rss": rss()}), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)


asyncio.run(main())
