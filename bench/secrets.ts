import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { recipient, writeFleet } from './fleet.ts';
import { median, run, type Sample } from './measure.ts';

/** A command that nothing is compared with: it has a time that it must not exceed. */
export interface TargetResult {
  readonly name: string;
  readonly targetMs: number;
  readonly samples: readonly Sample[];
}

const root = resolve(import.meta.dirname, '..');

/** Two secrets of each agent. */
const agents = 500;

/** Measures the commands for secrets, in repositories below a folder. Programs read the results by these names. */
export async function measureSecrets(folder: string, runs: number): Promise<TargetResult[]> {
  const many = join(folder, 'secrets-many');
  writeFleet(many, agents, root);
  await encryptAll(join(many, 'clusters/bench/secrets'));
  const one = join(folder, 'secrets-one');
  writeFleet(one, 1, root);
  const file = join(one, 'clusters/bench/secrets/team-0/agent-0-anthropic.yaml');
  const env = { NODE_COMPILE_CACHE: join(folder, 'compile-cache'), CHITIN_SOPS: 'embedded', VALUE: 'made up' };
  const chitin = (cwd: string, ...args: readonly string[]) =>
    run({ args: [join(root, 'scripts/chitin.ts'), 'secrets', ...args], cwd, env });
  const verify = () => {
    const sample = chitin(many, 'verify');
    if (!sample.stdout.includes(`${2 * agents} secrets`)) throw new Error('verify did not look at every file');
    return sample;
  };
  const set = () => {
    rmSync(file, { force: true });
    const sample = chitin(one, 'set', 'bench', 'agent-0-anthropic', 'api-key', '--from-env', 'VALUE');
    if (!existsSync(file)) throw new Error('set wrote nothing');
    return sample;
  };
  return [
    measured(`verify ${2 * agents} secret files`, 2000, runs, verify),
    measured('set a secret, without sops', 500, runs, set),
  ];
}

function measured(name: string, targetMs: number, runs: number, once: () => Sample): TargetResult {
  once();
  const samples = Array.from({ length: runs }, once);
  console.error(`${name}: ${median(samples.map(({ ms }) => ms)).toFixed(0)} ms, and at most ${targetMs} wanted`);
  return { name, targetMs, samples };
}

/** Puts files that can be opened in the place of those that the fleet made up. */
async function encryptAll(secrets: string): Promise<void> {
  // Loaded when the rest is measured: see measure.ts on what this process must not be.
  const { embeddedEngine } = await import('../scripts/secrets/sops/embedded.ts');
  const engine = embeddedEngine({ identities: () => ({ keys: [], inFiles: true }), now: () => new Date(0) });
  for (const path of readdirSync(secrets, { recursive: true, encoding: 'utf8' }).filter((each) =>
    each.endsWith('.yaml'),
  )) {
    const [, key = ''] = /^ {4}([a-z-]+): ENC\[/m.exec(readFileSync(join(secrets, path), 'utf8')) ?? [];
    const [namespace = '', file = ''] = path.split(/[\\/]/);
    const place = { namespace, name: file.slice(0, -'.yaml'.length), path };
    writeFileSync(
      join(secrets, path),
      await engine.create(place, new Map([[key, Buffer.from('made up')]]), [recipient]),
    );
  }
}
