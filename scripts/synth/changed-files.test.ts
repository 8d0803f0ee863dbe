import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chitin, copyRepository, edit } from '../testing/repository-copy.ts';

let copy: string;

beforeAll(async () => {
  copy = copyRepository();
  await chitin(copy, 'synth');
});
afterAll(() => {
  rmSync(copy, { recursive: true });
});

/** What `synth --check` says after one edit, which is undone. */
async function changes(file: string, from: string, to: string) {
  const undo = edit(join(copy, file), from, to);
  try {
    const { stdout } = await chitin(copy, 'synth', '--check', '--format', 'json');
    const { added, changed, removed } = JSON.parse(stdout).changes;
    return { added, changed, removed };
  } finally {
    undo();
  }
}

test.each([
  ['nothing', 'apps/claw/claw.ts', 'Ops agent', 'Ops agent', []],
  [
    'a room',
    'clusters/lab/cluster.ts',
    "'!ops:this-is-fine.social'",
    "'!other:this-is-fine.social'",
    ['configmap.claw-config', 'statefulset.claw'],
  ],
  [
    'a line of a skill',
    'skills/flux-debugging/SKILL.md',
    '\n## ',
    '\nOne more line.\n\n## ',
    ['configmap.claw-skill-flux-debugging', 'statefulset.claw'],
  ],
  [
    'the storage',
    'apps/claw/claw.ts',
    'Size.gibibytes(10)',
    'Size.gibibytes(20)',
    ['persistentvolumeclaim.claw-state'],
  ],
  [
    'the model',
    'apps/claw/claw.ts',
    'anthropic/claude-sonnet-4-5',
    'anthropic/claude-opus-4-5',
    ['configmap.claw-config', 'statefulset.claw'],
  ],
] as const)('changing %s changes exactly its files', async (_, file, from, to, expected) => {
  const clusters = file.startsWith('clusters/') ? ['lab'] : ['edge', 'lab'];
  const names = clusters.flatMap((cluster) => expected.map((name) => `${cluster}/claw/${name}.yaml`));
  expect(await changes(file, from, to)).toEqual({ added: [], changed: names, removed: [] });
});

test('one app more renames and changes nothing else', async () => {
  const found = await changes(
    'clusters/lab/cluster.ts',
    "import { Claw } from '../../apps/claw/claw.ts';",
    "import { ApiObject } from 'cdk8s';\nimport { AgentApp } from '../../constructs/index.ts';\nimport { Claw as Real } from '../../apps/claw/claw.ts';\nclass Claw extends Real { constructor(...args: ConstructorParameters<typeof Real>) { super(...args); const app = new AgentApp(args[0], 'another', { namespace: 'another' }); new ApiObject(app, 'settings', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' } }); } }",
  );
  expect(found).toEqual({
    added: [
      'lab/another/configmap.settings.yaml',
      'lab/cluster/another/networkpolicy.default-deny.yaml',
      'lab/cluster/namespace.another.yaml',
      'lab/gitops/kustomization.chitin-another.yaml',
    ],
    changed: [],
    removed: [],
  });
});
