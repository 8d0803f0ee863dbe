import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { repository } from './testing/repository-copy.ts';

/** A file, and what it imports against the direction. */
const refused = {
  'constructs/agent/a.ts': '../../apps/claw/claw.ts',
  'constructs/b.ts': '../scripts/manifest/yaml.ts',
  'apps/claw/c.ts': '../../clusters/lab/cluster.ts',
  'clusters/lab/d.ts': '../../scripts/synth/synth.ts',
  'scripts/manifest/e.ts': '../../constructs/index.ts',
  'scripts/validate/rules/f.ts': '../../synth/render.ts',
  'runtime/g.ts': '../constructs/index.ts',
};

/** Along the direction, or a package with a folder of such a name. */
const admitted = {
  'apps/claw/h.ts': '../../constructs/index.ts',
  'clusters/lab/i.ts': '../../apps/claw/claw.ts',
  'scripts/synth/j.ts': '../../constructs/index.ts',
  'constructs/agent/k.ts': 'kubernetes-models/apps/v1/StatefulSet',
};

test('the linter refuses exactly the imports that go against the direction', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chitin-imports-'));
  try {
    cpSync(join(repository, 'biome.json'), join(folder, 'biome.json'));
    for (const [file, imported] of Object.entries({ ...refused, ...admitted })) {
      mkdirSync(join(folder, dirname(file)), { recursive: true });
      writeFileSync(join(folder, file), `export * from '${imported}';\n`);
    }
    const args = ['lint', '--vcs-enabled=false', '--only=style/noRestrictedImports', '--max-diagnostics=none'];
    const options = { cwd: folder, preferLocal: true, localDir: repository, reject: false, all: true } as const;
    const { all } = await execa('biome', args, options);
    const told = [...all.matchAll(/^(\S+\.ts):1:\d+ lint\/style\/noRestrictedImports/gm)].map(([, file]) => file);
    expect(told.sort()).toEqual(Object.keys(refused).sort());
  } finally {
    rmSync(folder, { recursive: true });
  }
});
