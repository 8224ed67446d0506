// publish.js VERSION PORT TOPIC QOS RETAIN: publishes each line of its input, and ends when all is acknowledged.
const { createInterface } = require('node:readline');
const { connect, rest } = require('./connect');

const [topic, qos, retain] = rest;

async function main() {
  const client = connect({});
  for await (const line of createInterface({ input: process.stdin })) {
    await client.publishAsync(topic, line, { qos: Number(qos), retain: retain === 'true' });
  }
  await client.endAsync();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
