import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConfigInput } from '../src/config.ts';
import { AgentProcess } from './agent-process.ts';
import type { Fault } from './faults.ts';
import type { MemoryLimit } from './memory-limit.ts';
import { nameIn } from './model.ts';
import { BotApi, type Delivery, Recorder } from './peers.ts';

export type Source = 'recorder' | 'telegram' | 'webhook';

interface Message {
  readonly name: string;
  readonly source: Source;
  /** The conversation, when the source has several. */
  readonly to: string;
  readonly remember: boolean;
  /** The service has the agent's word for it. */
  acknowledged: boolean;
}

export interface Verdict {
  readonly lost: readonly string[];
  /** Answers that differ, or that a channel with keys got under two keys. */
  readonly twice: readonly string[];
  /** Deliveries that a channel without keys got again. */
  readonly repeated: number;
  readonly problems: readonly string[];
}

const secret = 'not-a-secret-0123456789';

/** An agent's folder and configuration, its peers, and what was said to it. */
export class Scene {
  readonly folder: string;
  readonly state: string;
  readonly recorder = new Recorder();
  readonly bot = new BotApi();
  readonly messages: Message[] = [];
  agent: AgentProcess | undefined;
  readonly #number: number;
  readonly #config: string;
  readonly #hooks: number;
  readonly #posting: Promise<void>[] = [];
  readonly #answers = new Map<string, string[]>();
  readonly #read = { recorder: 0, bot: 0 };
  #closed = false;

  private constructor(number: number, folder: string, state: string, hooks: number) {
    this.folder = folder;
    this.state = state;
    this.#number = number;
    this.#config = join(folder, 'config.json');
    this.#hooks = hooks;
  }

  /** @param state where the agent's state is to be. Default: in a folder of its own */
  static async open(number: number, model: string, { state, ...changes }: Partial<ConfigInput> = {}): Promise<Scene> {
    const folder = mkdtempSync(join(tmpdir(), 'runtime-crash-'));
    const [hooks, status] = [await freePort(), await freePort()];
    const scene = new Scene(number, folder, state ?? join(folder, 'state'), hooks);
    await Promise.all([scene.recorder.up(), scene.bot.up()]);
    const key = join(folder, 'secret');
    writeFileSync(key, secret);
    mkdirSync(join(folder, 'workspace'));
    const config: ConfigInput = {
      agent: { name: 'crashed' },
      state: scene.state,
      workspace: join(folder, 'workspace'),
      models: {
        providers: { local: { api: 'openai-compatible', baseUrl: model } },
        chain: [{ provider: 'local', model: 'm' }],
        retrySeconds: [0, 0],
      },
      budget: { seconds: 30 },
      channels: {
        telegram: { token: { file: key }, allow: ['7'], apiRoot: scene.bot.url },
        webhook: {
          port: hooks,
          sources: {
            any: {
              format: 'generic',
              auth: { kind: 'bearer', secret: { file: key } },
              prompt: 'Say what it is.',
              deliverTo: { channel: 'telegram', to: '8' },
              perMinute: 100_000,
            },
          },
        },
      },
      tools: { memory: { maxBytes: 65_536 } },
      http: { host: '127.0.0.1', port: status },
      shutdownSeconds: 10,
      ...changes,
    };
    writeFileSync(scene.#config, JSON.stringify(config));
    return scene;
  }

  start(fault?: Fault, limit?: MemoryLimit): AgentProcess {
    this.agent = new AgentProcess(this.#config, this.recorder.url, fault, limit);
    return this.agent;
  }

  /** Somebody says something; a service that is not heard says it again. */
  say(source: Source, { to = 'a', remember = false, words = 'hello' } = {}): void {
    const name = `m${this.#number}-${this.messages.length}`;
    const message = { name, source, to, remember, acknowledged: source !== 'webhook' };
    this.messages.push(message);
    const text = `${remember ? 'remember' : words} ${name}`;
    if (source === 'recorder') this.recorder.add({ id: name, to, text });
    else if (source === 'telegram') this.bot.add(7, text);
    else this.#posting.push(this.#post(message, text));
  }

  async #post(message: Message, text: string): Promise<void> {
    while (!this.#closed) {
      const status = await fetch(`http://127.0.0.1:${this.#hooks}/hooks/any`, {
        method: 'POST',
        body: text,
        headers: { authorization: `Bearer ${secret}`, 'idempotency-key': message.name, connection: 'close' },
      }).then(
        async (response) => {
          await response.arrayBuffer();
          return response.status;
        },
        () => 0,
      );
      if (status === 202 || status === 200) {
        message.acknowledged = true;
        return;
      }
      await sleep(50);
    }
  }

  /** What each message was answered with, in the order of delivery: key and text, or the text where there are no keys. */
  #heard(): Map<string, string[]> {
    const { deliveries } = this.recorder;
    const { sent } = this.bot;
    const add = (name: string | undefined, text: string) => {
      if (name !== undefined) this.#answers.set(name, [...(this.#answers.get(name) ?? []), text]);
    };
    for (; this.#read.recorder < deliveries.length; this.#read.recorder += 1) {
      const { key, text } = deliveries[this.#read.recorder] as Delivery;
      add(/^recorder:(m\d+-\d+)\//.exec(key)?.[1], `${key} ${text}`);
    }
    for (; this.#read.bot < sent.length; this.#read.bot += 1) {
      const text = sent[this.#read.bot] as string;
      add(nameIn(text), text);
    }
    return this.#answers;
  }

  /** Of the recorder's message with this number: the texts of its deliveries. */
  answersTo(index: number): readonly string[] {
    return this.#heard().get(this.messages[index]?.name ?? '') ?? [];
  }

  get answered(): number {
    return this.#heard().size;
  }

  /** Waits until every message has its answer; false when that takes longer than anything here should, or the agent ends. */
  async settled(seconds = 120): Promise<boolean> {
    for (let tries = seconds * 50; tries > 0; tries -= 1) {
      if (this.answered === this.messages.length && this.messages.every(({ acknowledged }) => acknowledged))
        return true;
      if (this.agent?.running !== true) return false;
      await sleep(20);
    }
    return false;
  }

  /** Stops the agent as Kubernetes does, and looks at what is left. */
  async verdict(): Promise<Verdict> {
    const problems: string[] = [];
    if (this.agent?.running === true) {
      this.agent.kill('SIGTERM');
      const { code, signal } = await this.agent.exit;
      if (code !== 0) problems.push(`ended with ${code ?? signal} after SIGTERM`);
    }
    const lost: string[] = [];
    const twice: string[] = [];
    let repeated = 0;
    for (const { name, source } of this.messages) {
      const texts = this.#heard().get(name);
      if (texts === undefined) {
        lost.push(`${source} ${name}`);
        continue;
      }
      if (new Set(texts).size !== 1) twice.push(`${source} ${name}: ${[...new Set(texts)].join(' | ')}`);
      if (source !== 'recorder') repeated += texts.length - 1;
    }
    problems.push(...this.#order(), ...this.#left());
    return { lost, twice, repeated, problems };
  }

  /** Conversations whose answers did not come in the order of their messages. */
  #order(): string[] {
    const lanes = new Map<string, string[]>();
    for (const { name, source, to } of this.messages) {
      // Requests that are sent again have no order, and Telegram's operator writes in one chat.
      if (source === 'webhook') continue;
      const lane = source === 'telegram' ? source : `${source} ${to}`;
      lanes.set(lane, [...(lanes.get(lane) ?? []), name]);
    }
    // Names in the order of their first answer.
    const heard = [...this.#heard().keys()];
    const problems: string[] = [];
    for (const [lane, said] of lanes) {
      const names = new Set(said);
      const order = heard.filter((name) => names.has(name));
      const arrived = new Set(order);
      if (order.join() !== said.filter((name) => arrived.has(name)).join())
        problems.push(`${lane}: out of order: ${order.slice(0, 20).join(' ')}`);
    }
    return problems;
  }

  /** What a stopped agent should not leave behind. */
  #left(): string[] {
    const database = new DatabaseSync(join(this.state, 'agent.db'));
    const problems: string[] = [];
    const { integrity_check } = database.prepare('PRAGMA integrity_check').get() as { integrity_check: string };
    if (integrity_check !== 'ok') problems.push(`the database is damaged: ${integrity_check}`);
    const open = database.prepare(`SELECT queue, id, state, error FROM message WHERE state <> 'done'`).all();
    for (const { queue, id, state, error } of open) problems.push(`left in the ${queue}: ${id} ${state} ${error}`);
    database.close();
    const wanted = this.messages.filter(({ remember }) => remember).map(({ name }) => `note of ${name}`);
    if (wanted.length > 0) {
      const notes = readFileSync(join(this.state, 'MEMORY.md'), 'utf8').match(/note of m\d+-\d+/g) ?? [];
      if (notes.toSorted().join() !== wanted.toSorted().join()) problems.push(`the memory has ${notes.join(', ')}`);
    }
    return problems;
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.agent?.running === true) {
      this.agent.kill('SIGKILL');
      await this.agent.exit;
    }
    await Promise.all([this.recorder.down(), this.bot.down(), ...this.#posting]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
