/** A browser in a pod, driven over the Chrome DevTools Protocol through the API server. Needs kubectl. */
import { execa } from 'execa';

function portForward(namespace: string, pod: string, port: number) {
  return execa('kubectl', ['-n', namespace, 'port-forward', `pod/${pod}`, `:${port}`], { reject: false });
}

export class Devtools {
  readonly #forward: ReturnType<typeof portForward>;
  readonly #base: string;
  #socket: WebSocket | undefined;
  #id = 0;

  private constructor(forward: ReturnType<typeof portForward>, base: string) {
    this.#forward = forward;
    this.#base = base;
  }

  /** Reaches a port of a pod's loopback. */
  static async forward(namespace: string, pod: string, port: number): Promise<Devtools> {
    const forward = portForward(namespace, pod, port);
    const local = await new Promise<string>((found, failed) => {
      forward.stdout.on('data', (chunk) => {
        const match = /127\.0\.0\.1:(\d+)/.exec(String(chunk));
        if (match?.[1]) found(match[1]);
      });
      void forward.then(() => failed(new Error('kubectl port-forward ended')));
    });
    return new Devtools(forward, `127.0.0.1:${local}`);
  }

  /** Opens a page, which the commands below are about. */
  async open(url: string): Promise<void> {
    const answer = await fetch(`http://${this.#base}/json/new?${encodeURIComponent(url)}`, { method: 'PUT' });
    const { id } = (await answer.json()) as { id: string };
    const socket = new WebSocket(`ws://${this.#base}/devtools/page/${id}`);
    await new Promise((opened, failed) => {
      socket.addEventListener('open', opened);
      socket.addEventListener('error', () => failed(new Error('the page takes no connection')));
    });
    this.#socket = socket;
  }

  /** The value of an expression in the page. */
  async evaluate(expression: string): Promise<unknown> {
    const { result } = (await this.#send('Runtime.evaluate', { expression })) as { result: { value: unknown } };
    return result.value;
  }

  /** Goes to another address. @returns why that failed; undefined when it did not */
  async navigate(url: string): Promise<string | undefined> {
    return ((await this.#send('Page.navigate', { url })) as { errorText?: string }).errorText;
  }

  async close(): Promise<void> {
    this.#socket?.close();
    this.#forward.kill();
    await this.#forward;
  }

  #send(method: string, params: object): Promise<unknown> {
    const socket = this.#socket;
    if (!socket) throw new Error('no page is open');
    this.#id += 1;
    const id = this.#id;
    return new Promise((answered, failed) => {
      const listen = ({ data }: MessageEvent) => {
        const message = JSON.parse(String(data)) as { id?: number; result?: unknown; error?: { message: string } };
        if (message.id !== id) return;
        socket.removeEventListener('message', listen);
        if (message.error) failed(new Error(`${method}: ${message.error.message}`));
        else answered(message.result);
      };
      socket.addEventListener('message', listen);
      socket.send(JSON.stringify({ id, method, params }));
    });
  }
}
