// discord.js as the bench's measure: BENCH_BOTS clients in one process, each answers `!ping`.
const { Client, GatewayIntentBits } = require("discord.js");

const { BENCH_API, BENCH_FIRST, BENCH_BOTS } = process.env;
const first = Number(BENCH_FIRST);
const rss = () => Math.round(process.memoryUsage().rss / 1024);

function start(n) {
  const client = new Client({
    intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.MessageContent],
    rest: { api: `${BENCH_API}/api` },
  });
  client.on("messageCreate", (message) => {
    if (!message.author.bot && message.content === "!ping") message.reply("pong").catch(() => {});
  });
  return new Promise((resolve, reject) => {
    client.once("clientReady", resolve);
    client.once("ready", resolve);
    client.login(`token-${n}`).catch(reject);
  });
}

async function main() {
  await start(first); // what the first one brings along is not counted
  const none = rss();
  const others = Number(BENCH_BOTS) - 1;
  for (let n = 0; n < others; n += 20)
    await Promise.all(Array.from({ length: Math.min(20, others - n) }, (unused, i) => start(first + 1 + n + i)));
  await new Promise((resolve) => setTimeout(resolve, 500));
  console.log(JSON.stringify({ rss_none: none, rss: rss() }));
}

process.emitWarning = () => {};
process.stdin.on("end", () => process.exit(0)).resume();
main().catch((error) => {
  console.error(error);
  process.exit(1);
});
