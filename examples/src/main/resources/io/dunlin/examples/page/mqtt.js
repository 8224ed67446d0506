// A subscriber for MQTT 5.0 over WebSocket, as small as one can be: QoS 0, no properties. For more take a library.

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** A UTF-8 Encoded String (MQTT 5.0 §1.5.4). */
function string(value) {
  const bytes = utf8.encode(value);
  return [bytes.length >> 8, bytes.length & 0xff, ...bytes];
}

/** A packet: its first byte, the length of its body as a Variable Byte Integer (§1.5.5), the body. */
function packet(first, body) {
  const length = [];
  let left = body.length;
  do {
    length.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
    left >>= 7;
  } while (left > 0);
  return new Uint8Array([first, ...length, ...body]);
}

/** Reads a Variable Byte Integer: its value, and where it ends. Null while bytes of it are missing. */
function variable(bytes, at) {
  let value = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    if (at >= bytes.length) {
      return null;
    }
    value |= (bytes[at] & 0x7f) << shift;
    if ((bytes[at++] & 0x80) === 0) {
      return { value, end: at };
    }
  }
  throw new Error('a length of more than four bytes');
}

/**
 * Subscribes, and goes on doing so: a lost connection is made anew after a second.
 *
 * @param url where the broker is
 * @param filters topic filters
 * @param onMessage called with topic and payload, both strings
 * @param onState called with true when subscribed, false when the connection is lost
 */
export function subscribe(url, filters, onMessage, onState) {
  const socket = new WebSocket(url, 'mqtt');
  socket.binaryType = 'arraybuffer';
  let rest = new Uint8Array(0);
  let ping;

  socket.onopen = () => {
    const cleanStart = 2;
    const keepAliveSeconds = 30;
    const clientId = string('');
    socket.send(packet(0x10, [...string('MQTT'), 5, cleanStart, 0, keepAliveSeconds, 0, ...clientId]));
    ping = setInterval(() => socket.send(packet(0xc0, [])), (keepAliveSeconds * 1000) / 2);
  };

  socket.onmessage = (event) => {
    // A frame may hold a part of a packet, or several.
    const came = new Uint8Array(event.data);
    const bytes = new Uint8Array(rest.length + came.length);
    bytes.set(rest);
    bytes.set(came, rest.length);
    let at = 0;
    for (;;) {
      const length = at < bytes.length ? variable(bytes, at + 1) : null;
      if (length === null || length.end + length.value > bytes.length) {
        break;
      }
      handle(bytes[at], bytes.subarray(length.end, length.end + length.value));
      at = length.end + length.value;
    }
    rest = bytes.slice(at);
  };

  function handle(first, body) {
    switch (first >> 4) {
      case 2: // CONNACK
        if (body[1] !== 0) {
          throw new Error('refused with 0x' + body[1].toString(16));
        }
        socket.send(packet(0x82, [0, 1, 0, ...filters.flatMap((filter) => [...string(filter), 0])]));
        onState(true);
        break;
      case 3: { // PUBLISH
        const topicEnd = 2 + (body[0] << 8) + body[1];
        const properties = variable(body, topicEnd);
        onMessage(text.decode(body.subarray(2, topicEnd)), text.decode(body.subarray(properties.end + properties.value)));
        break;
      }
    }
  }

  socket.onclose = () => {
    clearInterval(ping);
    onState(false);
    setTimeout(() => subscribe(url, filters, onMessage, onState), 1000);
  };
}
