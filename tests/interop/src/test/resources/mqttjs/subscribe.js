// subscribe.js VERSION PORT CLIENT DURABLE FILTER QOS: says "subscribed", then each payload on a line, until SIGTERM.
const { connect, durable, rest } = require('./connect');

const [clientId, isDurable, filter, qos] = rest;
const client = connect({ clientId, ...(isDurable === 'true' ? durable : {}) });

client.on('message', (_, payload) => console.log(payload.toString()));
client.on('error', (error) => console.error(error));
client.subscribe(filter, { qos: Number(qos) }, (error) => {
  if (error) {
    console.error(error);
    process.exit(1);
  }
  console.log('subscribed');
});
process.on('SIGTERM', () => client.end(() => process.exit(0)));
