/**
 * The real PicoClaw with the configuration of `picoClaw()`, as uid 65534 and on loopback alone. Needs root, util-linux,
 * iproute2, and E2E_PICOCLAW: the program `picoclaw` 0.2.9.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { picoClaw } from '../constructs/index.ts';
import { debugging, diagrams, exposure, models, wiring } from '../constructs/runtimes/testing/wirings.ts';
import { announceSkip, missing } from './environment.ts';
import { LonelyProgram, needed } from './lonely-program.ts';

const skip = missing({ programs: needed, env: ['E2E_PICOCLAW'] });
announceSkip('PicoClaw starts with the configuration that its adapter makes', skip);

const uid = 65534;
const port = 18790;

// Without the channels: there is no network to connect them.
const plan = picoClaw().plan(wiring({ model: models, tools: [diagrams], skills: [debugging], exposure }));

describe.skipIf(skip)('PicoClaw', () => {
  let root: string;
  let program: string;
  let config: string;
  let running: LonelyProgram;

  const folder = (name: string) => {
    const path = join(root, name);
    mkdirSync(path);
    chownSync(path, uid, uid);
    return path;
  };
  const start = (name: string, text: string) => {
    const home = folder(name);
    const file = join(home, 'config.json');
    // The program sees the folders of the pod at other places here.
    writeFileSync(file, text.replaceAll('"/workspace"', JSON.stringify(join(home, 'workspace'))));
    chownSync(file, uid, uid);
    chmodSync(file, 0o400);
    const env = {
      HOME: home,
      PICOCLAW_HOME: home,
      PICOCLAW_CONFIG: file,
      PICOCLAW_BUILTIN_SKILLS: folder(`${name}-skills`),
    };
    return new LonelyProgram({ command: [program, 'gateway'], env, uid, cwd: home });
  };

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'picoclaw-'));
    chmodSync(root, 0o755);
    program = join(root, 'picoclaw');
    copyFileSync(process.env.E2E_PICOCLAW ?? '', program);
    chmodSync(program, 0o755);
    // The init container's own script makes the file.
    const template = folder('template');
    const rendered = join(folder('rendered'), 'config.json');
    for (const [name, text] of Object.entries(plan.folders?.[0]?.files ?? {}))
      writeFileSync(join(template, name), text);
    const { command = [], env = {} } = plan.init?.[0] ?? {};
    const names = command.slice(4);
    execFileSync('/bin/sh', [join(template, 'render.sh'), join(template, 'config.json'), rendered, ...names], {
      env: Object.fromEntries(
        Object.keys(env).map((name) => [name, name === 'LC_ALL' ? 'C' : `dummy-${name.replaceAll('_', '-')}`]),
      ),
    });
    config = readFileSync(rendered, 'utf8');
    running = start('home', config);
    await running.ready(port, '/health');
  });

  afterAll(() => {
    running?.dispose();
    if (root) rmSync(root, { recursive: true });
  });

  test('answers the probes', async () => {
    const health = await running.get(port, '/health');
    expect([health.status, JSON.parse(health.body).status]).toEqual([200, 'ok']);
    const ready = await running.get(port, '/ready');
    expect([ready.status, JSON.parse(ready.body).status]).toEqual([200, 'ready']);
  });

  test('runs as another user without capabilities, and without a secret in its environment', () => {
    expect(running.proc('status')).toMatch(new RegExp(`^Uid:\\t${uid}\\t${uid}\\t${uid}\\t${uid}$`, 'm'));
    expect(running.proc('status')).toMatch(/^CapEff:\t0{16}$/m);
    expect(running.proc('environ')).not.toContain('dummy-');
  });

  test('admits nobody to its socket without the token', async () => {
    expect((await running.get(port, '/pico/ws')).status).toBe(401);
  });

  test('refuses an unknown key, so that a typing error of ours would be seen', async () => {
    const refused = start('refused', config.replace('"version": 3', '"version": 3, "chanels": {}'));
    expect(await refused.exited).not.toBe(0);
    expect(refused.log).toContain('contains unknown field(s): chanels');
  });

  test('ends by itself when it is asked to, without a secret in its log', async () => {
    expect(await running.stop()).toBe(0);
    expect(running.log).not.toContain('dummy-');
  });
});
