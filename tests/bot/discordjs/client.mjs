// An ordinary discord.js bot. Its only arguments are the API base and the token; what happens is told as JSON lines.
import {
  ActionRowBuilder,
  ButtonBuilder,
  ButtonStyle,
  Client,
  Events,
  GatewayIntentBits,
  MessageFlags,
  ModalBuilder,
  Partials,
  TextInputBuilder,
  TextInputStyle,
} from 'discord.js';

const [base, token] = process.argv.slice(2);
const tell = (event, more = {}) => process.stdout.write(JSON.stringify({ event, ...more }) + '\n');

const client = new Client({
  intents: [
    GatewayIntentBits.Guilds,
    GatewayIntentBits.GuildMessages,
    GatewayIntentBits.GuildMessageReactions,
    GatewayIntentBits.MessageContent,
    GatewayIntentBits.GuildMembers,
    GatewayIntentBits.DirectMessages,
  ],
  partials: [Partials.Channel],
  rest: { api: base.replace(/\/v10$/, '') },
});

client.on(Events.Debug, (text) => {
  if (/Compression|compress/.test(text)) tell('debug', { text });
});
client.on(Events.ShardResume, (id, replayed) => tell('resumed', { replayed }));
client.on(Events.ShardDisconnect, (event) => tell('disconnected', { code: event.code }));
client.on(Events.Error, (error) => tell('error', { text: String(error) }));
client.on(Events.GuildMemberAdd, (member) => tell('joined', { name: member.user.username }));
client.on(Events.MessageReactionAdd, (reaction, user) => tell('reaction', { emoji: reaction.emoji.name, user: user.id }));

client.once(Events.ClientReady, async () => {
  const guild = client.guilds.cache.first();
  tell('ready', { user: client.user.id, guild: guild.id, name: guild.name, channels: guild.channels.cache.size });
  const commands = await guild.commands.set([
    { name: 'hello', description: 'answers in private' },
    { name: 'form', description: 'shows a form' },
    {
      name: 'say',
      description: 'repeats',
      options: [{ name: 'text', description: 'what', type: 3, required: true }],
    },
    { name: 'slow', description: 'answers later' },
  ]);
  tell('commands', { names: [...commands.values()].map((c) => c.name).sort() });
});

client.on(Events.MessageCreate, async (message) => {
  if (message.author.bot) return;
  tell('message', { content: message.content, dm: !message.guild, attachments: message.attachments.size });
  if (message.content === '!ping') {
    const answer = await message.reply({ content: 'pong', allowedMentions: { parse: [] } });
    await answer.react('✅');
    await answer.edit('pong, edited');
    tell('answered', { id: answer.id });
  }
  if (message.content === '!panel') {
    const button = new ButtonBuilder().setCustomId('press').setLabel('Press').setStyle(ButtonStyle.Primary);
    await message.channel.send({
      embeds: [{ title: 'Panel', fields: [{ name: 'a', value: 'b', inline: true }], footer: { text: 'foot' } }],
      components: [new ActionRowBuilder().addComponents(button)],
      files: [{ attachment: Buffer.from('line one\nline two\n'), name: 'list.txt' }],
    });
  }
  if (message.content === '!dm') await message.author.send('in private').catch((e) => tell('refused', { code: e.code }));
  if (message.content === '!long')
    await message.channel.send('x'.repeat(2001)).catch((e) => tell('refused', { code: e.code }));
  if (message.content === '!member') {
    const member = await message.guild.members.fetch(message.author.id);
    await message.guild.members.me.setNickname('nicked');
    tell('member', { name: member.user.username, roles: member.roles.cache.size });
  }
  if (message.content === '!history') {
    const list = await message.channel.messages.fetch({ limit: 10 });
    tell('history', { count: list.size });
  }
});

client.on(Events.InteractionCreate, async (interaction) => {
  tell('interaction', { type: interaction.type });
  if (interaction.isChatInputCommand() && interaction.commandName === 'hello') {
    await interaction.reply({ content: 'only you see this', flags: MessageFlags.Ephemeral });
    await interaction.followUp({ content: 'and this', flags: MessageFlags.Ephemeral });
  } else if (interaction.isChatInputCommand() && interaction.commandName === 'say') {
    const answer = await interaction.reply({ content: interaction.options.getString('text'), withResponse: true });
    tell('said', { id: answer.resource.message.id });
  } else if (interaction.isChatInputCommand() && interaction.commandName === 'slow') {
    await interaction.deferReply();
    await interaction.editReply('done at last');
  } else if (interaction.isChatInputCommand() && interaction.commandName === 'form') {
    const input = new TextInputBuilder().setCustomId('name').setLabel('Name').setStyle(TextInputStyle.Short);
    const modal = new ModalBuilder()
      .setCustomId('the-form')
      .setTitle('A form')
      .addComponents(new ActionRowBuilder().addComponents(input));
    await interaction.showModal(modal);
  } else if (interaction.isModalSubmit()) {
    await interaction.reply(`hello ${interaction.fields.getTextInputValue('name')}`);
  } else if (interaction.isButton()) {
    await interaction.update({ content: 'pressed', components: [] });
  }
});

await client.login(token);
