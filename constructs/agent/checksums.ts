import { sha256 } from '../checksum.ts';
import { keys } from '../manifest.ts';
import { copyScript } from '../seeds/init-container.ts';
import type { ConfigFile } from './plan.ts';
import type { WiredAgent } from './wire.ts';

/** Pod-template annotations that make a change of what a pod reads a roll-out. */
export type Checksums = Readonly<Record<string, string>>;

/** Checksums of the agent's own pod: configuration, skills, seed, the files of its sidecars, and every secret. */
export function agentChecksums(agent: WiredAgent, secrets: ReadonlyMap<string, string>): Checksums {
  const { plan, props, tools, skills } = agent;
  const config = [
    ...plan.files.map(({ path, text }) => [path, text]),
    ...(plan.folders ?? []).map(({ name, files }) => [name, files]),
    ...tools.flatMap(({ tool, plan: { files } }) => (tool.place === 'sidecar' ? files.map(({ text }) => text) : [])),
    ...skills.map(({ name, files }) => [name, files]),
    ...(props.seed ? [['seed', props.seed.kind === 'files' ? props.seed.files : '', copyScript]] : []),
  ];
  return checksums(config, [...secrets.values()]);
}

/** Checksums of a tool's own pod. */
export function toolChecksums(files: readonly ConfigFile[], secrets: readonly string[]): Checksums {
  return checksums(files, secrets);
}

function checksums(config: readonly unknown[], secrets: readonly string[]): Checksums {
  return {
    ...(config.length > 0 ? { [keys.configChecksum]: sha256(JSON.stringify(config)) } : {}),
    ...(secrets.length > 0 ? { [keys.secretsChecksum]: sha256(JSON.stringify(secrets)) } : {}),
  };
}
