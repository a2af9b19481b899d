"""An ordinary discord.py bot. Arguments: the API base, the gateway's address, the token. What happens is told as JSON
lines. The library is the distribution's; only its two address constants are set."""

import io
import json
import sys

import discord
import yarl
from discord import app_commands

BASE, GATEWAY, TOKEN = sys.argv[1:4]
discord.http.Route.BASE = BASE
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(GATEWAY)


def tell(event, **more):
    print(json.dumps({"event": event, **more}), flush=True)


class Form(discord.ui.Modal, title="A form"):
    name = discord.ui.TextInput(label="Name")

    async def on_submit(self, interaction):
        await interaction.response.send_message(f"hello {self.name.value}")


class Panel(discord.ui.View):
    @discord.ui.button(label="Press", custom_id="press")
    async def press(self, interaction, button):
        await interaction.response.edit_message(content="pressed", view=None)


class Bot(discord.Client):
    def __init__(self):
        intents = discord.Intents.default()
        intents.message_content = True
        intents.members = True
        super().__init__(intents=intents)
        self.tree = app_commands.CommandTree(self)
        self.told = False

    async def on_ready(self):
        if self.told:
            return
        self.told = True
        guild = self.guilds[0]
        tell("ready", user=str(self.user.id), guild=str(guild.id), name=guild.name, channels=len(guild.channels),
             members=len(guild.members))
        self.tree.copy_global_to(guild=guild)
        commands = await self.tree.sync(guild=guild)
        tell("commands", names=sorted(c.name for c in commands))

    async def on_resumed(self):
        tell("resumed")

    async def on_member_join(self, member):
        tell("joined", name=member.name)

    async def on_reaction_add(self, reaction, user):
        tell("reaction", emoji=str(reaction.emoji), user=str(user.id))

    async def on_message(self, message):
        if message.author.bot:
            return
        tell("message", content=message.content, dm=message.guild is None, attachments=len(message.attachments))
        if message.content == "!ping":
            answer = await message.reply("pong", mention_author=False)
            await answer.add_reaction("✅")
            await answer.edit(content="pong, edited")
            tell("answered", id=str(answer.id))
        elif message.content == "!panel":
            embed = discord.Embed(title="Panel").add_field(name="a", value="b").set_footer(text="foot")
            await message.channel.send(embed=embed, view=Panel(),
                                       file=discord.File(io.BytesIO(b"line one\nline two\n"), "list.txt"))
        elif message.content in ("!dm", "!long"):
            try:
                if message.content == "!dm":
                    await message.author.send("in private")
                else:
                    await message.channel.send("x" * 2001)
            except discord.HTTPException as error:
                tell("refused", code=error.code)
        elif message.content == "!member":
            member = await message.guild.fetch_member(message.author.id)
            await message.guild.me.edit(nick="nicked")
            tell("member", name=member.name, roles=len(member.roles))
        elif message.content == "!history":
            tell("history", count=len([m async for m in message.channel.history(limit=10)]))


bot = Bot()


@bot.tree.command(description="answers in private")
async def hello(interaction: discord.Interaction):
    await interaction.response.send_message("only you see this", ephemeral=True)
    await interaction.followup.send("and this", ephemeral=True)


@bot.tree.command(description="shows a form")
async def form(interaction: discord.Interaction):
    await interaction.response.send_modal(Form())


@bot.tree.command(description="repeats")
async def say(interaction: discord.Interaction, text: str):
    await interaction.response.send_message(text)
    answer = await interaction.original_response()
    tell("said", id=str(answer.id))


@bot.tree.command(description="answers later")
async def slow(interaction: discord.Interaction):
    await interaction.response.defer()
    await interaction.edit_original_response(content="done at last")


bot.run(TOKEN, log_handler=None)
