// How all scripts connect. The first two arguments are the version (4 or 5) and the port; the environment may have
// ROUTE (tcp, tls, ws, wss) and CA (a PEM file).
const { readFileSync } = require('node:fs');
const mqtt = require('mqtt');

const [version, port, ...rest] = process.argv.slice(2);

exports.rest = rest;

const routes = {
  tcp: () => ({ host: '127.0.0.1' }),
  tls: () => ({ protocol: 'mqtts', host: 'localhost', ca: readFileSync(process.env.CA) }),
  ws: () => ({ protocol: 'ws', host: '127.0.0.1', path: '/mqtt' }),
  wss: () => ({ protocol: 'wss', host: 'localhost', path: '/mqtt', wsOptions: { ca: readFileSync(process.env.CA) } }),
};

exports.connect = (options) =>
  mqtt.connect({
    port: Number(port),
    protocolVersion: Number(version),
    reconnectPeriod: 100,
    ...routes[process.env.ROUTE ?? 'tcp'](),
    ...options,
  });

// The options of a session that outlives its connection.
exports.durable = Number(version) === 5 ? { clean: false, properties: { sessionExpiryInterval: 3600 } } : { clean: false };
