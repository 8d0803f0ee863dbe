import { Size } from 'cdk8s';
import { expect, test, vi } from 'vitest';
import type { Cluster, ClusterProps } from '../cluster.ts';
import { credential } from '../credentials/index.ts';
import { image } from '../images.ts';
import { custom } from '../runtimes/custom.ts';
import { filesSeed, imageSeed } from '../seeds/index.ts';
import { oneAgent, program, rendered } from '../testing/cluster.ts';
import { ciphertext, folder, secretFiles } from '../testing/folder.ts';
import { scrapling } from '../tools/index.ts';
import type { AgentProps } from './props.ts';

type Props = Partial<AgentProps<never, 'restricted'>>;

const runtime = (config: string) =>
  custom({
    ...program,
    shell: true,
    state: [{ name: 'state', path: '/data' }],
    workspace: '/data/workspace',
    skills: '/skills',
    files: [{ path: '/etc/config', text: config }],
  });

const skill = (text: string) => ({
  'skills/look/SKILL.md': `---\nname: look\ndescription: Looks at things. Use it when something has to be looked at.\n---\n${text}\n`,
});

function checksums(made: { readonly cluster: Cluster }) {
  const { annotations } = rendered(made.cluster)['StatefulSet agent'].spec.template.metadata;
  return { config: annotations['chitin.dev/config-checksum'], secrets: annotations['chitin.dev/secrets-checksum'] };
}

/** Checksums of an agent with a configuration file, a skill, a seed and a tool, with changes. */
function withEverything(changes: Props & { readonly skillText?: string } = {}, cluster: Partial<ClusterProps> = {}) {
  const { skillText = 'Look.', ...props } = changes;
  const directory = `${folder(skill(skillText))}/clusters/test`;
  return checksums(
    oneAgent(
      {
        runtime: runtime('a'),
        skills: ['look'],
        seed: filesSeed({ 'AGENTS.md': 'x' }),
        tools: [scrapling()],
        ...props,
      },
      { directory, ...cluster },
    ),
  );
}

test('without files and secrets there is no checksum', () => {
  expect(checksums(oneAgent())).toEqual({ config: undefined, secrets: undefined });
});

test('the configuration checksum changes with a file, a skill, a seed and the seed script', async () => {
  const { config } = withEverything();
  expect(config).toMatch(/^[0-9a-f]{64}$/);
  const changed = [
    withEverything({ runtime: runtime('b') }),
    withEverything({ skillText: 'Look twice.' }),
    withEverything({ seed: filesSeed({ 'AGENTS.md': 'y' }) }),
    withEverything({ seed: filesSeed({ 'agents.md': 'x' }) }),
    withEverything({ tools: [] }),
  ].map((each) => each.config);

  vi.resetModules();
  vi.doMock('../seeds/init-container.ts', async (original) => ({
    ...(await original<typeof import('../seeds/init-container.ts')>()),
    copyScript: 'exit 0\n',
  }));
  const anew = await import('../testing/cluster.ts');
  vi.doUnmock('../seeds/init-container.ts');
  const made = anew.oneAgent({ runtime: runtime('a'), seed: imageSeed(image('registry.example.test/seed:1')) });
  const otherScript = anew.rendered(made.cluster)['StatefulSet agent'].spec.template.metadata.annotations;
  expect(anew.rendered(made.cluster)['ConfigMap agent-seed-script'].data).toEqual({ 'copy.sh': 'exit 0\n' });
  const { config: sameScript } = checksums(
    oneAgent({ runtime: runtime('a'), seed: imageSeed(image('registry.example.test/seed:1')) }),
  );

  const all = [config, ...changed, sameScript, otherScript['chitin.dev/config-checksum']];
  expect(all.every((each) => /^[0-9a-f]{64}$/.test(each))).toBe(true);
  expect(new Set(all).size).toBe(all.length);
});

test('the configuration checksum changes with nothing else', () => {
  const same = withEverything();
  expect(withEverything()).toEqual(same);
  const { config } = withEverything(
    {
      env: { LEVEL: 'debug' },
      resources: { limits: { memory: '1Gi' } },
      nodeSelector: { zone: 'a' },
      storage: Size.gibibytes(3),
    },
    { kubernetes: '1.34', storageClass: 'slow', images: { mirrors: { 'ghcr.io': 'mirror.example.test' } } },
  );
  expect(config).toBe(same.config);
});

test('the secrets checksum changes with an encrypted value and nothing else', () => {
  const name = 'demo/agent-token';
  const path = `clusters/test/secrets/${name}.yaml`;
  const credentials = [credential({ name: 'token', files: { token: 'token of the service' } })];
  const checksumOf = (files: Record<string, string>) =>
    checksums(oneAgent({ credentials }, { directory: `${folder(files)}/clusters/test` })).secrets;
  const first = checksumOf(secretFiles({ [name]: { token: 'a' } }));
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  expect(checksumOf(secretFiles({ [name]: { token: 'b' } }))).not.toBe(first);
  const text = ciphertext(name, { token: 'a' });
  const touched = text.replace('2026-01-01', '2026-02-02').replace('data:mac', 'data:other');
  expect(touched).not.toBe(text);
  expect(checksumOf({ [path]: touched })).toBe(first);
});
