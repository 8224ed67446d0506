// How all scripts connect. The first two arguments are the version (4 or 5) and the port; the environment may have
// ROUTE (tcp, tls, mutual_tls, ws, wss, unix) and ROUTE_DIRECTORY with the files that it needs.
const { readFileSync } = require('node:fs');
const mqtt = require('mqtt');

const [version, port, ...rest] = process.argv.slice(2);

exports.rest = rest;

const file = (name) => readFileSync(`${process.env.ROUTE_DIRECTORY}/${name}`);

const routes = {
  tcp: () => ({ host: '127.0.0.1' }),
  tls: () => ({ protocol: 'mqtts', host: 'localhost', ca: file('server.pem') }),
  mutual_tls: () => ({ ...routes.tls(), cert: file('client.pem'), key: file('client.key') }),
  ws: () => ({ protocol: 'ws', host: '127.0.0.1', path: '/mqtt' }),
  wss: () => ({ protocol: 'wss', host: 'localhost', path: '/mqtt', wsOptions: { ca: file('server.pem') } }),
  unix: () => ({}),
};

exports.connect = (more) => {
  const route = process.env.ROUTE ?? 'tcp';
  const options = { protocolVersion: Number(version), reconnectPeriod: 100, ...routes[route](), ...more };
  return route === 'unix'
    ? mqtt.connect(`mqtt+unix://${process.env.ROUTE_DIRECTORY}/socket`, options)
    : mqtt.connect({ port: Number(port), ...options });
};

// The options of a session that outlives its connection.
exports.durable = Number(version) === 5 ? { clean: false, properties: { sessionExpiryInterval: 3600 } } : { clean: false };
