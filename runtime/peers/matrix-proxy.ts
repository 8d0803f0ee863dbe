import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Between the agent and its homeserver: answers for the server when the state of one room is asked for. */
export class StateRefusingProxy {
  readonly #server: Server;
  /** The room's id; undefined when nothing is refused. */
  refused: string | undefined;

  private constructor(target: string, refused: string) {
    this.refused = refused;
    this.#server = createServer((incoming, outgoing) => {
      const path = decodeURIComponent((incoming.url ?? '').split('?')[0] ?? '');
      if (this.refused !== undefined && path.endsWith(`/rooms/${this.refused}/state`)) {
        outgoing.writeHead(403, { 'content-type': 'application/json' });
        outgoing.end(JSON.stringify({ errcode: 'M_FORBIDDEN', error: 'not in the room' }));
        return;
      }
      const { method, headers, url } = incoming;
      const onward = request(new URL(url ?? '', target), { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      onward.once('error', () => outgoing.destroy());
      outgoing.once('close', () => onward.destroy());
      incoming.pipe(onward);
    });
  }

  static async start(target: string, refused: string): Promise<StateRefusingProxy> {
    const proxy = new StateRefusingProxy(target, refused);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
