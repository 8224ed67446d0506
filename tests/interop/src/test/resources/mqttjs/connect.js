// How all scripts connect. The first two arguments are the version (4 or 5) and the port.
const mqtt = require('mqtt');

const [version, port, ...rest] = process.argv.slice(2);

exports.rest = rest;

exports.connect = (options) =>
  mqtt.connect({
    host: '127.0.0.1',
    port: Number(port),
    protocolVersion: Number(version),
    reconnectPeriod: 100,
    ...options,
  });

// The options of a session that outlives its connection.
exports.durable = Number(version) === 5 ? { clean: false, properties: { sessionExpiryInterval: 3600 } } : { clean: false };
