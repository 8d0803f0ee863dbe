// Takes the connections of the cluster's gateway and hands them to OpenClaw on loopback, which trusts loopback alone.
// Arguments: the port to listen on, and OpenClaw's.
import { createServer, request } from 'node:http';
import { isIP } from 'node:net';

const [port, target] = process.argv.slice(2).map(Number);

/** Headers as pairs, without those whose names match. */
function without(rawHeaders, names) {
  const kept = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (!names.test(rawHeaders[index])) kept.push(rawHeaders[index], rawHeaders[index + 1]);
  }
  return kept;
}

const plain = (address) => address.replace(/^::ffff:(?=\d+\.)/i, '');

/** The client as the gateway in front saw it: the entry that the gateway itself added, which is the last one. */
function clientOf({ headers, socket }) {
  const last = plain((headers['x-forwarded-for'] ?? '').split(',').at(-1).trim());
  const local = /^(127\.|0\.|::1?$)/.test(last);
  return isIP(last) && !local ? last : plain(socket.remoteAddress ?? '');
}

/**
 * What anybody in front said about the client is left out and said anew in one header, which is never missing: OpenClaw
 * takes a request from loopback without it for one of its own host, and pairs its device without asking.
 */
function forward(incoming, hop) {
  const headers = without(incoming.rawHeaders, hop);
  headers.push('X-Forwarded-For', clientOf(incoming));
  return request({
    host: '127.0.0.1',
    port: target,
    method: incoming.method,
    path: incoming.url,
    headers,
    agent: false,
  });
}

const server = createServer({ requestTimeout: 0, keepAliveTimeout: 0 }, (incoming, answer) => {
  const outgoing = forward(incoming, /^(connection|forwarded|x-forwarded-.*|x-real-ip)$/i);
  outgoing.on('response', (response) => {
    answer.writeHead(
      response.statusCode,
      response.statusMessage,
      without(response.rawHeaders, /^(connection|keep-alive)$/i),
    );
    response.on('error', () => answer.destroy());
    response.pipe(answer);
  });
  outgoing.on('error', () => {
    if (answer.headersSent) answer.destroy();
    else answer.writeHead(502, { 'Content-Type': 'text/plain' }).end('OpenClaw does not answer\n');
  });
  answer.on('close', () => outgoing.destroy());
  incoming.pipe(outgoing);
});

server.on('upgrade', (incoming, socket, head) => {
  const outgoing = forward(incoming, /^(forwarded|x-forwarded-.*|x-real-ip)$/i);
  const end = () => {
    socket.destroy();
    outgoing.destroy();
  };
  const start = ({ statusCode, statusMessage }, rawHeaders) => {
    const lines = rawHeaders.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`));
    socket.write(`HTTP/1.1 ${statusCode} ${statusMessage}\r\n${lines.join('')}\r\n`);
  };
  socket.on('error', end);
  outgoing.on('error', end);
  outgoing.on('upgrade', (response, peer, first) => {
    peer.on('error', end);
    // Of a WebSocket, half a connection is none.
    socket.on('end', () => socket.end());
    socket.on('close', () => peer.destroy());
    peer.on('close', () => socket.destroy());
    start(response, response.rawHeaders);
    socket.write(first);
    peer.write(head);
    peer.pipe(socket).pipe(peer);
  });
  outgoing.on('response', (response) => {
    const headers = without(response.rawHeaders, /^(connection|keep-alive|transfer-encoding)$/i);
    start(response, [...headers, 'Connection', 'close']);
    response.pipe(socket);
  });
  outgoing.end();
});

server.listen(port, () => console.log(`forwarding port ${port} to port ${target} of loopback`));
// Open WebSockets end with the pod: OpenClaw tells its clients before it goes.
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
