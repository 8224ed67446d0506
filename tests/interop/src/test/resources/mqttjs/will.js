// will.js VERSION PORT CLIENT TOPIC PAYLOAD: connects with a will, says "connected", and stays.
const { connect, rest } = require('./connect');

const [clientId, topic, payload] = rest;
const client = connect({ clientId, reconnectPeriod: 0, will: { topic, payload, qos: 1, retain: false } });

client.on('connect', () => console.log('connected'));
client.on('error', (error) => console.error(error));
setInterval(() => {}, 60_000);
process.on('SIGTERM', () => process.exit(0));
