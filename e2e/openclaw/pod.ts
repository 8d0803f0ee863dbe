import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { ConfigFolder, ContainerPlan } from '../../constructs/agent/plan.ts';
import {
  configFolder,
  configName,
  forwarderPort,
  gatewayPort,
  scriptFolder,
  stateFolder,
} from '../../constructs/runtimes/openclaw/layout.ts';
import { eventually } from '../eventually.ts';
import { command, place, type Running, run } from './program.ts';

type Program = Pick<ContainerPlan, 'name' | 'command' | 'args' | 'env'>;

/** What a plan, or a pod in `dist`, runs: OpenClaw comes first. */
export interface Programs {
  readonly containers: readonly [Program, ...Program[]];
  readonly folders?: readonly ConfigFolder[] | undefined;
}

/** The containers of a plan as processes of this machine, with the paths of the pod in a folder. */
export interface Pod {
  readonly gateway: Running;
  readonly containers: Readonly<Record<string, Running>>;
  /** A command in the container of OpenClaw, as a person would run it there. */
  openclaw(...args: readonly string[]): string;
  /** The configuration, as it lies there now. */
  config(): string;
  /** A process that runs what an exec probe runs; its exit status. */
  exec(probe: readonly string[]): Promise<number | null>;
  /** As the kubelet does. */
  stop(): Promise<void>;
  /** Ends what still runs, and takes its folder away. */
  remove(): Promise<void>;
}

/** What stands for the secret of a key. */
export const secretOf = (secret: string, key: string) => `e2e-${secret}-${key}-0123456789abcdef`;

/** An address of this machine that is not loopback, as the kubelet and other pods use; undefined where there is none. */
export const address = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

/**
 * Waits until nothing listens there: what was killed takes a moment to go.
 *
 * @throws Error when another program goes on listening, which would answer in place of OpenClaw
 */
function isFree(port: number): Promise<true> {
  return eventually(`port ${port} of this machine to be free`, 60, async () => {
    const server = createServer().listen(port);
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return true as const;
  });
}

/**
 * Starts the containers of a plan, the first one first, and waits until it is alive.
 *
 * @param replace texts of the configuration that have no meaning here: the address of a Service
 */
export async function startPod(
  start: string,
  plan: Programs,
  replace: Readonly<Record<string, string>> = {},
): Promise<Pod> {
  for (const port of [gatewayPort, forwarderPort]) await isFree(port);
  const { root, state, env } = place();
  const containers: Record<string, Running> = {};
  const files = (folder: string) => plan.folders?.find(({ name }) => name === folder)?.files ?? {};
  const paths = (container: Program): Record<string, string> => ({
    [configFolder]: join(root, container.name === 'executor' ? 'executor-config' : 'config'),
    [scriptFolder]: join(root, 'scripts'),
    [stateFolder]: container.name === 'executor' ? join(root, 'executor') : state,
  });
  const here = (text: string, map: Readonly<Record<string, string>>) =>
    Object.entries(map).reduce((all, [from, to]) => all.replaceAll(from, to), text);
  for (const folder of ['config', 'executor-config', 'scripts']) {
    mkdirSync(join(root, folder));
    for (const [name, text] of Object.entries(files(folder))) {
      writeFileSync(join(root, folder, name), here(text, { ...replace, [stateFolder]: state }), { mode: 0o444 });
    }
    // A ConfigMap volume cannot be written to either. (Root may write all the same.)
    chmodSync(join(root, folder), 0o555);
  }
  mkdirSync(join(root, 'executor'));
  mkdirSync(join(state, 'workspace'));
  const variables = (container: Program) => {
    const given = Object.entries(container.env).map(([name, value]) => [
      name,
      typeof value === 'string' ? here(value, paths(container)) : secretOf(value.secret, value.key),
    ]);
    return { ...env, ...Object.fromEntries(given), HOME: env.HOME ?? '' };
  };
  const launch = (container: Program) => {
    const [name, ...args] = [...(container.command ?? []), ...(container.args ?? [])].map((text) =>
      here(text, paths(container)),
    );
    containers[container.name] = run(name === 'openclaw' ? [start, ...args] : args, variables(container), root);
  };
  const stop = async () => {
    await Promise.all(Object.values(containers).map((each) => each.stop()));
  };
  const remove = async () => {
    await Promise.all(Object.values(containers).map((each) => each.kill()));
    rmSync(root, { recursive: true, force: true, maxRetries: 10 });
  };
  const [first, ...others] = plan.containers;
  try {
    // A container that ends is started again: on a busy machine OpenClaw kills its own worker when it is slow to answer.
    for (let left = 2, alive = false; !alive; left--) {
      launch(first);
      alive = await answers(`http://127.0.0.1:${gatewayPort}/healthz`, containers[first.name] as Running, left > 0);
    }
    for (const container of others) launch(container);
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    gateway: containers[first.name] as Running,
    containers,
    openclaw: (...args) => command(start, args, variables(first)),
    config: () => readFileSync(join(root, 'config', configName), 'utf8'),
    exec: ([, ...args]) => run(args, variables(first), root).exited,
    stop,
    remove,
  };
}

/** Waits until a URL answers 200; false when the program ends before, if it `may`. */
async function answers(url: string, gateway: Running, may: boolean): Promise<boolean> {
  let ended = false;
  gateway.exited.then(() => {
    ended = true;
  });
  for (const until = Date.now() + 300_000; Date.now() < until && !ended; ) {
    const ok = await fetch(url).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ok) return true;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  if (ended && may) return false;
  throw new Error(`OpenClaw did not come up:\n${gateway.log()}`);
}
